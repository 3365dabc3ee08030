/**
 * The main job on recorded candles: signals posted while a replay runs, and every fill held against a plain loop over the
 * same candles. The recording is made here, with gaps and sweeps; REPLAY_CHECK_FILE=… plays a real one instead, after a
 * calm stretch of its first price in which the signals are posted.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import request from 'supertest';
import { Engine } from '../../src/domain/backtest/engine.js';
import { TriggerEngine } from '../../src/modules/trading/triggers/trigger-engine.service.js';
import { paperRules } from '../../src/plugins/exchanges/paper/paper-rules.js';
import { plugin } from '../../src/plugins/price-feeds/replay/index.js';
import type { ReplayFeed } from '../../src/plugins/price-feeds/replay/replay-feed.js';
import type { PluginHost } from '../../src/ports/plugin.js';
import { enter, termsOf } from '../factories/backtests.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { type CandleRow, lotStep, loop, pathOf } from '../support/candle-loop.js';

const FEES = { makerPercent: '0.02', takerPercent: '0.05' };
const MINUTE = 60_000;
const T0 = 1_760_000_000_000;

/** Prices as a share of the calm's level, in percent from it. */
interface Wish {
  readonly side: 'LONG' | 'SHORT';
  readonly entry: number;
  readonly stop: number;
  readonly targets: readonly number[];
}

const WISHES: readonly Wish[] = [
  { side: 'LONG', entry: 0, stop: -4, targets: [1, 2, 3] },
  { side: 'SHORT', entry: 0, stop: 4, targets: [-1, -2, -3] },
  { side: 'LONG', entry: 0, stop: -0.6, targets: [6, 9] },
  { side: 'SHORT', entry: 0, stop: 0.6, targets: [-0.7, -1.4, -2.1, -2.8, -8] },
  { side: 'LONG', entry: -1.5, stop: -2.2, targets: [-0.8, 0.4, 5] },
  { side: 'SHORT', entry: 1.5, stop: 6, targets: [0.9, -1, -1.5, -2] },
  { side: 'LONG', entry: -2, stop: -2.05, targets: [9] },
  { side: 'SHORT', entry: 3, stop: 7, targets: [2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 2.3, 2.2, 2.1, 2] },
];

interface Recording {
  readonly candles: readonly CandleRow[];
  /** First and last candle of the stretches in which nothing moves and signals are posted. */
  readonly calms: readonly (readonly [number, number])[];
}

/** Mulberry32: the same recording in every run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const CALM = 120;

/** Calm, wild and sweeping stretches in turns. The wild ones gap between candles, so stops fill beyond their price. */
function record(seed: number, rounds: number): Recording {
  const roll = dice(seed);
  const candles: CandleRow[] = [];
  const calms: [number, number][] = [];
  let price = 95;
  const candle = (close: number, wick: number, gap: number) => {
    const open = price * (1 + gap);
    const high = Math.max(open, close) * (1 + roll() * wick);
    const low = Math.min(open, close) * (1 - roll() * wick);
    candles.push([open.toFixed(6), high.toFixed(6), low.toFixed(6), close.toFixed(6)]);
    price = close;
  };
  for (let round = 0; round < rounds; round += 1) {
    const level = price;
    const first = candles.length;
    for (let index = 0; index < CALM; index += 1) candle(level * (1 + (roll() - 0.5) * 0.001), 0.0002, 0);
    calms.push([first, candles.length - 1]);
    for (let index = 0; index < 150; index += 1) {
      candle(price * (1 + (roll() - 0.5) * 0.012), 0.004, (roll() - 0.5) * 0.003);
    }
    for (const end of [level * 1.12, level * 0.88, 95 * (1 + (roll() - 0.5) * 0.02)]) {
      const start = price;
      for (let index = 1; index <= 20; index += 1) candle(start + ((end - start) * index) / 20, 0.001, 0.0005);
    }
  }
  return { candles, calms };
}

/** Up to 3,000 candles of a real file, after a calm at its first price. */
function recordingOf(name: string): Recording {
  const content = readFileSync(name);
  const lines = (name.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8').trim().split('\n');
  const real = lines.slice(1, 3_001).map((line) => line.trim().split(',').slice(1, 5) as unknown as CandleRow);
  const price = real[0]?.[0] ?? '0';
  const calm = Array.from({ length: CALM }, (): CandleRow => [price, price, price, price]);
  return { candles: [...calm, ...real], calms: [[0, CALM - 1]] };
}

/**
 * The recording's own time: it stands still at a bound until it may go on, so that a slow machine posts no signal late,
 * and goes no faster than the engine follows.
 */
class Recorder implements PluginHost {
  #nowMs = 0;
  #boundMs = 0;
  #held: (() => void) | undefined;

  constructor(private readonly followed: () => Promise<void>) {}

  /** Lets the recording run up to a candle. */
  playTo(candle: number): void {
    this.#boundMs = candle * MINUTE;
    this.#held?.();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  after(ms: number, task: () => void): () => void {
    let isCancelled = false;
    const go = () => {
      if (isCancelled) return;
      this.#held = this.#nowMs + ms > this.#boundMs ? go : undefined;
      if (this.#held !== undefined) return;
      this.#nowMs += ms;
      task();
    };
    setImmediate(() => void this.followed().then(go));
    return () => {
      isCancelled = true;
    };
  }

  every(): () => void {
    return () => undefined;
  }

  log(): void {
    // What the feed says is nothing that is looked at here.
  }
}

interface Posted {
  readonly wish: Wish;
  readonly signalId: number;
  readonly plan: { readonly entry: number; readonly stop: number; readonly targets: readonly number[] };
  readonly calm: number;
}

interface PositionRow {
  id: number;
  signal_id: number;
  user_id: number;
  status: string;
  entry_type: string;
  entry_price: string;
  realised_pnl: string;
}

const folder = mkdtempSync(join(tmpdir(), 'replay spec '));
const file = join(folder, 'BTCUSDT-1m.csv.gz');
const real = process.env.REPLAY_CHECK_FILE;
const recording = real === undefined ? record(20_251_121, 3) : recordingOf(real);
const path = pathOf(recording.candles);
const recorder = new Recorder(() => test.app.get(TriggerEngine).settled('BTCUSDT'));
let test: TestApplication;
let feed: ReplayFeed;
let provider: Person;
const followers = [
  { perTrade: '10', leverage: 7 },
  { perTrade: '33.33', leverage: 10 },
  { perTrade: '5', leverage: 1 },
] as const;
const people: Person[] = [];

beforeAll(async () => {
  const rows = recording.candles.map((prices, index) => [T0 + index * MINUTE, ...prices, 1].join(','));
  writeFileSync(file, gzipSync(['timestamp_ms,open,high,low,close,volume', ...rows, ''].join('\n')));
  const chosen = { REPLAY_FILE: file, REPLAY_SPEED: '1' };
  feed = plugin.create(plugin.settings.parse(chosen), recorder, undefined) as ReplayFeed;
  test = await startTestApplication({
    parts: { priceFeed: feed },
    env: { SIGNAL_REPEAT_SECONDS: '0', ENTRY_TOLERANCE_PERCENT: '0.5' },
  });
  provider = await makePerson(test.app, { role: 'provider' });
  for (const { perTrade, leverage } of followers) {
    const settings = { per_trade_usdt: perTrade, leverage, max_concurrent_trades: 50, position_mode: 'HEDGE' };
    people.push(await makePerson(test.app, { autoTrade: true, settings }));
  }
});

afterAll(async () => {
  await test.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Index of the recording's last price that was played; -1 before the first. */
function played(): number {
  const latest = feed.latest('BTCUSDT');
  return latest === undefined ? -1 : Math.floor((latest.at.getTime() - T0) / MINUTE) * 4;
}

async function post(wish: Wish, level: number, calm: number): Promise<Posted> {
  const at = (percent: number) => Number((level * (1 + percent / 100)).toPrecision(6));
  const plan = { entry: at(wish.entry), stop: at(wish.stop), targets: wish.targets.map(at) };
  const answer = await request(test.app.getHttpServer())
    .post('/api/signals')
    .set(provider.auth)
    .send({
      symbol: 'BTCUSDT',
      side: wish.side,
      entry: plan.entry,
      sl: plan.stop,
      tp: plan.targets,
      leverage: 10,
      confidence: 90,
    })
    .expect(201);
  return { wish, signalId: (answer.body as { signal_id: number }).signal_id, plan, calm };
}

const decided = (count: number) =>
  eventually(async () => {
    const row = await test.db.first<{ n: number }>(`SELECT count(*) AS n FROM positions`);
    return row?.n === count;
  });

describe('signals inside a recording', () => {
  const posted: Posted[] = [];

  it('are posted in each calm stretch, while the recording runs', async () => {
    for (const [calm, [first, last]] of recording.calms.entries()) {
      recorder.playTo(last - 1);
      await eventually(() => calm === 0 || played() >= first * 4);
      const level = Number(recording.candles[first]?.[0]);
      for (const wish of WISHES) posted.push(await post(wish, level, calm));
      await decided(posted.length * followers.length);
      expect(played()).toBeLessThan(last * 4);
    }
    recorder.playTo(Infinity);
  });

  it('end as a plain loop over the candles says, fill by fill', async () => {
    await feed.ended();
    await test.app.get(TriggerEngine).settled('BTCUSDT');
    const rows = await test.db.query<PositionRow>('SELECT * FROM positions ORDER BY id');
    const seen = new Set<string>();
    for (const row of rows) {
      const signal = posted.find(({ signalId }) => signalId === row.signal_id) as Posted;
      const follower = followers[people.findIndex(({ id }) => id === row.user_id)] as (typeof followers)[number];
      const [first, last] = recording.calms[signal.calm] as readonly [number, number];
      const calm = path.slice(first * 4, last * 4);
      const isLimit = row.entry_type === 'LIMIT';
      if (!isLimit) expect(calm.map(Number)).toContain(Number(row.entry_price));
      expect(isLimit).toBe(signal.wish.entry !== 0);
      const expected = loop(
        {
          ...follower,
          ...FEES,
          side: signal.wish.side,
          ...(isLimit ? { limit: String(signal.plan.entry) } : {}),
          entryPrice: row.entry_price,
          stop: String(signal.plan.stop),
          targets: signal.plan.targets.map(String),
        },
        path.slice(last * 4),
        lotStep(path[0] as string),
      );
      const fills = await test.db.query(
        `SELECT o.leg, trim_scale(f.price)::text AS price, trim_scale(f.qty)::text AS qty, trim_scale(f.fee)::text AS fee
         FROM fills f JOIN orders o ON o.id = f.order_id WHERE f.position_id = $1 ORDER BY f.id`,
        [row.id],
      );
      expect({ status: row.status, fills, pnl: Number(row.realised_pnl) }).toEqual({
        status: expected.status,
        fills: expected.fills,
        pnl: Number(expected.realisedPnl),
      });
      seen.add(`${row.status} after ${fills.length} fills`);
    }
    expect(rows).toHaveLength(posted.length * followers.length);
    expect(seen.size).toBeGreaterThanOrEqual(real === undefined ? 5 : 2);
  }, 60_000);

  it('and as the backtest of that file makes of the same signals, fill by fill', async () => {
    const signals = await test.db.query<{ id: number; reference_price: string }>(
      `SELECT id, trim_scale(reference_price)::text AS reference_price FROM signals ORDER BY id`,
    );
    for (const [index, follower] of followers.entries()) {
      const { trades, unfilled } = backtestOf(follower, signals);
      const live = await test.db.query<{ signal_id: number; status: string; pnl: string; fills: object[] }>(
        `SELECT p.signal_id, p.status, trim_scale(p.realised_pnl)::text AS pnl,
           coalesce(jsonb_agg(jsonb_build_object('leg', o.leg, 'price', trim_scale(f.price)::text,
             'qty', trim_scale(f.qty)::text, 'fee', trim_scale(f.fee)::text) ORDER BY f.id) FILTER (WHERE f.id IS NOT NULL), '[]') AS fills
         FROM positions p LEFT JOIN orders o ON o.position_id = p.id LEFT JOIN fills f ON f.order_id = o.id
         WHERE p.user_id = $1 GROUP BY p.id ORDER BY p.signal_id`,
        [people[index]?.id],
      );
      const filled = live.filter(({ fills }) => fills.length > 0);
      expect([trades.length, unfilled]).toEqual([filled.length, live.length - filled.length]);
      for (const { signal_id: id, status, fills, pnl } of filled) {
        const trade = trades.find(({ ref }) => ref === String(id));
        const made = trade?.fills
          .filter(({ leg }) => leg !== 'FLATTEN')
          .map(({ leg, price, qty, fee }) => ({ leg, price, qty, fee }));
        expect(JSON.parse(JSON.stringify(made))).toEqual(fills);
        // What is still held when the recording ends is closed by the backtest, and left by live trading.
        const isOver = status === 'CLOSED' || status === 'STOPPED';
        expect(trade?.reason === 'END').toBe(!isOver);
        if (isOver) expect(trade?.netPnl.toString()).toBe(pnl);
      }
    }
  });

  /** Every price of the recording, and each signal at the first one of its calm at which live trading took it up. */
  function backtestOf(
    { perTrade, leverage }: (typeof followers)[number],
    signals: readonly { readonly id: number; readonly reference_price: string }[],
  ): Engine {
    const rules = paperRules('BTCUSDT', String(posted[0]?.plan.entry));
    const terms = termsOf(
      { rules: () => rules },
      { balance: '10000', perTradeUsdt: perTrade, leverage, maxConcurrentTrades: 50 },
    );
    const engine = new Engine({ ...terms, account: { ...terms.account, positionMode: 'HEDGE' } }, 'replay');
    const waiting = signals.map(({ id, reference_price }) => {
      const signal = posted.find(({ signalId }) => signalId === id) as Posted;
      const first = (recording.calms[signal.calm]?.[0] ?? 0) * 4;
      return {
        signal,
        at: path.findIndex((price, tick) => tick >= first && Number(price) === Number(reference_price)),
      };
    });
    for (const [tick, price] of path.entries()) {
      engine.open('BTCUSDT', Number(price), T0 + tick * (MINUTE / 4));
      for (const { signal, at } of waiting) {
        if (at !== tick) continue;
        const { entry, stop, targets } = signal.plan;
        const intent = enter(signal.wish.side, String(stop), targets.map(String), {}, String(entry));
        engine.enter(
          { ...intent, leverage: 10, confidence: 90, ref: String(signal.signalId) },
          Number(price),
          T0 + tick * (MINUTE / 4),
        );
      }
    }
    engine.finish(T0 + path.length * MINUTE);
    return engine;
  }
});
