/**
 * Runs a command of the product: `node scripts/run-cli.mjs NAME [arguments]` runs `dist/src/cli/NAME.js` with the
 * environment and the database set up. The command is a child process, and its exit code is ours.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvironment, orFail, withDatabase } from './lib/environment.mjs';
import { ensureBuilt, ensureInstalled, fail, requireNode, ROOT } from './lib/project.mjs';

const [name = '', ...args] = process.argv.slice(2);
requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();

const folder = join(ROOT, 'dist', 'src', 'cli');
const script = join(folder, `${name}.js`);
if (!/^[a-z-]+$/.test(name) || !existsSync(script)) {
  const known = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.js')) : [];
  fail(`There is no command "${name}". Known: ${known.map((file) => file.slice(0, -3)).join(', ')}`);
}

/** These read files and compute: they need neither a database nor secrets. */
const WITHOUT_DATABASE = ['backtest', 'train'];

await loadEnvironment();
process.exitCode = await orFail(() =>
  WITHOUT_DATABASE.includes(name) ? run(script) : withDatabase(() => run(script)),
);

function run(path) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', path, ...args], { stdio: 'inherit' });
    // The terminal signals the whole group: the child ends by itself, and we stay to stop the database.
    const stay = () => undefined;
    const pass = () => child.kill('SIGTERM');
    process.on('SIGINT', stay).on('SIGTERM', pass);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('SIGINT', stay).off('SIGTERM', pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}
