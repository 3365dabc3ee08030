/**
 * Which test files run together as one Jest file: a file of its own costs two seconds before its first test, for Jest
 * loads and compiles the product anew for each. `npm test` runs the groups; by name and in watch mode the files run.
 * Keeps: every spec file is in one group or alone; a group's files share modules, never hooks, databases or
 * applications.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');

/** Start processes and servers of their own, or tell thousands of histories: alone. Longest first. */
export const ALONE = [
  'test/simulation/kill-matrix/kill-matrix.spec.ts',
  'test/e2e/demo.e2e-spec.ts',
  'test/security/regular-expressions.spec.ts',
  'test/medium/commands.spec.ts',
  'test/e2e/process.e2e-spec.ts',
  'test/simulation/memory/memory.spec.ts',
  'test/simulation/database/database.spec.ts',
];

/** `npm run chaos` and `npm run faults`, which take too long for `npm test`. */
const NOT_HERE = /^test\/simulation\/(chaos|faults)\//;

const FOLDERS = { unit: 'src', database: 'test' };

/** Loads the files of the calling group (`import.meta.url`): its folder names the kind, its name the number. */
export async function loadGroup(url) {
  const path = fileURLToPath(url);
  const folder = dirname(path);
  const groups = readdirSync(folder).filter((name) => name.endsWith('.spec.mjs'));
  // A number that is missing would leave its files out, and nobody would notice.
  const expected = groups.map((_, place) => `${place + 1}.spec.mjs`);
  if (expected.some((name) => !groups.includes(name))) {
    throw new Error(`${folder} must hold ${expected[0]} to ${expected.at(-1)}, not ${groups.join(', ')}`);
  }
  const number = expected.indexOf(basename(path)) + 1;
  for (const file of filesOfGroup(basename(folder), number, groups.length)) await loadIntoBlock(file);
}

/** The `number`th (from 1) of `count` groups; the largest files are spread evenly. */
function filesOfGroup(kind, number, count) {
  return readdirSync(join(ROOT, FOLDERS[kind]), { recursive: true })
    .map((file) => join(FOLDERS[kind], file))
    .filter((file) => file.endsWith('spec.ts') && !ALONE.includes(file) && !NOT_HERE.test(file))
    .map((file) => ({ file, bytes: statSync(join(ROOT, file)).size }))
    .sort((a, b) => b.bytes - a.bytes || (a.file < b.file ? -1 : 1))
    .filter((_, place) => place % count === number - 1)
    .map(({ file }) => file);
}

/**
 * What a file says about all of its tests stays with them, and its hooks have ended before the next file's begin. Jest's
 * blocks cannot wait for an import, so the block is opened again for it.
 */
async function loadIntoBlock(file) {
  const { testState } = globalThis;
  const outer = testState.currentDescribeBlock;
  describe(file, () => {
    testState.inner = testState.currentDescribeBlock;
  });
  const block = testState.inner;
  testState.currentDescribeBlock = block;
  try {
    await import(join(ROOT, file));
    if (!hasTests(block)) throw new Error(`${file} has no test`);
  } catch (error) {
    // The file fails, not its group.
    it('loads', () => {
      throw error;
    });
  } finally {
    testState.currentDescribeBlock = outer;
  }
}

const hasTests = (block) => block.children.some((child) => child.type === 'test' || hasTests(child));
