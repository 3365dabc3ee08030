/**
 * From `npm start` (installed and built) to the first healthy `/api/health`, on a folder of its own with the embedded
 * PostgreSQL; against the floor of starting that server and a bare Fastify. The first start makes the database.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resetEmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import { median, pause } from './support/bench-application.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const RUNS = 5;
const LIMIT_MS = 5_000;
const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));

const dataDir = mkdtempSync(join(tmpdir(), 'verzek-boot-'));
// Root's server runs under another account, which must be able to pass through.
chmodSync(dataDir, 0o711);
const { PATH = '', HOME = '' } = process.env;
const env = { PATH, HOME, DATA_DIR: dataDir, PORT: '0', METRICS_PORT: '0', LOG_FORMAT: 'json' };

async function isHealthy(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/api/health`)).ok;
  } catch {
    return false;
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const found = /API +(http:\S+)\/api\n/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
}

async function ours(): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs')], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const address = await addressOf(child);
  while (!(await isHealthy(address))) await pause(5);
  const elapsed = performance.now() - start;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  return elapsed;
}

async function floor(): Promise<number> {
  const start = performance.now();
  const child = fork(join(HERE, 'support', 'bare-boot.js'), { env, execArgv: [] });
  await once(child, 'message');
  const elapsed = performance.now() - start;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
  return elapsed;
}

const mine: number[] = [];
const best: number[] = [];
let firstMs: number;
try {
  firstMs = await ours();
  for (let run = 0; run < RUNS; run += 1) {
    best.push(await floor());
    mine.push(await ours());
  }
} finally {
  await resetEmbeddedPostgres(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}
const row = {
  warmMs: Math.round(median(mine)),
  slowestMs: Math.round(Math.max(...mine)),
  floorMs: Math.round(median(best)),
  ratio: Number((median(best) / median(mine)).toFixed(2)),
  firstMs: Math.round(firstMs),
  limitMs: LIMIT_MS,
};
if (values.json === true) console.log(JSON.stringify({ bench: 'boot', ...row }));
else console.table([row]);
if (row.slowestMs > LIMIT_MS) process.exitCode = 1;
