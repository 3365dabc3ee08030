/**
 * `npm test`: everything that must hold, on a PostgreSQL that it starts itself. Ends with `N passed, M failed`.
 * `--fast` (`npm run check`) leaves out what needs a database; `--only NAME` runs the steps whose name contains NAME.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { ensureBuilt, ensureInstalled, bin, requireNode, ROOT } from './lib/project.mjs';
import { keepTemporaryDataInMemory } from './lib/memory-folder.mjs';
import { STATEMENTS } from './lib/query-plans.mjs';

// TypeORM's schema comparison queries one connection in parallel, which pg 8 still allows.
process.noDeprecation = true;
requireNode();
process.chdir(ROOT);
keepTemporaryDataInMemory();
ensureInstalled();

const { breakagesStep, jestStep, migrationStep, OPENAPI_CHECK, queryPlanStep } = await import('./lib/checks.mjs');
const { nodeStep, runSteps } = await import('./lib/steps.mjs');
const { prepareTestDatabases } = await import('./lib/test-server.mjs');

/** Processor cores to use: the budget of five minutes is for two. */
const CAPACITY = 2;

/** Tests on a database wait for it, and for processes that they start: one more of them than cores is never idle. */
const WORKERS = CAPACITY + 1;

const began = performance.now();
const fast = process.argv.includes('--fast');
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;

/** `npm test -- NAME ...` runs only the test files whose path has one of the names in it. */
const names = process.argv.slice(2).filter((word, at, words) => !word.startsWith('--') && words[at - 1] !== '--only');

const command =
  (packageName, name, ...args) =>
  () =>
    nodeStep([bin(packageName, name), ...args]);
const prettier = ['--check', '--log-level', 'warn', '--cache', '.'];

const STEPS = [
  // Version 7 checks in a third of the time; the linter's parser and the tests need the programming interface of 6.
  { name: 'types', run: command('typescript-7', 'tsc', '-p', '.') },
  { name: 'lint', run: command('eslint', 'eslint', '--max-warnings', '0', '.') },
  { name: 'format', run: command('prettier', 'prettier', ...prettier) },
  {
    name: 'import rules',
    run: command('dependency-cruiser', 'depcruise', ...['src', 'migrations', 'test', 'bench'].filter(existsSync)),
  },
  { name: 'guards to break', run: breakagesStep },
  { name: 'unit tests', run: () => jestStep(['unit-groups'], 1) },
  { name: 'migrations up, down, up; drift', slow: true, run: migrationStep },
  { name: 'OpenAPI document', slow: true, run: () => nodeStep(OPENAPI_CHECK) },
  { name: 'medium and e2e tests; query plans', slow: true, weight: CAPACITY, run: databaseTests },
];

/** What the application asks while it is tested is noted, and then looked at. */
async function databaseTests() {
  rmSync(STATEMENTS, { recursive: true, force: true });
  mkdirSync(STATEMENTS, { recursive: true });
  process.env.TEST_STATEMENTS = STATEMENTS;
  const tests = await jestStep(['database-groups'], WORKERS);
  const plans = await queryPlanStep(STATEMENTS);
  const output = [tests.output, plans.output].filter((text) => text !== '').join('\n');
  return { passed: tests.passed + plans.passed, failed: tests.failed + plans.failed, output };
}

const NAMED = [
  { name: 'tests', slow: true, weight: CAPACITY, run: () => jestStep(['unit', 'medium', 'e2e'], 1, names) },
];

const steps =
  names.length > 0
    ? NAMED
    : STEPS.filter((step) => !(fast && step.slow) && (only === undefined || step.name.includes(only)));
const needsDatabase = steps.some((step) => step.slow);
const server = needsDatabase ? await startDatabase() : undefined;
process.once('SIGINT', () => void stopAndLeave(130)).once('SIGTERM', () => void stopAndLeave(143));
try {
  const { passed, failed } = await runSteps(steps, CAPACITY);
  console.log(`\n${((performance.now() - began) / 1_000).toFixed(0)} s in all`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
} finally {
  await server?.stop();
}

async function startDatabase() {
  ensureBuilt();
  try {
    return await prepareTestDatabases();
  } catch (error) {
    console.log(`FAILED  the test database\n\n${error.stack}\n\n0 passed, 1 failed`);
    process.exit(1);
  }
}

async function stopAndLeave(code) {
  await server?.stop();
  process.exit(code);
}
