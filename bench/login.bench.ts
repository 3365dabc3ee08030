/**
 * Fifty sign-ins in flight: how long the event loop and name look-ups, which share the thread pool, have to wait.
 * The ratio is the throughput against the same checks run two at a time without a queue in between.
 */
import { lookup } from 'node:dns/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { verify } from '@node-rs/argon2';
import { PasswordService } from '../src/modules/auth/password.service.js';
import { pause } from './support/bench-application.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const IN_FLIGHT = 50;
const LOGINS = 600;
const LIMITS = { loopP99Ms: 10, lookupP99Ms: 20 };

const passwords = new PasswordService();
const stored = await passwords.hash('correct horse battery');

async function workers(count: number, total: number, task: () => Promise<unknown>): Promise<number> {
  let left = total;
  const start = performance.now();
  const run = async () => {
    while (left > 0) {
      left -= 1;
      await task();
    }
  };
  await Promise.all(Array.from({ length: count }, run));
  return (total / (performance.now() - start)) * 1_000;
}

function p99(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

await workers(2, 100, () => verify(stored, 'correct horse battery'));
const bare = await workers(2, 300, () => verify(stored, 'correct horse battery'));

const lookups: number[] = [];
let busy = true;
const probe = (async () => {
  while (busy) {
    const start = performance.now();
    await lookup('localhost');
    lookups.push(performance.now() - start);
    await pause(2);
  }
})();
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
const perSecond = await workers(IN_FLIGHT, LOGINS, () => passwords.check('correct horse battery', stored));
loop.disable();
busy = false;
await probe;

const row = {
  inFlight: IN_FLIGHT,
  loginsPerSecond: Math.round(perSecond),
  ratio: Number((perSecond / bare).toFixed(2)),
  loopP99Ms: Number((loop.percentile(99) / 1e6).toFixed(1)),
  lookupP99Ms: Number(p99(lookups).toFixed(1)),
};
if (values.json === true) console.log(JSON.stringify({ bench: 'login', ...row, limits: LIMITS }));
else console.table([row]);
if (row.loopP99Ms > LIMITS.loopP99Ms || row.lookupP99Ms > LIMITS.lookupP99Ms) process.exitCode = 1;
