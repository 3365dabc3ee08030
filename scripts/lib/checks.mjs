/**
 * The checks of `npm test` that need more than a command: Jest with its counts, and the schema's way up and down.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BREAKAGES, misplaced } from './breakages.mjs';
import { bin, fromBuild, ROOT } from './project.mjs';
import { capture } from './steps.mjs';
import { recordedStatements, unavoidableReads } from './query-plans.mjs';
import { administer, queryRows } from './test-server.mjs';

const JEST_FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

/** Runs Jest projects and counts their tests. A suite that cannot run, a skipped test and no test at all are failures. */
export async function jestStep(projects, workers, names = []) {
  const folder = mkdtempSync(join(tmpdir(), 'verzek-jest-'));
  const report = join(folder, 'report.json');
  try {
    const args = ['--selectProjects', ...projects, '--maxWorkers', String(workers), '--ci', '--silent=false'];
    if (names.length > 0) args.push('--testPathPatterns', ...names);
    const command = [...JEST_FLAGS, bin('jest', 'jest'), ...args, '--json', `--outputFile=${report}`];
    const { code, output } = await capture(command, { env: { NODE_ENV: 'test', FORCE_COLOR: '0' } });
    return summary(readReport(report), code, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every way to break a guard is still one: `npm run prove-checker`, which tries them, takes too long for `npm test`. */
export function breakagesStep() {
  const sentences = misplaced();
  return { passed: BREAKAGES.length - sentences.length, failed: sentences.length, output: sentences.join('\n') };
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function summary(report, code, output) {
  if (report === undefined) return { passed: 0, failed: 1, output };
  const messages = report.testResults.filter((suite) => suite.status === 'failed').map((suite) => suite.message);
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) messages.push(`${skipped} tests are skipped: what is missing is a failure, not a skip.`);
  let failed = report.numFailedTests + report.numRuntimeErrorTestSuites + skipped;
  if (failed === 0 && code !== 0) {
    failed = 1;
    messages.push(`Jest ended with code ${code}.\n${output}`);
  }
  return { passed: report.numPassedTests, failed, output: messages.join('\n') };
}

/**
 * Up, all the way down, up again; then entities and schema must agree. Counts as three checks.
 * @throws with what was left behind, or what differs.
 */
export async function migrationStep() {
  const { countMigrations, migrateSchema, revertSchema, schemaChanges } = await fromBuild('src/schema-tool.js');
  const name = `migrations_${process.pid}`;
  const admin = process.env.TEST_DATABASE_URL;
  const url = new URL(admin);
  url.pathname = `/${name}`;
  await administer(admin, [`CREATE DATABASE ${name} TEMPLATE template0`]);
  try {
    const first = await migrateSchema(url.href);
    const before = await schemaObjects(url.href);
    await revertSchema(url.href, await countMigrations());
    const left = (await schemaObjects(url.href)).filter((object) => !object.includes('migrations'));
    if (left.length > 0) throw new Error(`The way down leaves behind: ${left.join(', ')}`);
    const second = await migrateSchema(url.href);
    if (second.length !== first.length) throw new Error(`Up ran ${first.length} migrations, then ${second.length}.`);
    const after = await schemaObjects(url.href);
    if (after.join() !== before.join()) throw new Error('Up after down does not give the same schema as up alone.');
    const changes = await schemaChanges(url.href);
    if (changes.length > 0) {
      throw new Error(`Entities and schema differ:\n${changes.map((change) => `  ${change.up}`).join('\n')}`);
    }
    return { passed: 3, failed: 0, output: '' };
  } finally {
    await administer(admin, [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`]);
  }
}

/** Every statement that the tests made the application send can be answered without reading history whole. */
export async function queryPlanStep(folder) {
  const url = new URL(process.env.TEST_DATABASE_URL);
  url.pathname = `/${process.env.TEST_TEMPLATE_DATABASE}`;
  const statements = recordedStatements(folder);
  if (statements.length === 0) return { passed: 0, failed: 1, output: 'The tests have noted no statements.' };
  const found = await unavoidableReads(url.href, statements);
  return { passed: found.length === 0 ? 1 : 0, failed: found.length, output: found.join('\n') };
}

/** Tables, indexes, sequences, types, functions and triggers of the public schema, as sorted words. */
async function schemaObjects(url) {
  const rows = await queryRows(
    url,
    `SELECT 'relation ' || relkind::text || ' ' || relname AS object FROM pg_class
       WHERE relnamespace = 'public'::regnamespace
     UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     UNION ALL SELECT 'enum ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
     UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace
     ORDER BY 1`,
  );
  return rows.map((row) => row.object);
}

export const OPENAPI_CHECK = [join(ROOT, 'scripts', 'openapi.mjs'), '--check'];
