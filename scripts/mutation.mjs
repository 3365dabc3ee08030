/**
 * `npm run mutation [-- FOLDER | FOLDER/FILE ...]`: mutation testing of the folders of src/domain, file by file, each against
 * the specs of its folder, because a rule is to be held by the tests beside it. Prints killed and surviving mutants of a
 * file as soon as it is through, as docs/mutation.md keeps them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { bin, ensureInstalled, requireNode, ROOT } from './lib/project.mjs';

const FOLDERS = ['money', 'pnl', 'sizing', 'risk', 'position', 'safety', 'triggers'];

/** Specs beside another folder that hold this one too. */
const HELD_BY = { pnl: '{pnl,position}' };
const REPORTS = 'node_modules/.cache/stryker';
const KILLED = new Set(['Killed', 'Timeout']);
const COUNTED = new Set([...KILLED, 'Survived', 'NoCoverage']);

requireNode();
process.chdir(ROOT);
ensureInstalled();
mkdirSync(REPORTS, { recursive: true });

const given = process.argv.slice(2);
for (const name of given.length > 0 ? given : FOLDERS) {
  const [folder, file] = name.split('/');
  for (const each of file === undefined ? filesOf(folder) : [file]) mutate(folder, each.replace(/\.ts$/, ''));
}

function filesOf(folder) {
  const files = readdirSync(`src/domain/${folder}`, { recursive: true });
  return files.filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts')).sort();
}

function mutate(folder, file) {
  const report = `${REPORTS}/${folder}-${file.replaceAll('/', '-')}.json`;
  const run = spawnSync(process.execPath, [bin('@stryker-mutator/core', 'stryker'), 'run'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      MUTATION_FILE: `src/domain/${folder}/${file}.ts`,
      MUTATION_TESTS: HELD_BY[folder] ?? folder,
      MUTATION_REPORT: report,
    },
  });
  if (run.status !== 0) process.exitCode = 1;
  else print(JSON.parse(readFileSync(report, 'utf8')));
}

function print({ files }) {
  for (const [file, { mutants }] of Object.entries(files)) {
    const counted = mutants.filter(({ status }) => COUNTED.has(status));
    const alive = counted.filter(({ status }) => !KILLED.has(status));
    const score = counted.length === 0 ? 100 : (100 * (counted.length - alive.length)) / counted.length;
    console.log(`${file}: ${counted.length} mutants, ${alive.length} survived, ${score.toFixed(1)} %`);
    for (const { location, mutatorName, replacement } of alive) {
      const [change] = (replacement ?? '').split('\n');
      console.log(`  ${file}:${location.start.line}:${location.start.column} ${mutatorName}: ${change}`);
    }
  }
}
