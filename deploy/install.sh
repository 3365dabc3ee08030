#!/usr/bin/env bash
# Prepares a server once: account, folders, settings file, systemd units. Run as root from a clone; safe to repeat.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
settings=/etc/verzek-autotrader/verzek.env

[[ $EUID -eq 0 ]] || { echo "Run this as root." >&2; exit 1; }

id verzek >/dev/null 2>&1 || useradd --system --home-dir /var/lib/verzek --shell /usr/sbin/nologin verzek
install -d -m 0755 /opt/verzek-autotrader /opt/verzek-autotrader/releases
install -d -m 0750 -g verzek /etc/verzek-autotrader
install -d -m 0700 -o verzek -g verzek /var/backups/verzek

if [[ ! -e $settings ]]; then
  install -m 0640 -g verzek /dev/null "$settings"
  {
    echo "# Settings of VerzekAutoTrader; every variable is explained in .env.example."
    for name in JWT_SECRET API_KEY HOUSE_ENGINE_TOKEN ENCRYPTION_MASTER_KEY; do
      echo "$name=$(openssl rand -hex 32)"
    done
    printf '%s=\n' DATABASE_URL PUBLIC_URL MAIL_CHANNEL SMTP_URL MAIL_FROM
    echo "TRUSTED_PROXIES=127.0.0.1"
  } >"$settings"
  echo "Fill in $settings (and keep a copy of ENCRYPTION_MASTER_KEY in a safe place)."
fi

install -m 0644 "$here"/systemd/*.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable verzek-api.service verzek-worker.service
echo "Prepared. Next: deploy/deploy.sh"
