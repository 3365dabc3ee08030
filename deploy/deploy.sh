#!/usr/bin/env bash
# Puts a version of this clone into service: deploy/deploy.sh [GIT-REF]   (default: HEAD)
# A release is a folder of its own; `current` is a link that is switched in one step. When the new release does not
# become healthy, the link goes back and the old one is restarted. The schema is only moved forward: migrations are
# written so that the release before can run on them.
# MIGRATION_DATABASE_URL (from the environment, or from a file that root alone reads) names the owner of the schema where
# the processes connect with less (docs/audit.md); their rights are then renewed after each migration.
set -euo pipefail

# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

base="${VERZEK_BASE:-/opt/verzek-autotrader}"
settings="${VERZEK_SETTINGS:-/etc/verzek-autotrader/verzek.env}"
migration_settings="${VERZEK_MIGRATION_SETTINGS:-/etc/verzek-autotrader/migration.env}"
health="${VERZEK_HEALTH:-http://127.0.0.1:8050/api/health}"
keep=5

source_dir="$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)"
commit="$(git -C "$source_dir" rev-parse --verify "${1:-HEAD}^{commit}")"
release="$base/releases/$(date -u +%Y%m%dT%H%M%SZ)-${commit:0:12}"
previous="$(readlink -f "$base/current" 2>/dev/null || true)"

say() { printf '%s  %s\n' "$(date -u +%H:%M:%S)" "$*"; }

switch_to() {
  ln -sfn "$1" "$base/current.new"
  mv -T "$base/current.new" "$base/current"
}

restart() { systemctl restart verzek-worker.service verzek-api.service; }

answers() {
  curl --silent --show-error --max-time 10 "$health" 2>/dev/null | grep --quiet --fixed-strings '"ok":true'
}

# A unit that ended with status 78 is not restarted, and one that keeps dying is not running for long.
running() {
  [[ "$(systemctl show --property=SubState --value "$1.service")" == running ]] &&
    (($(date +%s) - $(date --date "$(systemctl show --property=ExecMainStartTimestamp --value "$1.service")" +%s) >= 3))
}

healthy() {
  local attempt
  for ((attempt = 1; attempt <= 30; attempt += 1)); do
    if answers && running verzek-api && running verzek-worker; then
      return 0
    fi
    sleep 1
  done
  return 1
}

database_url="$(setting DATABASE_URL "$settings")"
[[ -n "$database_url" ]] || { echo "DATABASE_URL is not set in $settings." >&2; exit 1; }
if [[ -n "$(setting MIGRATION_DATABASE_URL "$settings")" ]]; then
  echo "MIGRATION_DATABASE_URL stands in $settings, which the processes read: move it to $migration_settings." >&2
  exit 1
fi
owner_url="${MIGRATION_DATABASE_URL:-$(setting MIGRATION_DATABASE_URL "$migration_settings")}"
if [[ -n "$owner_url" ]]; then
  command -v psql >/dev/null || { echo "psql is needed where MIGRATION_DATABASE_URL is set." >&2; exit 1; }
fi

exec 9>"$base/deploy.lock"
flock --nonblock 9 || { echo "Another deployment is running." >&2; exit 1; }

say "unpacking $commit"
mkdir -p "$release"
trap '[[ "$(readlink -f "$base/current" 2>/dev/null)" == "$release" ]] || rm -rf "$release"' EXIT
git -C "$source_dir" archive "$commit" | tar -x -C "$release"
cd "$release"

say "installing and building"
npm ci --include=dev --no-audit --no-fund
npm run build
npm prune --omit=dev --no-audit --no-fund

say "migrating"
NODE_ENV=production DATABASE_URL="${owner_url:-$database_url}" node scripts/database.mjs run
if [[ -n "$owner_url" ]]; then
  say "renewing the rights of verzek_runtime"
  psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 --dbname="$owner_url" --file=deploy/runtime-role.sql
fi

say "switching"
switch_to "$release"
restart
if healthy; then
  say "healthy"
else
  say "NOT healthy: journalctl -u verzek-api -u verzek-worker -n 100"
  if [[ -n "$previous" && -d "$previous" ]]; then
    switch_to "$previous"
    restart
    if healthy; then
      say "rolled back to $(basename "$previous")"
    else
      say "the previous release is not healthy either"
    fi
  fi
  exit 1
fi

# Old releases go; the present one and the one before stay whatever their age.
find "$base/releases" -mindepth 1 -maxdepth 1 -type d | sort --reverse | tail -n "+$((keep + 1))" | while read -r old; do
  [[ "$old" == "$release" || "$old" == "$previous" ]] || rm -rf "$old"
done
