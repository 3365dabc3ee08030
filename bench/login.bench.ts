/**
 * Signing in under load. Fifty checks of passwords in flight: how long the event loop and name look-ups, which share the
 * thread pool, have to wait; the ratio is their throughput against the same checks run two at a time without a queue in
 * between. And 32 sign-ins over HTTP at a time: how many there are in a second, and how much slower another route is for
 * somebody who reads at a steady rate meanwhile than when nobody signs in.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { lookup } from 'node:dns/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { verify } from '@node-rs/argon2';
import { AuthService } from '../src/modules/auth/auth.service.js';
import { PasswordService } from '../src/modules/auth/password.service.js';
import { median, pause, startBenchApplication } from './support/bench-application.js';
import { load } from './support/load.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const IN_FLIGHT = 50;
const LOGINS = 600;
const LIMITS = { loopP99Ms: 10, lookupP99Ms: 20, readersWait: 2 };

/** Sign-ins over HTTP at a time, and what somebody reads meanwhile. */
const SIGN_INS = 32;
const SECONDS = 5;
const RUNS = 3;
const READS_PER_SECOND = 100;
const READ = '/api/positions?limit=20';
const PASSWORD = 'correct horse battery';

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

/** p99 (ms) of somebody who reads at a steady rate: alone, and while others sign in. */
async function overHttp() {
  const { app } = await startBenchApplication();
  const auth = app.get(AuthService);
  const device = { userAgent: 'bench', address: '127.0.0.1' };
  const { email } = await auth.bootstrapAdmin('bench-reader@example.com', PASSWORD, device);
  const { accessToken } = await auth.login(email, PASSWORD, device);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const base = `http://127.0.0.1:${port}`;
  const read = async (seconds: number) => {
    const prober = fileURLToPath(new URL('support/prober.js', import.meta.url));
    const args = [`${base}${READ}`, String(READS_PER_SECOND), String(seconds), `Bearer ${accessToken}`];
    const [samples] = (await once(fork(prober, args, { execArgv: [] }), 'message')) as [number[]];
    return p99(samples);
  };
  const signIn = () => load(`${base}/api/auth/login`, SECONDS, SIGN_INS, {}, { email, password: PASSWORD });
  await Promise.all([read(SECONDS), signIn()]);
  const runs: { alone: number; beside: number; signIns: number }[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const alone = await read(SECONDS - 1);
    const signingIn = signIn();
    const beside = await read(SECONDS - 1);
    runs.push({ alone, beside, signIns: (await signingIn).requestsPerSecond });
  }
  await app.close();
  const middle = (of: (run: (typeof runs)[number]) => number) => Number(median(runs.map(of)).toFixed(1));
  return {
    signInsPerSecond: Math.round(middle(({ signIns }) => signIns)),
    readP99Ms: middle(({ alone }) => alone),
    readBesideP99Ms: middle(({ beside }) => beside),
    readersWait: middle(({ alone, beside }) => beside / alone),
  };
}

const row = {
  inFlight: IN_FLIGHT,
  loginsPerSecond: Math.round(perSecond),
  ratio: Number((perSecond / bare).toFixed(2)),
  loopP99Ms: Number((loop.percentile(99) / 1e6).toFixed(1)),
  lookupP99Ms: Number(p99(lookups).toFixed(1)),
  ...(await overHttp()),
};
if (values.json === true) console.log(JSON.stringify({ bench: 'login', ...row, limits: LIMITS }));
else console.table([row]);
const isSlow = (Object.keys(LIMITS) as (keyof typeof LIMITS)[]).some((name) => row[name] > LIMITS[name]);
if (isSlow) process.exitCode = 1;
