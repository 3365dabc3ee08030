/**
 * `npm run mutation [-- FOLDER | FOLDER/FILE ...]`: mutation testing of the folders of src/domain, folder by folder, each
 * against its own specs, because a rule is to be held by the tests beside it. Prints killed and surviving mutants of the
 * files of a folder as soon as it is through, as docs/mutation.md keeps them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { bin, ensureInstalled, requireNode, ROOT } from './lib/project.mjs';

const FOLDERS = ['money', 'pnl', 'sizing', 'risk', 'position', 'safety', 'triggers'];

/** Specs beside another folder that hold this one too. */
const HELD_BY = { pnl: 'pnl,position' };
const REPORTS = 'node_modules/.cache/stryker';
const KILLED = new Set(['Killed', 'Timeout']);
const COUNTED = new Set([...KILLED, 'Survived', 'NoCoverage']);

requireNode();
process.chdir(ROOT);
ensureInstalled();
mkdirSync(REPORTS, { recursive: true });

const given = process.argv.slice(2);
for (const [folder, files] of chosen(given.length > 0 ? given : FOLDERS)) mutate(folder, files);

/** The files of each folder that is named, whole or file by file. */
function chosen(names) {
  const folders = new Map();
  for (const name of names) {
    const [folder, file] = name.split('/');
    const files = file === undefined ? filesOf(folder) : [`${file.replace(/\.ts$/, '')}.ts`];
    folders.set(folder, [...(folders.get(folder) ?? []), ...files]);
  }
  return folders;
}

function filesOf(folder) {
  const files = readdirSync(`src/domain/${folder}`, { recursive: true });
  return files.filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts')).sort();
}

function mutate(folder, files) {
  const report = `${REPORTS}/${folder}.json`;
  const run = spawnSync(process.execPath, [bin('@stryker-mutator/core', 'stryker'), 'run'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: {
      ...process.env,
      MUTATION_FILES: files.map((file) => `src/domain/${folder}/${file}`).join(','),
      MUTATION_TESTS: HELD_BY[folder] ?? folder,
      MUTATION_REPORT: report,
    },
  });
  if (run.status === 0) return print(JSON.parse(readFileSync(report, 'utf8')));
  console.error(run.stdout);
  process.exitCode = 1;
}

function print({ files }) {
  for (const [file, { mutants }] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
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
