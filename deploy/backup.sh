#!/usr/bin/env bash
# Backs the database up into a folder: deploy/backup.sh [FOLDER]   (default: /var/backups/verzek)
# DATABASE_URL comes from the environment or from the settings file. A backup that cannot be read back is an error.
# ENCRYPTION_MASTER_KEY is not in it: without that key the users' exchange keys in the backup cannot be opened.
set -euo pipefail

# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

folder="${1:-/var/backups/verzek}"
settings="${VERZEK_SETTINGS:-/etc/verzek-autotrader/verzek.env}"
keep_days="${VERZEK_BACKUP_DAYS:-30}"

if [[ -z "${DATABASE_URL:-}" ]]; then
  DATABASE_URL="$(setting DATABASE_URL "$settings")"
fi
[[ -n "$DATABASE_URL" ]] || { echo "DATABASE_URL is not set." >&2; exit 1; }

umask 077
mkdir -p "$folder"
target="$folder/verzek-$(date -u +%Y%m%dT%H%M%SZ).dump"
trap 'rm -f "$target.part"' EXIT

pg_dump --format=custom --no-owner --no-privileges --file="$target.part" --dbname="$DATABASE_URL"
# Read to its end first: a grep that leaves at its match would kill pg_restore, and with it the backup.
listing="$(pg_restore --list "$target.part")"
grep --quiet 'TABLE DATA public migrations' <<<"$listing" || { echo "The backup has no migrations in it." >&2; exit 1; }
sync "$target.part"
mv "$target.part" "$target"
find "$folder" -maxdepth 1 -name 'verzek-*.dump' -mtime "+$keep_days" -delete
echo "$target"
