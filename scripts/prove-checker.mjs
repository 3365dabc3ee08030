/**
 * `npm run prove-checker -- [--only PATTERN]`: breaks each guard in turn, in a copy of the project, and requires the tests
 * to notice. First the same tests must pass on the copy as it is. Guards of the database are broken by
 * test/medium/guards.spec.ts, invariants by test/medium/invariants.spec.ts; both run here too.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BREAKAGES, misplaced } from './lib/breakages.mjs';
import { bin, ensureBuilt, ensureInstalled, fail, requireNode, ROOT } from './lib/project.mjs';
import { prepareTestDatabases } from './lib/test-server.mjs';

const COPIED = ['src', 'test', 'migrations', 'scripts', 'bench', 'docs', 'models', 'dist', '.env.example', '.swcrc'];
const FILES = ['package.json', 'package-lock.json', 'jest.config.mjs', 'nest-cli.json', 'tsconfig.json', 'README.md'];
const IN_DATABASE = ['test/medium/guards', 'test/medium/invariants'];
const FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : '';
const chosen = BREAKAGES.filter(({ name }) => new RegExp(only).test(name));
if (chosen.length === 0) fail(`No breakage is named like "${only}".`);
for (const sentence of misplaced(chosen)) fail(sentence);

const folder = mkdtempSync(join(tmpdir(), 'verzek-prove-'));
const databases = await prepareTestDatabases();
const results = [];
try {
  for (const name of [...COPIED, ...FILES]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  const tests = new Set([...(only === '' ? IN_DATABASE : []), ...chosen.flatMap(({ noticed }) => noticed)]);
  for (const test of tests) {
    const passes = await passesOn([test]);
    show('as it is', test, passes ? 'passes' : 'FAILS', passes);
  }
  for (const breakage of chosen) await tryOut(breakage);
} finally {
  await databases.stop();
  rmSync(folder, { recursive: true, force: true });
}
const wrong = results.filter(({ ok }) => !ok).length;
console.log(`\n${results.length - wrong} as they must be, ${wrong} not`);
process.exitCode = wrong === 0 ? 0 : 1;

async function tryOut({ name, file, find, put, noticed, build }) {
  const path = join(folder, file);
  const sound = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    sound.replace(find, () => put),
  );
  try {
    if (build) await run([bin('@nestjs/cli', 'nest'), 'build']);
    const passes = await passesOn(noticed);
    show(name, noticed.join(' '), passes ? 'NOT NOTICED' : 'noticed', !passes);
  } finally {
    writeFileSync(path, sound);
    if (build) await run([bin('@nestjs/cli', 'nest'), 'build']);
  }
}

function show(name, test, verdict, ok) {
  results.push({ ok });
  console.log(`${verdict.padEnd(12)} ${name.padEnd(52)} ${test}`);
}

async function passesOn(tests) {
  const jest = [
    bin('jest', 'jest'),
    '--selectProjects',
    'unit',
    'medium',
    'e2e',
    '--maxWorkers',
    '1',
    '--bail',
    '--ci',
  ];
  return (await run([...FLAGS, ...jest, '--testPathPatterns', ...tests])) === 0;
}

/** Runs Node in the copy; answers its exit code. */
function run(args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_ENV: 'test', SIMULATE_SEEDS: '100' };
    const child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore', env });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
