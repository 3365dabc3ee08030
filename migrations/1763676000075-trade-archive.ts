/**
 * The archive: tables of the same shape for trades that ended long ago, views over both sides, and what guards the move.
 * Keeps: a row leaves its table only while archiving is switched on in the transaction, and only with an equal copy in the
 * archive; there nothing changes any more. A signal whose decisions are archived can get no further one.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

interface Archived {
  readonly table: string;
  /** Words of the primary key. */
  readonly key: readonly string[];
  /** Finds the copies of the deleted rows (`gone`) by the primary key, whatever the planner thinks of their number. */
  readonly found: string;
  /** Of the trigger that keeps rows from being changed or, where rows live on, from being deleted. */
  readonly guard: 'append_only' | 'kept';
}

const BY_ID = `copy.id = ANY (ARRAY (SELECT id FROM gone))`;
const BY_SIGNAL = `copy.signal_id = ANY (ARRAY (SELECT DISTINCT signal_id FROM gone))
   AND (copy.signal_id, copy.user_id) IN (SELECT signal_id, user_id FROM gone)`;

const TABLES: readonly Archived[] = [
  { table: 'positions', key: ['id'], found: BY_ID, guard: 'kept' },
  { table: 'orders', key: ['id'], found: BY_ID, guard: 'kept' },
  { table: 'fills', key: ['id'], found: BY_ID, guard: 'append_only' },
  { table: 'trade_log', key: ['id'], found: BY_ID, guard: 'append_only' },
  { table: 'decisions', key: ['signal_id', 'user_id'], found: BY_SIGNAL, guard: 'append_only' },
  { table: 'ledger_transactions', key: ['id'], found: BY_ID, guard: 'append_only' },
];

const FINAL = `('CLOSED', 'STOPPED', 'CANCELLED')`;
const ENDED_ORDER = `('FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED')`;

/** A fill belongs to an order of its own position; found from either side by indexes that were there for one of them. */
const FILL_KEYS: readonly string[] = [
  `ALTER TABLE "fills" DROP CONSTRAINT "fk_fills_order_id"`,
  `DROP INDEX "ix_orders_position_id"`,
  `CREATE UNIQUE INDEX "ix_orders_position_id_id" ON "orders" ("position_id", "id")`,
  `DROP INDEX "ix_fills_position_id"`,
  `CREATE INDEX "ix_fills_position_id_order_id" ON "fills" ("position_id", "order_id")`,
  `ALTER TABLE "fills" ADD CONSTRAINT "fk_fills_position_id_order_id" FOREIGN KEY ("position_id", "order_id") REFERENCES "orders"("position_id","id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
];

const FILL_KEYS_BACK: readonly string[] = [
  `ALTER TABLE "fills" DROP CONSTRAINT "fk_fills_position_id_order_id"`,
  `DROP INDEX "ix_fills_position_id_order_id"`,
  `CREATE INDEX "ix_fills_position_id" ON "fills" ("position_id")`,
  `DROP INDEX "ix_orders_position_id_id"`,
  `CREATE INDEX "ix_orders_position_id" ON "orders" ("position_id")`,
  `ALTER TABLE "fills" ADD CONSTRAINT "fk_fills_order_id" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
];

/** Decisions refer to a signal by the key that it loses when they are archived. */
const SIGNALS: readonly string[] = [
  `ALTER TABLE "signals" ADD "trading_id" bigint`,
  `UPDATE signals SET trading_id = id`,
  `CREATE UNIQUE INDEX "ix_signals_trading_id" ON "signals" ("trading_id")`,
  `ALTER TABLE "signals" ADD CONSTRAINT "ck_signals_trading_id" CHECK (trading_id = id OR (trading_id IS NULL AND status IN ${FINAL}))`,
  `CREATE FUNCTION set_trading_id() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     NEW.trading_id := NEW.id;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER signals_trading_id BEFORE INSERT ON signals FOR EACH ROW EXECUTE FUNCTION set_trading_id()`,
  `CREATE TRIGGER signals_archived BEFORE UPDATE ON signals
   FOR EACH ROW WHEN (OLD.trading_id IS NULL AND NEW.trading_id IS NOT NULL)
   EXECUTE FUNCTION refuse_change('an archived signal stays archived')`,
  `ALTER TABLE "decisions" DROP CONSTRAINT "fk_decisions_signal_id"`,
  `ALTER TABLE "decisions" ADD CONSTRAINT "fk_decisions_signal_id" FOREIGN KEY ("signal_id") REFERENCES "signals"("trading_id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
];

/** After `BACK`, which has taken the constraint and the trigger away so that rows could come back. */
const SIGNALS_BACK: readonly string[] = [
  `ALTER TABLE "decisions" ADD CONSTRAINT "fk_decisions_signal_id" FOREIGN KEY ("signal_id") REFERENCES "signals"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
  `DROP TRIGGER signals_trading_id ON signals`,
  `DROP FUNCTION set_trading_id()`,
  `ALTER TABLE "signals" DROP CONSTRAINT "ck_signals_trading_id"`,
  `DROP INDEX "ix_signals_trading_id"`,
  `ALTER TABLE "signals" DROP COLUMN "trading_id"`,
];

const ARCHIVE: readonly string[] = [
  ...TABLES.flatMap(({ table, key }) => [
    `CREATE TABLE "archived_${table}" (LIKE "${table}" INCLUDING DEFAULTS)`,
    `ALTER TABLE "archived_${table}" ADD CONSTRAINT "pk_archived_${table}" PRIMARY KEY (${key.join(', ')})`,
  ]),
  `CREATE INDEX "ix_archived_positions_user_id_id" ON "archived_positions" ("user_id", "id")`,
  `CREATE INDEX "ix_archived_positions_account_closed" ON "archived_positions" ("account_id", "closed_at")`,
  `CREATE UNIQUE INDEX "ix_archived_orders_position_id_id" ON "archived_orders" ("position_id", "id")`,
  `CREATE INDEX "ix_archived_fills_position_id" ON "archived_fills" ("position_id")`,
  `CREATE INDEX "ix_archived_trade_log_position_id" ON "archived_trade_log" ("position_id")`,
  `CREATE INDEX "ix_archived_ledger_transactions_account_id_id" ON "archived_ledger_transactions" ("account_id", "id")`,
  `ALTER TABLE "archived_positions" ADD CONSTRAINT "ck_archived_positions_ended" CHECK (status IN ${FINAL} AND closed_at IS NOT NULL AND remaining_qty = 0 AND margin = 0)`,
  `ALTER TABLE "archived_orders" ADD CONSTRAINT "ck_archived_orders_ended" CHECK (status IN ${ENDED_ORDER})`,
  ...[
    ['positions', 'signal_id', 'signals(id)'],
    ['orders', 'position_id', 'archived_positions(id)'],
    ['fills', 'position_id, order_id', 'archived_orders(position_id, id)'],
    ['trade_log', 'position_id', 'archived_positions(id)'],
    ['decisions', 'signal_id', 'signals(id)'],
    ['decisions', 'context_id', 'decision_contexts(id)'],
  ].map(
    ([table, columns, target]) =>
      `ALTER TABLE archived_${table} ADD CONSTRAINT fk_archived_${table}_${columns?.replace(', ', '_')} FOREIGN KEY (${columns}) REFERENCES ${target}`,
  ),
  ...TABLES.map(
    ({ table }) => `CREATE VIEW all_${table} AS SELECT * FROM ${table} UNION ALL SELECT * FROM archived_${table}`,
  ),
  `CREATE TABLE "archive_batches" ("id" bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL, "kind" text NOT NULL, "before" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "archived_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "positions" integer NOT NULL DEFAULT 0, "orders" integer NOT NULL DEFAULT 0, "fills" integer NOT NULL DEFAULT 0, "trade_log" integer NOT NULL DEFAULT 0, "signals" integer NOT NULL DEFAULT 0, "decisions" integer NOT NULL DEFAULT 0, "ledger_transactions" integer NOT NULL DEFAULT 0, "realised_pnl" numeric NOT NULL DEFAULT 0, "fees" numeric NOT NULL DEFAULT 0, "cash" numeric NOT NULL DEFAULT 0, CONSTRAINT "ck_archive_batches_kind" CHECK (kind IN ('TRADES', 'SIGNALS', 'LEDGER')), CONSTRAINT "pk_archive_batches" PRIMARY KEY ("id"))`,
];

const FUNCTIONS: readonly string[] = [
  `CREATE FUNCTION refuse_change_unless_archiving() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF TG_OP = 'DELETE' AND current_setting('verzek.archiving', true) = 'on' THEN RETURN OLD; END IF;
     RAISE EXCEPTION '% on %: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
   END $$`,
  `CREATE FUNCTION require_archived_copy() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE is_lost boolean;
   BEGIN
     EXECUTE format('SELECT EXISTS (SELECT * FROM gone EXCEPT ALL SELECT * FROM %I AS copy WHERE %s)', TG_ARGV[0], TG_ARGV[1])
       INTO is_lost;
     IF is_lost THEN
       RAISE EXCEPTION 'DELETE on %: no equal copy in %', TG_TABLE_NAME, TG_ARGV[0]
         USING ERRCODE = 'integrity_constraint_violation';
     END IF;
     RETURN NULL;
   END $$`,
];

/**
 * Instead of a foreign key to accounts, whose checks would hold accounts while rows move and make trading wait. It comes
 * after the check of live positions (by name), so it sees what has just moved; a user goes with their accounts only.
 */
const ACCOUNTS: readonly string[] = [
  `CREATE FUNCTION refuse_archived_account() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF EXISTS (SELECT FROM archived_positions WHERE account_id = OLD.id) THEN
       RAISE EXCEPTION 'DELETE on accounts: trades of account % are archived', OLD.id
         USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_archived_positions_account_id';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER accounts_keep_archived AFTER DELETE ON accounts
   FOR EACH ROW EXECUTE FUNCTION refuse_archived_account()`,
];

/** Rows of the live tables leave with their copy; rows of the archive stay. */
const GUARDS: readonly string[] = [
  ...TABLES.flatMap(({ table, found, guard }) => [
    ...(guard === 'append_only' ? [`DROP TRIGGER ${table}_append_only ON ${table}`] : []),
    `CREATE TRIGGER ${table}_${guard} BEFORE ${guard === 'append_only' ? 'UPDATE OR DELETE' : 'DELETE'} ON ${table}
     FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_archiving('${guard === 'append_only' ? 'rows are append-only' : 'rows leave for the archive only'}')`,
    `CREATE TRIGGER ${table}_leave_with_copy AFTER DELETE ON ${table} REFERENCING OLD TABLE AS gone
     FOR EACH STATEMENT EXECUTE FUNCTION require_archived_copy('archived_${table}', '${found}')`,
  ]),
  ...[...TABLES.map(({ table }) => `archived_${table}`), 'archive_batches'].flatMap((table) => [
    `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE ON ${table}
     FOR EACH ROW EXECUTE FUNCTION refuse_change('the archive does not change')`,
    `CREATE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON ${table}
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the archive does not change')`,
  ]),
];

/** What is archived moves back. */
const BACK: readonly string[] = [
  `DROP TRIGGER accounts_keep_archived ON accounts`,
  `DROP FUNCTION refuse_archived_account()`,
  ...TABLES.flatMap(({ table, guard }) => [
    `DROP TRIGGER ${table}_leave_with_copy ON ${table}`,
    `DROP TRIGGER ${table}_${guard} ON ${table}`,
    ...(guard === 'append_only'
      ? [
          `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE ON ${table}
           FOR EACH ROW EXECUTE FUNCTION refuse_change('rows are append-only')`,
        ]
      : []),
    `DROP VIEW all_${table}`,
  ]),
  ...TABLES.filter(({ table }) => table !== 'decisions').map(
    ({ table }) => `INSERT INTO ${table} SELECT * FROM archived_${table}`,
  ),
  `ALTER TABLE decisions DROP CONSTRAINT fk_decisions_signal_id`,
  `INSERT INTO decisions SELECT * FROM archived_decisions`,
  `DROP TRIGGER signals_archived ON signals`,
  `UPDATE signals SET trading_id = id WHERE trading_id IS NULL`,
];

const DROPPED: readonly string[] = [
  `DROP TABLE archive_batches`,
  ...[...TABLES].reverse().map(({ table }) => `DROP TABLE archived_${table}`),
  `DROP FUNCTION require_archived_copy()`,
  `DROP FUNCTION refuse_change_unless_archiving()`,
];

export class TradeArchive1763676000075 implements MigrationInterface {
  name = 'TradeArchive1763676000075';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...FILL_KEYS, ...SIGNALS, ...ARCHIVE, ...FUNCTIONS, ...ACCOUNTS, ...GUARDS]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of [...BACK, ...DROPPED, ...SIGNALS_BACK, ...FILL_KEYS_BACK]) await runner.query(statement);
  }
}
