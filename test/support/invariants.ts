/**
 * What must hold of the stored books in tests: the invariants of the product, and what only a test can know because it
 * changes no settings and makes all accounts with the same balance.
 * Keeps: a new invariant is a line here, or in src/modules/ops/invariants.
 */
import type { QueryInvariant, Violation } from '../../src/modules/ops/invariants/invariant.js';
import { InvariantsRepository } from '../../src/modules/ops/invariants/invariants.repository.js';
import type { Database } from '../../src/platform/database/database.js';
import { eventually } from './application.js';

type TestInvariant = Omit<QueryInvariant, 'statement'>;

/** At any moment. */
export const ALWAYS: readonly TestInvariant[] = [
  {
    name: 'test.balance-is-opening-plus-realised',
    sql: `SELECT 'account:' || a.id AS subject, a.balance || ' instead of ' || 10000 + coalesce(sum(p.realised_pnl), 0) AS detail
          FROM accounts a LEFT JOIN all_positions p ON p.account_id = a.id GROUP BY a.id
          HAVING a.balance <> 10000 + coalesce(sum(p.realised_pnl), 0)`,
  },
  {
    name: 'test.cap-holds',
    sql: `SELECT 'account:' || a.id AS subject, a.open_positions::text AS detail
          FROM accounts a JOIN user_settings s USING (user_id) WHERE a.open_positions > s.max_concurrent_trades`,
  },
  {
    name: 'test.fills-are-of-filled-orders',
    sql: `SELECT 'order:' || o.id AS subject, count(f.id)::text AS detail FROM all_orders o LEFT JOIN all_fills f ON f.order_id = o.id
          GROUP BY o.id, o.filled_qty HAVING (count(f.id) > 0) <> (o.filled_qty > 0)`,
  },
];

/** When nothing is under way any more. */
export const AT_QUIET: readonly TestInvariant[] = [
  {
    name: 'test.every-follower-has-a-decision',
    sql: `SELECT 'signal:' || s.id AS subject, 'user ' || u.id AS detail
          FROM signals s JOIN users u ON u.auto_trade_enabled AND u.disabled_at IS NULL JOIN accounts a ON a.user_id = u.id
          WHERE s.dispatched_at IS NOT NULL AND a.created_at < s.created_at
            AND NOT EXISTS (SELECT FROM all_decisions d WHERE d.signal_id = s.id AND d.user_id = u.id)`,
  },
  {
    name: 'test.every-signal-is-dispatched',
    sql: `SELECT 'signal:' || id AS subject, status AS detail FROM signals WHERE dispatched_at IS NULL AND status = 'NEW'`,
  },
  {
    name: 'test.no-work-is-left',
    sql: `SELECT 'work:' || id AS subject, queue || ' ' || key || ' ' || state || ' ' || coalesce(last_error, '') AS detail
          FROM work_items WHERE state <> 'done' AND queue <> 'delivery'`,
  },
  {
    name: 'test.no-entry-waits-for-an-ended-signal',
    sql: `SELECT 'position:' || p.id AS subject, s.status AS detail FROM positions p JOIN signals s ON s.id = p.signal_id
          WHERE p.status = 'PENDING' AND NOT p.is_detached AND s.status IN ('CLOSED', 'STOPPED', 'CANCELLED')`,
  },
  {
    name: 'test.no-position-outlives-a-cancel',
    sql: `SELECT 'position:' || p.id AS subject, p.status AS detail FROM positions p JOIN signals s ON s.id = p.signal_id
          WHERE p.status IN ('PENDING', 'OPEN', 'PARTIAL') AND NOT p.is_detached AND s.status = 'CANCELLED'`,
  },
];

/** What is broken now; `quiet` also asks what holds only when nothing is under way. */
export async function violationsOf(database: Database, quiet: boolean): Promise<Violation[]> {
  const found = await new InvariantsRepository(database).violations(undefined, new Date());
  for (const { name, sql } of quiet ? [...ALWAYS, ...AT_QUIET] : ALWAYS) {
    const rows = await database.query<Omit<Violation, 'name'>>(sql);
    found.push(...rows.map((row) => ({ name, ...row })));
  }
  return found;
}

/** Accounts and positions that are not the sums of the ledger. */
export async function ledgerViolations(database: Database): Promise<Violation[]> {
  const found = await new InvariantsRepository(database).violations(undefined, new Date());
  return found.filter(({ name }) => name.startsWith('ledger.'));
}

/** Waits until nothing is under way, then answers what is broken: an empty list when all is well. */
export async function violationsAtQuiet(database: Database, limitMs = 20_000): Promise<Violation[]> {
  let found: Violation[] = [];
  try {
    await eventually(async () => {
      const open = await database.first(
        `SELECT 1 FROM work_items WHERE state = 'open' AND queue <> 'delivery' LIMIT 1`,
      );
      if (open !== undefined) return false;
      found = await violationsOf(database, true);
      return found.length === 0;
    }, limitMs);
  } catch {
    found = await violationsOf(database, true);
  }
  return found;
}
