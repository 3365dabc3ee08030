/**
 * `npm run test:matrix [-- 22 24]`: runs `npm test` under other lines of Node, fetched by npm.
 * With `-- 22 24 --only unit` the words after the versions are passed to `npm test`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './lib/project.mjs';

const given = process.argv.slice(2);
const versions = given.filter((word) => /^\d+(\.\d+)*$/.test(word));
const rest = given.filter((word) => !versions.includes(word));
const results = (versions.length > 0 ? versions : ['20', '22', '24']).map((version) => {
  console.log(`\nNode ${version}`);
  const command = [
    'exec',
    '--yes',
    `--package=node@${version}`,
    '--',
    'node',
    join(ROOT, 'scripts', 'test.mjs'),
    ...rest,
  ];
  return { version, status: spawnSync('npm', command, { cwd: ROOT, stdio: 'inherit' }).status };
});
console.log('');
for (const { version, status } of results) console.log(`Node ${version}: ${status === 0 ? 'passed' : 'FAILED'}`);
process.exitCode = results.every(({ status }) => status === 0) ? 0 : 1;
