/**
 * `npm run demo`: the whole product in a minute, on a server of its own that leaves nothing behind; with `--url`, on a
 * server that is running, whose database is found as every command finds it (DATABASE_URL, or DATA_DIR).
 * Keeps: over within 60 seconds once everything is installed and built; its own server is stopped on every way out.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { dataDir, loadEnvironment } from './lib/environment.mjs';
import { startOwnServer } from './lib/own-server.mjs';
import { ensureBuilt, ensureInstalled, fail, fromBuild, requireNode, ROOT } from './lib/project.mjs';

const LIMIT_SECONDS = 60;
/** Kept for the command to start and for the server to stop. */
const AROUND_SECONDS = 7;
const PREFIX = 'verzek-demo-';
const HALF_A_DAY_MS = 43_200_000;

requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();

const startedAt = performance.now();
const args = process.argv.slice(2);
let command;
let interrupted = false;
// Ctrl-C reaches the command through the terminal, SIGTERM and SIGHUP only us; we stay to stop the server.
process.on('SIGINT', () => (interrupted = true));
for (const name of ['SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    interrupted = true;
    command?.kill('SIGTERM');
  });
}
try {
  const { readDemoOptions } = await fromBuild('src/cli/demo/demo-options.js');
  const { url, seed } = readDemoOptions(args);
  process.exitCode = url === undefined ? await onOwnServer(seed) : await onRunningServer();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function onRunningServer() {
  await loadEnvironment();
  if (process.env.NODE_ENV === 'production') fail('The demo does not run in production.');
  if ((process.env.DATABASE_URL ?? '').trim() === '') {
    const { runningPostgresUrl } = await fromBuild('src/platform/database/embedded/embedded-postgres.js');
    const url = runningPostgresUrl(dataDir());
    if (url === undefined) {
      fail(`No database runs in ${dataDir()}. Say where that of the server is: DATABASE_URL, or its DATA_DIR.`);
    }
    process.env.DATABASE_URL = url;
  }
  return run(args, { cwd: ROOT, env: process.env });
}

async function onOwnServer(seed) {
  const { DEMO_SERVER_SETTINGS } = await fromBuild('src/cli/demo/demo-market.js');
  console.error('Starting a server of its own, on paper money and simulated prices ...');
  const server = await startOwnServer(PREFIX, {
    ...DEMO_SERVER_SETTINGS,
    // The running day must not end in the middle of the show.
    DAILY_REPORT_AT: new Date(Date.now() + HALF_A_DAY_MS).toISOString().slice(11, 16),
    SIMULATED_SEED: String(seed),
  });
  try {
    if (interrupted) return 130;
    const left = LIMIT_SECONDS - AROUND_SECONDS - (performance.now() - startedAt) / 1_000;
    const within = String(Math.max(1, Math.floor(left)));
    return await run([...args, '--url', server.url, '--within', within], {
      cwd: server.dataDir,
      env: server.environment,
    });
  } finally {
    await server.stop();
  }
}

function run(given, options) {
  return new Promise((resolve, reject) => {
    const script = join(ROOT, 'dist', 'src', 'cli', 'demo.js');
    command = spawn(process.execPath, ['--enable-source-maps', script, ...given], { stdio: 'inherit', ...options });
    command.once('error', reject);
    command.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
