/**
 * Invariants of the archive: what left the live tables is there once, as it was, and nothing can happen to it again.
 * Keeps: these read all history, so they are asked with it only (`npm run invariants`, tests). That a row leaves with an equal
 * copy, and that the archive does not change, needs no question: triggers refuse anything else.
 */
import type { QueryInvariant } from './invariant.js';

/** Over all history. */
const WHOLE = `$1::timestamptz = '-infinity'`;

const BY_ID = ['positions', 'orders', 'fills', 'trade_log', 'ledger_transactions'];

const IN_BOTH = [
  ...BY_ID.map(
    (table) => `SELECT '${table}:' || id AS subject, 'live and archived' AS detail
      FROM ${table} JOIN archived_${table} USING (id) WHERE ${WHOLE}`,
  ),
  ...['positions', 'decisions'].map(
    (table) => `SELECT 'signal:' || signal_id, '${table} of user ' || user_id || ' live and archived'
      FROM ${table} JOIN archived_${table} USING (signal_id, user_id) WHERE ${WHOLE}`,
  ),
];

const BOOKED = ['positions', 'orders', 'fills', 'trade_log', 'decisions', 'ledger_transactions'];

const SUMS = [
  ['realised_pnl', 'archived_positions', 'realised_pnl'],
  ['fees', 'archived_fills', 'fee'],
  ['cash', 'archived_ledger_transactions', 'cash'],
] as const;

/** What was booked, beside what is there. */
const PAIRS = [
  ...BOOKED.map((table) => `('rows of ${table}', batch.${table}, (SELECT count(*) FROM archived_${table}))`),
  `('signals', batch.signals, (SELECT count(*) FROM signals WHERE trading_id IS NULL))`,
  ...SUMS.map(([booked, table, column]) => `('${booked}', batch.${booked}, (SELECT sum(${column}) FROM ${table}))`),
];

const BATCH_SUMS = [...BOOKED, 'signals', ...SUMS.map(([booked]) => booked)].map((name) => `sum(${name}) AS ${name}`);

export const ARCHIVE_INVARIANTS: readonly QueryInvariant[] = [
  {
    name: 'archive.nothing-is-in-both',
    statement: 'A row is live or archived, not both; nor has a follower two trades or decisions of a signal over both.',
    sql: IN_BOTH.join(' UNION ALL '),
  },
  {
    name: 'archive.nothing-is-lost',
    statement: 'The archive holds what the batches moved: as many rows, the same realised PnL, fees and cash.',
    sql: `
      SELECT 'archive:' || figure AS subject, coalesce(kept, 0) || ' instead of ' || coalesce(moved, 0) AS detail
      FROM (SELECT ${BATCH_SUMS.join(', ')} FROM archive_batches WHERE ${WHOLE}) AS batch
        CROSS JOIN LATERAL (VALUES ${PAIRS.join(', ')}) AS pair (figure, moved, kept)
      WHERE ${WHOLE} AND coalesce(moved, 0) <> coalesce(kept, 0)`,
  },
  {
    name: 'archive.decided-signal-is-shut',
    statement: 'A signal with archived decisions takes no further one.',
    sql: `
      SELECT DISTINCT 'signal:' || s.id AS subject, s.status AS detail
      FROM archived_decisions d JOIN signals s ON s.id = d.signal_id WHERE s.trading_id IS NOT NULL AND ${WHOLE}`,
  },
];
