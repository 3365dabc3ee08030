/**
 * `npm run mutation [-- FOLDER ...]`: mutation testing of the folders of src/domain, each against its own specs, because a
 * rule is to be held by the tests beside it. Prints killed and surviving mutants by file, as docs/mutation.md keeps them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
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
for (const folder of given.length > 0 ? given : FOLDERS) {
  const report = `${REPORTS}/${folder}.json`;
  const run = spawnSync(process.execPath, [bin('@stryker-mutator/core', 'stryker'), 'run'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      MUTATION_FOLDER: folder,
      MUTATION_TESTS: HELD_BY[folder] ?? folder,
      MUTATION_REPORT: report,
    },
  });
  if (run.status !== 0) process.exitCode = 1;
  else print(folder, JSON.parse(readFileSync(report, 'utf8')));
}

function print(folder, { files }) {
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
  console.log(`${folder} done`);
}
