/**
 * `npm run simulate | kill-matrix | faults | fuzz | chaos -- [--option N]`: the proofs of test/simulation with more than their
 * share of `npm test`. Runs one test file on a PostgreSQL that is started for it; every option is a whole number.
 */
import { spawn } from 'node:child_process';
import { bin, ensureBuilt, ensureInstalled, fail, requireNode, ROOT } from './lib/project.mjs';

const PROOFS = {
  simulate: {
    file: 'test/simulation/memory',
    options: { seeds: 'SIMULATE_SEEDS', steps: 'SIMULATE_STEPS', seed: 'SIMULATE_SEED' },
  },
  'simulate-database': {
    file: 'test/simulation/database',
    options: { seeds: 'SIMULATE_SEEDS', steps: 'SIMULATE_STEPS', seed: 'SIMULATE_SEED' },
  },
  'kill-matrix': {
    file: 'test/simulation/kill-matrix',
    options: { seeds: 'KILL_MATRIX_SEEDS', first: 'KILL_MATRIX_FIRST' },
    defaults: { KILL_MATRIX_SEEDS: '1' },
  },
  faults: { file: 'test/simulation/faults', options: {} },
  fuzz: { file: 'test/fuzz', options: { minutes: 'FUZZ_MINUTES', seed: 'FUZZ_SEED' }, defaults: { FUZZ_MINUTES: '1' } },
  chaos: { file: 'test/simulation/chaos', options: { seconds: 'CHAOS_SECONDS', seed: 'CHAOS_SEED' } },
};

const FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();

const [name = '', ...args] = process.argv.slice(2);
const proof = PROOFS[name];
if (proof === undefined) fail(`Say which: ${Object.keys(PROOFS).join(', ')}`);
const child = spawn(
  process.execPath,
  [
    ...FLAGS,
    bin('jest', 'jest'),
    '--selectProjects',
    'medium',
    'proof',
    '--maxWorkers',
    '1',
    '--testPathPatterns',
    proof.file,
  ],
  { stdio: 'inherit', env: { ...process.env, NODE_ENV: 'test', ...proof.defaults, ...settings(proof.options) } },
);
process.on('SIGINT', () => undefined).on('SIGTERM', () => child.kill('SIGTERM'));
child.once('close', (code) => (process.exitCode = code ?? 1));

function settings(options) {
  const chosen = {};
  for (let index = 0; index < args.length; index += 2) {
    const option = args[index].replace(/^--/, '');
    const value = args[index + 1] ?? '';
    if (!Object.hasOwn(options, option) || !/^-?\d{1,10}$/.test(value)) {
      fail(
        `npm run ${name} -- ${Object.keys(options)
          .map((known) => `[--${known} N]`)
          .join(' ')}`,
      );
    }
    chosen[options[option]] = value;
  }
  return chosen;
}
