-- The right to serve without the right to rewrite history: run as the owner of the database, after every migration.
--   psql "$OWNER_DATABASE_URL" -v ON_ERROR_STOP=1 -c "CREATE ROLE verzek_runtime LOGIN PASSWORD '...'"   (once)
--   psql "$OWNER_DATABASE_URL" -v ON_ERROR_STOP=1 -f deploy/runtime-role.sql
-- Processes then connect as verzek_runtime; migrations run as the owner (docs/audit.md).
GRANT USAGE ON SCHEMA public TO verzek_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO verzek_runtime;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO verzek_runtime;

-- What is written once and stays.
REVOKE UPDATE, DELETE ON audit_events, audit_seals, signal_events, decision_contexts, trade_plans, money_transactions,
  subscription_plans, archive_batches, archived_positions, archived_orders, archived_fills, archived_trade_log,
  archived_decisions, archived_ledger_transactions FROM verzek_runtime;

-- What leaves for the archive, and is never changed.
REVOKE UPDATE ON fills, trade_log, decisions, ledger_transactions FROM verzek_runtime;

-- What only an owner may take away: without it the audit trail counts as new.
REVOKE DELETE ON platform_secrets, audit_head FROM verzek_runtime;

-- What only migrations write.
REVOKE INSERT, UPDATE, DELETE ON migrations FROM verzek_runtime;
