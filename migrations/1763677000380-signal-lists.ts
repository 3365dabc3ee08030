/**
 * Lists of signals by source and by time read an index of their own; a changed plan is announced like a changed role; the
 * platform's results are those of the ledger, funding and the insurance fund included.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const ANNOUNCED = ['role', 'is_verified', 'disabled_at'];
const WITH_PLAN = [...ANNOUNCED, 'subscription_type', 'subscription_expires_at'];

const announce = (columns: readonly string[]) => {
  const of = (row: string) => columns.map((column) => `${row}.${column}`).join(', ');
  return `CREATE TRIGGER users_announce_access AFTER UPDATE OF ${columns.join(', ')} ON users FOR EACH ROW
    WHEN ((${of('OLD')}) IS DISTINCT FROM (${of('NEW')})) EXECUTE FUNCTION announce_access('id')`;
};

const UP = [
  `CREATE INDEX "ix_signals_source_id_id" ON "signals" ("source_id", "id")`,
  `CREATE INDEX "ix_signals_created_at_id" ON "signals" ("created_at", "id")`,
  'DROP TRIGGER users_announce_access ON users',
  announce(WITH_PLAN),
  // Until now results were summed up from fills: those of today count as they did, the next ones come from the ledger.
  `UPDATE equity_points p SET settled_result = p.settled_result
     + (SELECT coalesce(sum(realised_pnl - fee), 0) FROM all_fills WHERE id > p.settled_fill_id)
   WHERE at = (SELECT max(at) FROM equity_points)`,
  'ALTER TABLE equity_points RENAME COLUMN settled_fill_id TO settled_transaction_id',
  'UPDATE equity_points SET settled_transaction_id = (SELECT coalesce(max(id), 0) FROM all_ledger_transactions)',
];

const DOWN = [
  `UPDATE equity_points p SET settled_result = p.settled_result
     + (SELECT coalesce(sum(cash + margin + deposits), 0) FROM all_ledger_transactions WHERE id > p.settled_transaction_id)
   WHERE at = (SELECT max(at) FROM equity_points)`,
  'ALTER TABLE equity_points RENAME COLUMN settled_transaction_id TO settled_fill_id',
  'UPDATE equity_points SET settled_fill_id = (SELECT coalesce(max(id), 0) FROM all_fills)',
  'DROP TRIGGER users_announce_access ON users',
  announce(ANNOUNCED),
  `DROP INDEX "ix_signals_created_at_id"`,
  `DROP INDEX "ix_signals_source_id_id"`,
];

export class SignalLists1763677000380 implements MigrationInterface {
  name = 'SignalLists1763677000380';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
