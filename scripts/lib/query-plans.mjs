/**
 * The plans of the application's statements, as PostgreSQL makes them for any values.
 * Keeps: a table that grows with history is never read whole by what runs while the product serves.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './project.mjs';

/** Where `npm test` leaves the statements that it saw. */
export const STATEMENTS = join(ROOT, 'node_modules', '.cache', 'verzek-statements');

/** Tables that grow with every signal, trade or message. */
const GROWING = [
  'positions',
  'orders',
  'fills',
  'trade_log',
  'decisions',
  'decision_contexts',
  'ledger_transactions',
  'equity_snapshots',
  'signals',
  'signal_events',
  'signal_edits',
  'broadcast_messages',
  'deliveries',
  'audit_events',
  'audit_seals',
  'work_items',
  'reported_trades',
  'daily_reports',
  'funding_rates',
  'notifications',
  'push_deliveries',
  'telegram_messages',
];

/** Of some the old rows stand in an archive of the same name. */
const HISTORY_TABLES = new Set(GROWING.flatMap((table) => [table, `archived_${table}`]));

/** Parts of statements that read history whole on purpose, and why they may. */
const ON_PURPOSE = [
  { part: `'archive:' || figure`, why: 'a question over all history, which the check of every minute does not ask' },
  { part: 'count(*) FROM ledger_transactions WHERE created_at <', why: 'the dry run of npm run archive' },
  { part: 'AS same JOIN audit_events', why: 'npm run audit:verify looks for copies of rows' },
  { part: 'AS is_used', why: 'once, where the audit trail has no key yet' },
];

/** The distinct statements that a run of the tests noted in `folder`, named ones first. */
export function recordedStatements(folder) {
  const known = new Map();
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    for (const { sql, name } of JSON.parse(readFileSync(join(folder, file), 'utf8'))) {
      const text = sql.replace(/\s+/g, ' ').trim();
      if (/^(WITH|SELECT|INSERT|UPDATE|DELETE|\()/i.test(text))
        known.set(text, { sql, text, name: name ?? known.get(text)?.name ?? null });
    }
  }
  return [...known.values()].sort(
    (a, b) => (a.name ?? '~').localeCompare(b.name ?? '~') || a.text.localeCompare(b.text),
  );
}

/**
 * Whole reads of history that no index could avoid, as sentences. `url` is a migrated database: the planner is told to
 * read a whole table only where it has no other way.
 */
export async function unavoidableReads(url, statements) {
  // Only here: the packages may have been installed after this file was read.
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const found = [];
  try {
    await client.query('SET enable_seqscan = off');
    for (const { sql, text } of statements) {
      if (ON_PURPOSE.some(({ part }) => text.includes(part))) continue;
      const tables = tablesRead(await planOf(client, sql), (node) => node['Node Type'] === 'Seq Scan');
      for (const table of tables) found.push(`${table} is read whole by: ${text}`);
    }
  } finally {
    await client.end();
  }
  return found;
}

/** The plan for any values. */
export async function planOf(client, sql) {
  const { rows } = await client.query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${sql}`);
  return rows[0]['QUERY PLAN'][0].Plan;
}

/**
 * History tables at nodes that `isWhole` picks, but for parts that a parameter switches off altogether, and for the
 * beginning of an index up to a limit.
 */
export function tablesRead(plan, isWhole) {
  if (plan['One-Time Filter'] !== undefined) return [];
  const [page] = plan.Plans ?? [];
  if (plan['Node Type'] === 'Limit' && page['Node Type'] === 'Index Scan' && page.Filter === undefined) return [];
  const isHistory = HISTORY_TABLES.has(plan['Relation Name']);
  const own = isHistory && isWhole(plan) ? [plan['Relation Name']] : [];
  return [...own, ...(plan.Plans ?? []).flatMap((child) => tablesRead(child, isWhole))];
}
