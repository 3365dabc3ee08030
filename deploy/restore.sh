#!/usr/bin/env bash
# Restores a backup into an EMPTY database: deploy/restore.sh FILE   (DATABASE_URL names the database)
# Stop the product first: systemctl stop verzek-api verzek-worker. All or nothing: one transaction.
set -euo pipefail

file="${1:?Say which backup: deploy/restore.sh FILE}"
: "${DATABASE_URL:?Set DATABASE_URL to the database to restore into.}"

[[ -r "$file" ]] || { echo "$file cannot be read." >&2; exit 1; }

tables="$(psql --no-psqlrc --tuples-only --no-align --dbname="$DATABASE_URL" \
  --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")"
if [[ "$tables" != 0 ]]; then
  echo "The database has $tables tables: restore into an empty one, so that nothing is overwritten." >&2
  exit 1
fi

pg_restore --no-owner --no-privileges --single-transaction --exit-on-error --dbname="$DATABASE_URL" "$file"
psql --no-psqlrc --dbname="$DATABASE_URL" --command='ANALYZE' >/dev/null
echo "Restored. Start the product: it brings the schema up to date by itself."
