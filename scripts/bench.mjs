/**
 * `npm run bench -- NAME [--json]`: builds, starts a PostgreSQL with the settings of a real one (durable, in a
 * temporary folder) and runs `dist/bench/NAME.bench.js` with its address in DATABASE_URL.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, fail, fromBuild, requireNode, ROOT } from './lib/project.mjs';

const SUFFIX = '.bench.js';

requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();

const folder = join(ROOT, 'dist', 'bench');
const known = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(SUFFIX)) : [];
const [name = '', ...args] = process.argv.slice(2);
if (!known.includes(name + SUFFIX)) {
  fail(`Say which: npm run bench -- ${known.map((file) => file.slice(0, -SUFFIX.length)).join(' | ')} [--json]`);
}

const { startEmbeddedPostgres, resetEmbeddedPostgres } = await fromBuild(
  'src/platform/database/embedded/embedded-postgres.js',
);
const dataDir = mkdtempSync(join(tmpdir(), 'verzek-bench-'));
// Root's server runs under another account, which must be able to pass through.
chmodSync(dataDir, 0o711);
// What is said goes to stderr: with --json, stdout carries the result only.
const server = await startEmbeddedPostgres({ dataDir, log: (line) => console.error(line) });
try {
  process.exitCode = await run(server.url);
} finally {
  await server.stop();
  await resetEmbeddedPostgres(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}

function run(url) {
  return new Promise((resolve, reject) => {
    // The young generation's size is that of `npm start`.
    const command = [
      '--expose-gc',
      '--enable-source-maps',
      '--max-semi-space-size=64',
      '--no-allocation-site-pretenuring',
      join(folder, name + SUFFIX),
      ...args,
    ];
    const child = spawn(process.execPath, command, {
      stdio: 'inherit',
      env: { ...process.env, DATABASE_URL: url, NODE_ENV: process.env.NODE_ENV ?? 'test' },
    });
    // Ctrl-C reaches the child through the terminal; we stay to stop the server.
    process.on('SIGINT', () => undefined).on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
