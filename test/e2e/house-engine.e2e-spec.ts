/**
 * The running house engine on recorded candles: a bot posts exactly what its pure rule gives, one that throws stops only
 * itself, and a process that ends and comes back posts nothing twice.
 */
import { Client } from 'pg';
import request from 'supertest';
import { FUSION_DEFAULTS } from '../../src/domain/fusion/candidate.js';
import type { MinuteCandle } from '../../src/domain/candles/minute-candle.js';
import type { EnterIntent } from '../../src/domain/intent/intent.js';
import { LiveCandles } from '../../src/domain/strategy/run-views.js';
import { nothing, type Strategy } from '../../src/domain/strategy/strategy.js';
import type { CandleSource } from '../../src/ports/candle-source.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const MINUTE = 60_000;
const FIVE = 5 * MINUTE;
/** Within a month and on a boundary of every length that is asked for. */
const T0 = Date.UTC(2026, 0, 10);

/** Seventy hours that go up and down; the same every time. */
const RECORDED: readonly MinuteCandle[] = Array.from({ length: 4_200 }, (_, index) => {
  const at = (minute: number) => 100 + 8 * Math.sin(minute / 190) + 2 * Math.sin(minute / 17);
  const [open, close] = [at(index), at(index + 1)];
  const text = (value: number) => value.toFixed(4);
  const [high, low] = [Math.max(open, close) + 0.05, Math.min(open, close) - 0.05];
  const prices = { open: text(open), high: text(high), low: text(low), close: text(close) };
  return { openMs: T0 + index * MINUTE, ...prices, volume: String(5 + (index % 9)) };
});

/** A recording of two symbols that is as far as the test says. */
class Recording implements CandleSource {
  readonly code = 'recorded';
  readonly isRecording = true;
  minutes = 0;

  nowMs(): number {
    return T0 + this.minutes * MINUTE;
  }

  async fetch(_symbol: string, fromMs: number, toMs: number): Promise<readonly MinuteCandle[]> {
    const known = RECORDED.slice(0, this.minutes);
    return known.filter(({ openMs }) => openMs >= fromMs && openMs < toMs).slice(0, 1_000);
  }

  async stop(): Promise<void> {
    // Nothing is open.
  }
}

/** Enters where the close has crossed the average of twenty, whatever was entered before. */
const cross: Strategy<{ side: string }> = {
  code: 'scalping',
  summary: 'the close crosses the average of twenty',
  settings: { reach: { form: 'number', min: 0.1, max: 50, fallback: 5, says: 'Percent to the target' } },
  intervalMs: FIVE,
  lookBack: 1,
  indicators: () => [{ name: 'sma', parameters: { period: 20 } }],
  begin: () => ({ side: '' }),
  decide(view, state, now) {
    const [close, average] = [view.close(0), view.value(0, 0)];
    if (Number.isNaN(average)) return nothing('WARMING_UP');
    const side = close > average ? 'LONG' : 'SHORT';
    if (state.side === side) return nothing('SAME_SIDE');
    state.side = side;
    const sign = side === 'LONG' ? 1 : -1;
    const price = (percent: number) => (close * (1 + (sign * percent) / 100)).toFixed(4);
    const intent: EnterIntent = {
      ...{ kind: 'ENTER', symbol: view.symbol, side, entry: close.toFixed(4), stopLoss: price(-3) },
      ...{ targets: [price(5), price(9)], tradeType: 'FUTURES', leverage: null, confidence: 95, plan: {} },
      ...{ meta: {}, ref: `SCALPER:${view.symbol}:${now}` },
    };
    return { intents: [intent], why: 'CROSS' };
  },
};

const broken: Strategy = {
  ...{ code: 'qfl', summary: 'throws', settings: {}, intervalMs: FIVE, lookBack: 1 },
  begin: () => ({}),
  decide: () => {
    throw new Error('nothing to see');
  },
};

/** What the pure rule gives of the first `minutes`, by name. */
function decided(symbol: string, minutes: number): EnterIntent[] {
  const view = new LiveCandles(symbol, FIVE, cross, {});
  const state = cross.begin({}, symbol);
  const found: EnterIntent[] = [];
  for (let start = 0; start + 5 <= minutes; start += 5) {
    const five = RECORDED.slice(start, start + 5);
    const numbers = (pick: (candle: MinuteCandle) => string) => five.map((candle) => Number(pick(candle)));
    const time = T0 + start * MINUTE;
    view.push({
      time,
      open: numbers(({ open }) => open)[0] ?? NaN,
      high: Math.max(...numbers(({ high }) => high)),
      low: Math.min(...numbers(({ low }) => low)),
      close: numbers(({ close }) => close)[4] ?? NaN,
      volume: numbers(({ volume }) => volume).reduce((sum, one) => sum + one, 0),
    });
    found.push(...(cross.decide(view, state, time + FIVE).intents as EnterIntent[]));
  }
  return found;
}

let database: TestDatabase;
let running: TestApplication;
let admin: Person;
const recording = new Recording();

function start(): Promise<TestApplication> {
  return startTestApplication({
    database,
    env: {
      ...{ HOUSE_BOTS: 'scalping,qfl', CANDLE_WATCHLIST: 'BTCUSDT', CANDLE_POLL_SECONDS: '1' },
      SIGNAL_REPEAT_SECONDS: '0',
    },
    parts: {
      candleSource: recording,
      strategies: new Map<string, Strategy>([
        [cross.code, cross as Strategy],
        [broken.code, broken],
      ]),
    },
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `INSERT INTO house_bots (code, every_seconds, changed_at) SELECT unnest(ARRAY['scalping', 'qfl']), 1, now()`,
  );
  await client.end();
  running = await start();
  admin = await makePerson(running.app, { role: 'admin' });
});

afterAll(async () => {
  await running?.close();
  await database?.drop();
});

const http = () => request(running.app.getHttpServer());

function patch(code: string, body: object, status = 200) {
  return http().patch(`/api/strategies/${code}`).send(body).set(admin.auth).expect(status);
}

interface BotView {
  readonly code: string;
  readonly state: string;
  readonly settings: object;
  readonly heartbeat: { runs: number; failures: number; last_error: string | null; last_candle_at: string | null };
  readonly statistics: { candidates: number; published: number; waiting: number; signals: number };
}

async function bot(code: string): Promise<BotView> {
  const answer = await http().get('/api/strategies').set(admin.auth).expect(200);
  const found = (answer.body as { strategies: BotView[] }).strategies.find((one) => one.code === code);
  if (found === undefined) throw new Error(`${code} is missing`);
  return found;
}

interface CandidateView {
  readonly ref: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly signal_id: number | null;
}

async function candidates(): Promise<CandidateView[]> {
  const answer = await http().get('/api/strategies/scalping/candidates?limit=200').set(admin.auth).expect(200);
  return (answer.body as { candidates: CandidateView[] }).candidates.toReversed();
}

const signals = () =>
  running.db.query<{ ref: string; entry: string; side: string; source: string }>(
    `SELECT s.ref, s.entry, s.side, o.code AS source FROM signals s JOIN sources o ON o.id = s.source_id ORDER BY s.id`,
  );

/** Until the bot has looked at everything up to there and each candidate has its verdict. */
async function seenUpTo(minutes: number): Promise<CandidateView[]> {
  recording.minutes = minutes;
  const close = new Date(T0 + Math.floor(minutes / 5) * FIVE).toISOString();
  return eventually(async () => {
    const { heartbeat, statistics } = await bot('scalping');
    return heartbeat.last_candle_at === close && statistics.waiting === 0 ? candidates() : undefined;
  });
}

it('posts what the pure rule gives, as the source of the bot, and says why it does not post the rest', async () => {
  const found = await seenUpTo(1_203);
  const expected = decided('BTCUSDT', 1_203);
  expect(expected.length).toBeGreaterThan(10);
  expect(found.map(({ ref }) => ref)).toEqual(expected.map(({ ref }) => ref));
  const published = found.filter(({ verdict }) => verdict === 'PUBLISHED');
  expect(published.length).toBeGreaterThan(0);
  for (const one of found) expect([one.verdict, one.reason === null]).toEqual([one.verdict, one.signal_id !== null]);
  const stored = await signals();
  expect(stored.map(({ ref }) => ref)).toEqual(published.map(({ ref }) => ref));
  for (const { ref, entry, side, source } of stored) {
    const intent = expected.find((one) => one.ref === ref);
    expect([Number(entry), side, source]).toEqual([Number(intent?.entry), intent?.side, 'house:scalper']);
  }
});

it('goes on with what closes next, as one run over all of it would', async () => {
  const before = await signals();
  const found = await seenUpTo(1_508);
  expect(found.map(({ ref }) => ref)).toEqual(decided('BTCUSDT', 1_508).map(({ ref }) => ref));
  expect((await signals()).slice(0, before.length)).toEqual(before);
});

it('lets a bot that throws rest, alone', async () => {
  const failed = await eventually(async () => {
    const found = await bot('qfl');
    return found.state === 'resting' ? found : undefined;
  });
  expect(failed.heartbeat).toMatchObject({ failures: 3, last_error: 'nothing to see' });
  expect((await bot('scalping')).state).toBe('running');
  await http().post('/api/strategies/qfl/disable').set(admin.auth).expect(200);
  expect((await bot('qfl')).state).toBe('disabled');
  const audited = await running.db.query<{ action: string; subject: string }>(
    `SELECT action, subject FROM audit_events WHERE action LIKE 'strategy.%' ORDER BY id DESC LIMIT 1`,
  );
  expect(audited).toEqual([{ action: 'strategy.disable', subject: 'strategy:qfl' }]);
});

it('posts nothing twice after a restart, also what was chosen but not known to be posted', async () => {
  const before = [await signals(), await candidates()];
  await running.db.query(
    `UPDATE house_candidates SET verdict = 'APPROVED', signal_id = NULL
     WHERE id = (SELECT max(id) FROM house_candidates WHERE verdict = 'PUBLISHED')`,
  );
  await running.close();
  running = await start();
  await eventually(async () => (await bot('scalping')).statistics.waiting === 0);
  const runs = (await bot('scalping')).heartbeat.runs;
  await eventually(async () => (await bot('scalping')).heartbeat.runs > runs + 1);
  expect([await signals(), await candidates()]).toEqual(before);
  const found = await seenUpTo(1_700);
  expect(found.map(({ ref }) => ref)).toEqual(decided('BTCUSDT', 1_700).map(({ ref }) => ref));
});

it('lets one side of a symbol be live at a time, unless the bot is sure enough to turn', async () => {
  expect(FUSION_DEFAULTS.reversalConfidence).toBeLessThanOrEqual(95);
  const reasons = new Set((await candidates()).map(({ reason }) => reason));
  for (const reason of reasons) expect([null, 'COOLDOWN', 'DUPLICATE', 'RATE_LIMIT', 'LATE']).toContain(reason);
});

it('checks settings by the schema of the bot, and names what is wrong', async () => {
  const bad = await patch('scalping', { settings: { reach: 99, speed: 1 }, every_seconds: 1 }, 400);
  expect((bad.body as { fields: { field: string }[] }).fields.map(({ field }) => field)).toEqual([
    'settings.speed',
    'settings.reach',
  ]);
  await patch('scalping', { every_seconds: 0 }, 400);
  await patch('nobody', {}, 404);
  const good = await patch('scalping', { settings: { reach: 7 }, symbols: ['btcusdt'] });
  expect(good.body).toMatchObject({ strategy: { settings: { reach: 7 }, symbols: ['BTCUSDT'] } });
  const back = await patch('scalping', { settings: { reach: null }, symbols: null });
  expect(back.body).toMatchObject({ strategy: { settings: { reach: 5 }, symbols: null } });
});
