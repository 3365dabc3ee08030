/**
 * `npm run query-plans [-- --write]`: the plans of every hot statement (those that are prepared by name) on a database
 * full of ended trades. None may read a table whole that grows with history. `--write` keeps them in docs/query-plans.md.
 * Keeps: the statements are those that the last `npm test` saw the application send; the plans hold for any values.
 */
import { writeFileSync } from 'node:fs';
import { ensureBuilt, ensureInstalled, fail, fromBuild, requireNode, ROOT } from './lib/project.mjs';
import { planOf, recordedStatements, STATEMENTS, tablesRead } from './lib/query-plans.mjs';
import { startTestServer } from './lib/test-server.mjs';

const FOLLOWERS = 10_000;
const SIGNALS = 40;

requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();

const statements = recordedStatements(STATEMENTS).filter(({ name }) => name !== null);
if (statements.length === 0) fail('Run npm test first: it notes the statements that the application sends.');

const { default: pg } = await import('pg');
const { migrateSchema } = await fromBuild('src/schema-tool.js');
const server = await startTestServer();
const client = new pg.Client({ connectionString: server.url });
try {
  await migrateSchema(server.url);
  await client.connect();
  await fill();
  const found = await plans();
  const whole = found.filter(({ tables }) => tables.length > 0);
  for (const { name, tables } of whole) console.log(`${name} reads whole: ${tables.join(', ')}`);
  console.log(`${found.length} prepared statements, ${whole.length} of them read history whole.`);
  if (process.argv.includes('--write')) await write(found, whole);
  process.exitCode = whole.length === 0 ? 0 : 1;
} finally {
  await client.end();
  await server.stop();
}

/** Followers with as many trades each as there are signals; all but the newest signal's have ended. */
async function fill() {
  const { followers } = await fromBuild('bench/support/bench-application.js');
  const { ceilingOf } = await fromBuild('bench/support/fanout-ceiling.js');
  const { CLOSE_ALL, OLD_SIGNALS } = await fromBuild('bench/support/ended-trades.js');
  await followers({ query: async (sql, params) => (await client.query(sql, params)).rows }, FOLLOWERS);
  for (const statement of OLD_SIGNALS) await client.query(statement);
  const sql = ceilingOf({ limits: false, fullPlan: false });
  await client.query(sql.plan);
  for (let signal = 1; signal <= SIGNALS; signal += 1) {
    const { id } = (await client.query(sql.signal)).rows[0];
    const context = (await client.query(sql.context, [id])).rows[0].id;
    for (const half of [0, 1]) await client.query(sql.write, [id, half, context]);
    if (signal < SIGNALS) for (const statement of CLOSE_ALL) await client.query(statement, [id]);
  }
  await client.query('VACUUM ANALYZE');
}

async function plans() {
  const { rows } = await client.query(
    'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indpred IS NOT NULL',
  );
  const partial = new Set(rows.map(({ name }) => name));
  const found = [];
  for (const { name, sql } of statements) {
    const plan = await planOf(client, sql);
    const tables = tablesRead(plan, (node) => isWhole(node, partial));
    // The archive is empty here: nothing is cheaper than to read it whole.
    const filled = tables.filter((table) => !table.startsWith('archived_'));
    found.push({ name, tables: filled, lines: lines(plan) });
  }
  return found;
}

/** A partial index holds what is live; it may be read whole. */
function isWhole(node, partial) {
  if (node['Node Type'] === 'Seq Scan') return true;
  return /^Index/.test(node['Node Type']) && node['Index Cond'] === undefined && !partial.has(node['Index Name']);
}

/** What a plan does, as an indented list. */
function lines(node, depth = 0) {
  const object = node['Index Name'] ?? node['CTE Name'] ?? node['Relation Name'];
  const words = [node.Operation, node['Node Type'], object].filter((word) => word !== undefined);
  if (node['Index Name'] !== undefined && node['Relation Name'] !== undefined) words.push('on', node['Relation Name']);
  if (node['Index Cond'] !== undefined) words.push(node['Index Cond']);
  const subplan = node['Subplan Name'] === undefined ? '' : `${node['Subplan Name']}: `;
  const own = `${'  '.repeat(depth)}${subplan}${words.join(' ')}`;
  return [own, ...(node.Plans ?? []).flatMap((child) => lines(child, depth + 1))];
}

async function write(found, whole) {
  const { n } = (await client.query('SELECT count(*) AS n FROM positions')).rows[0];
  const names = whole.map(({ name }) => name).join(', ');
  const head = [
    '# Query plans',
    '',
    'The plans of every statement that is prepared by name: those of trading, of signing in and of the work queue, which',
    `run all the time. Made for any values (\`EXPLAIN (GENERIC_PLAN)\`) on a database with ${n} positions of ${FOLLOWERS}`,
    'followers, nearly all of them ended, by `npm run query-plans -- --write`. `npm test` looks at every statement that its',
    'tests make the application send, and fails where a table that grows with history could only be read whole.',
    '',
    whole.length === 0
      ? 'None reads a table whole that grows with history.'
      : `These read such a table whole: ${names}.`,
    '',
  ];
  const body = found.flatMap(({ name, lines: plan }) => [`## ${name}`, '', '```text', ...plan, '```', '']);
  writeFileSync('docs/query-plans.md', [...head, ...body].join('\n'));
}
