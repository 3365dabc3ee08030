/**
 * `npm run demo` as a process: on a server of its own it ends with figures that agree and leaves nothing behind; on a
 * running server it ends what it began, can be repeated, and refuses where somebody could take it for real.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '../support/database.js';
import { eventually, startTestApplication, type TestApplication, TEST_SECRETS } from '../support/application.js';
import { askOutside } from '../support/outsider.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Result {
  readonly followers: number;
  readonly trading: number;
  readonly opened: number;
  readonly refused: number;
  readonly live: number;
  readonly trades: number;
  readonly target_hits: number;
  readonly stop_hits: number;
  readonly pnl_usdt: string;
  readonly signals: readonly { signal_id: number; symbol: string; status: string; opened: number; refused: number }[];
  readonly refusals: readonly { reason: string; count: number }[];
  readonly broadcasts: { messages: number; sent: number; waiting: number };
  readonly cancelled: readonly string[];
  readonly report: {
    total_trades: number;
    tp_hits: number;
    sl_hits: number;
    total_pnl_usdt: number;
    symbols: readonly { symbol: string; trades: number }[];
  };
}

interface Demo {
  readonly child: ChildProcess;
  readonly errors: () => string;
  readonly ended: Promise<{ code: number | null; output: string; errors: string }>;
}

const demos: Demo[] = [];

function start(args: readonly string[], environment: Record<string, string> = {}): Demo {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'scripts/demo.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, TMPDIR: tmpdir(), ...environment },
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output, errors }));
  const demo = { child, ended, errors: () => errors };
  demos.push(demo);
  return demo;
}

async function play(args: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  const { code, output, errors } = await start([...args, '--json'], environment).ended;
  if (code !== 0) throw new Error(`ended with ${code}: ${errors}`);
  return JSON.parse(output) as Result;
}

/** What the figures must say of themselves, whatever the market did. */
function expectAgreement({ trading, opened, refused, signals, refusals, ...result }: Result): void {
  expect(opened + refused).toBe(trading * 3);
  expect(signals.map((signal) => signal.opened + signal.refused)).toEqual([trading, trading, trading]);
  expect(refusals.reduce((sum, { count }) => sum + count, 0)).toBe(refused);
  expect([result.live, result.trades]).toEqual([0, opened]);
}

/** Folders of demos that this process id made. */
function leftBy(pid: number | undefined): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`verzek-demo-${pid}-`));
}

afterEach(async () => {
  for (const { child, ended } of demos.splice(0)) {
    child.kill('SIGTERM');
    await ended;
  }
});

describe('the demo on a server of its own', () => {
  it('ends with a report that agrees with its positions', async () => {
    const result = await play(['--followers', '20', '--seconds', '12', '--seed', '5']);
    expect(result).toMatchObject({ followers: 20, trading: 19, cancelled: [] });
    expectAgreement(result);
    expect(result.target_hits).toBeGreaterThan(0);
    expect(result.stop_hits).toBeGreaterThan(0);
    expect(result.report).toMatchObject({
      total_trades: result.trades,
      tp_hits: result.target_hits,
      sl_hits: result.stop_hits,
    });
    expect(result.report.total_pnl_usdt).toBeCloseTo(Number(result.pnl_usdt), 8);
    expect(result.report.symbols.map(({ symbol, trades }) => [symbol, trades]).sort()).toEqual(
      result.signals.map(({ symbol, opened }) => [symbol, opened]).sort(),
    );
    const reasons = result.refusals.map(({ reason }) => reason);
    const always = ['BELOW_MIN_NOTIONAL', 'INSUFFICIENT_BALANCE', 'NOT_VERIFIED', 'SYMBOL_NOT_ALLOWED'];
    expect(reasons).toEqual(expect.arrayContaining([...always, 'TIER_NOT_ALLOWED']));
    expect(result.broadcasts.messages).toBeGreaterThanOrEqual(6);
    expect(result.broadcasts).toMatchObject({ sent: result.broadcasts.messages * 2, waiting: 0 });
    expect(leftBy(demos[0]?.child.pid)).toEqual([]);
  }, 90_000);

  it('ends in order when it is told to in the middle', async () => {
    const demo = start(['--followers', '20', '--json']);
    await eventually(() => demo.errors().includes('BTCUSDT'), 40_000);
    expect(leftBy(demo.child.pid)).toHaveLength(1);
    demo.child.kill('SIGTERM');
    const { code, output } = await demo.ended;
    const { live, cancelled, report, trades } = JSON.parse(output) as Result;
    expect([code, live, report.total_trades]).toEqual([130, 0, trades]);
    expect(cancelled).toContain('BTCUSDT');
    expect(leftBy(demo.child.pid)).toEqual([]);
  }, 60_000);

  it('answers a mistake before it starts anything', async () => {
    const { code, errors } = await start(['--followers', 'many']).ended;
    expect(code).toBe(1);
    expect(errors).toMatch(/^--followers must be a whole number[^]*Usage:/);
  });
});

describe('the demo on a running server', () => {
  let test: TestApplication;
  let folder: string;
  let url: string;

  // The market stands still: what has to be ended in the end is everything.
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'demo spec '));
    test = await startTestApplication();
    await test.app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(test.app.getHttpServer().address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await test.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = (change: Record<string, string> = {}) => ({
    DATA_DIR: folder,
    DATABASE_URL: test.database.url,
    ENCRYPTION_MASTER_KEY: TEST_SECRETS.ENCRYPTION_MASTER_KEY,
    ...change,
  });
  const count = async (sql: string) => (await test.db.first<{ n: number }>(sql))?.n ?? 0;

  it('cancels what is still open, says so, and can be repeated at once', async () => {
    const args = ['--url', url, '--followers', '20', '--seconds', '3'];
    const first = await play(args, environment());
    expectAgreement(first);
    expect(first.cancelled).toEqual(first.signals.map(({ symbol }) => symbol));
    expect(first.signals.map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED']);
    const second = await play(args, environment());
    expectAgreement(second);
    expect(second.signals.map(({ symbol }) => symbol)).not.toEqual(first.cancelled);
    expect(second.report.total_trades).toBe(first.trades + second.trades);
    expect(await count("SELECT count(*) AS n FROM users WHERE email LIKE 'demo-%@example.invalid'")).toBe(42);
    expect(await count('SELECT count(*) AS n FROM users WHERE auto_trade_enabled')).toBe(0);
    expect(await count('SELECT count(*) AS n FROM sessions WHERE revoked_at IS NULL')).toBe(0);
  }, 90_000);

  it.each([
    ['in production', { NODE_ENV: 'production' }, 'does not run in production'],
    ['where Telegram groups would be told', { TELEGRAM_BOT_TOKEN: '1:x' }, 'your Telegram groups'],
  ])('refuses %s', async (_name, change, sentence) => {
    const { code, errors } = await start(['--url', url], environment(change)).ended;
    expect(code).toBe(1);
    expect(errors).toContain(sentence);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a database that is not the server’s, and leaves nobody in it', async () => {
    const other = await createTestDatabase();
    try {
      const { code, errors } = await start(['--url', url], environment({ DATABASE_URL: other.url })).ended;
      expect([code, errors.includes('works on another database')]).toEqual([1, true]);
      expect(await askOutside(other.url, 'SELECT count(*)::int AS n FROM users')).toEqual([{ n: 0 }]);
    } finally {
      await other.drop();
    }
  });
});
