/**
 * Candles of a venue: fetched through ccxt, filled where some are missing, corrected on record, read at any length.
 */
import request from 'supertest';
import { TIMEFRAME_ORIGIN_MS } from '../../src/domain/candles/candle-length.js';
import { CandlesRepository } from '../../src/modules/market-data/candles/candles.repository.js';
import { CandlePartitions } from '../../src/modules/market-data/candles/candle-partitions.repository.js';
import { CandleStore } from '../../src/modules/market-data/candles/candle-store.service.js';
import { plugin } from '../../src/plugins/candle-sources/ccxt/index.js';
import { CandleSourceError } from '../../src/ports/candle-source.js';
import { ManualClock } from '../../src/platform/clock/manual-clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { pluginHost } from '../../src/platform/plugins/plugin-loader.js';
import { makePerson, type Person } from '../factories/people.js';
import { madeUp, startBinanceCandles } from '../servers/binance-candles.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

const MINUTE = 60_000;

interface CandleView {
  readonly time: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly complete: boolean;
}

let venue: Awaited<ReturnType<typeof startBinanceCandles>>;
let running: TestApplication;
let admin: Person;
let reader: Person;
/** A minute that the venue does not know at first. */
let hole: number;

beforeAll(async () => {
  venue = await startBinanceCandles();
  hole = Math.floor(Date.now() / MINUTE) * MINUTE - 100 * MINUTE;
  venue.missing.add(hole).add(hole + MINUTE);
  running = await startTestApplication({
    env: {
      ...{ CANDLE_SOURCE: 'ccxt', CCXT_REST_URL: venue.url, CANDLE_WATCHLIST: 'BTCUSDT' },
      ...{ CANDLE_BACKFILL_DAYS: '1', CANDLE_POLL_SECONDS: '1' },
    },
  });
  admin = await makePerson(running.app, { role: 'admin' });
  reader = await makePerson(running.app);
});

afterAll(async () => {
  await running?.close();
  await venue?.close();
});

async function candles(query: object, status = 200) {
  const answer = await request(running.app.getHttpServer()).get('/api/candles').query(query).set(reader.auth);
  expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
  return answer.body as { candles: CandleView[]; from: string; to: string; next_from: string | null; error?: string };
}

const stored = (symbol: string) =>
  running.db.query<{ open_time: Date; close: string }>(
    `SELECT c.open_time, c.close FROM candles c JOIN candle_series s ON s.id = c.series_id
     WHERE s.symbol = $1 AND s.source = 'binance' ORDER BY c.open_time`,
    [symbol],
  );

it('fetches a day of closed candles and goes on with those that close', async () => {
  const rows = await eventually(async () => {
    const found = await stored('BTCUSDT');
    return found.length >= 1_437 ? found : undefined;
  });
  const now = Date.now();
  for (const row of rows) expect(Number(row.close)).toBe(Number(madeUp('BTCUSDT', row.open_time.getTime())[4]));
  const newest = rows.at(-1)?.open_time.getTime() ?? 0;
  expect(newest + MINUTE).toBeLessThanOrEqual(now);
  expect(now - newest).toBeLessThan(3 * MINUTE);
});

it('asks again for what is missing', async () => {
  expect((await stored('BTCUSDT')).some(({ open_time }) => open_time.getTime() === hole)).toBe(false);
  venue.missing.clear();
  running.app.get(CandleStore).forget();
  const rows = await eventually(async () => {
    const found = await stored('BTCUSDT');
    return found.some(({ open_time }) => open_time.getTime() === hole + MINUTE) ? found : undefined;
  });
  const times = rows.map(({ open_time }) => open_time.getTime());
  expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * MINUTE));
});

it('makes longer candles of minutes and pages through them by time', async () => {
  const whole = await candles({ symbol: 'BTCUSDT', timeframe: '15m', limit: 40 });
  expect(whole.candles).toHaveLength(40);
  const length = 15 * MINUTE;
  for (const candle of whole.candles.slice(1)) {
    const at = Date.parse(candle.time);
    expect((at - TIMEFRAME_ORIGIN_MS) % length).toBe(0);
    const minutes = Array.from({ length: 15 }, (_, index) => madeUp('BTCUSDT', at + index * MINUTE));
    expect([candle.open, candle.high, candle.low, candle.close, candle.volume].map(Number)).toEqual([
      Number(minutes[0]?.[1]),
      Math.max(...minutes.map((minute) => Number(minute[2]))),
      Math.min(...minutes.map((minute) => Number(minute[3]))),
      Number(minutes[14]?.[4]),
      Number(minutes.reduce((sum, minute) => sum + Number(minute[5]), 0).toFixed(3)),
    ]);
    expect(candle.complete).toBe(true);
  }
  const paged: CandleView[] = [];
  let from: string | null = whole.from;
  while (from !== null) {
    const page: Awaited<ReturnType<typeof candles>> = await candles({
      ...{ symbol: 'BTCUSDT', timeframe: '15m', limit: 7 },
      ...{ from, to: whole.to },
    });
    paged.push(...page.candles);
    from = page.next_from;
  }
  expect(paged).toEqual(whole.candles);
  const before = await candles({ symbol: 'BTCUSDT', timeframe: '15m', limit: 5, to: whole.from });
  expect(before.candles.at(-1)?.time).toBe(new Date(Date.parse(whole.from) - length).toISOString());
});

it('does not show a longer candle before it has closed', async () => {
  const { candles: newest } = await candles({ symbol: 'BTCUSDT', timeframe: '1h', limit: 3 });
  const last = newest.at(-1);
  expect(Date.parse(last?.time ?? '') + 60 * MINUTE).toBeLessThanOrEqual(Date.now());
});

it('keeps what a correction replaced, and does not touch what is the same', async () => {
  const [series] = await running.app.get(CandlesRepository).series('binance', ['BTCUSDT']);
  const at = hole - 50 * MINUTE;
  const [openMs, open, high, low, last, volume] = madeUp('BTCUSDT', at);
  const same = { openMs, open, high, low, close: last, volume };
  const repository = running.app.get(CandlesRepository);
  await repository.store(series?.id ?? 0, [same], new Date());
  await repository.store(series?.id ?? 0, [{ ...same, volume: '99' }], new Date());
  const corrections = await running.db.query('SELECT open_time, volume FROM candle_corrections');
  expect(corrections).toEqual([{ open_time: new Date(at), volume }]);
  await expect(repository.store(series?.id ?? 0, [{ ...same, low: '0' }], new Date())).rejects.toThrow(
    'ck_candles_shape',
  );
});

it('keeps the candles that administrators list, and says how fresh they are', async () => {
  const server = running.app.getHttpServer();
  const body = { symbols: ['ethusdt', 'NONEUSDT'] };
  await request(server).put('/api/candles/watchlist').send(body).set(admin.auth).expect(200);
  const seen = await eventually(async () => {
    const answer = await request(server).get('/api/candles/watchlist').set(admin.auth).expect(200);
    const [eth, none] = (answer.body as { symbols: { failures: number; age_seconds: number | null }[] }).symbols;
    return typeof eth?.age_seconds === 'number' && (none?.failures ?? 0) > 0 && answer.body;
  });
  expect(seen).toMatchObject({
    source: 'binance',
    listed: true,
    symbols: [
      { symbol: 'ETHUSDT', failures: 0, last_error: null },
      { symbol: 'NONEUSDT', age_seconds: null, last_error: expect.stringContaining('BadSymbol') as string },
    ],
  });
  const status = await request(server).get('/api/safety/status').expect(200);
  expect((status.body as { prices: { candles: unknown } }).prices.candles).toEqual([
    { symbol: 'ETHUSDT', age_seconds: expect.any(Number) as number },
    { symbol: 'NONEUSDT', age_seconds: null },
  ]);
  await request(server)
    .put('/api/candles/watchlist')
    .send({ symbols: ['BTC-USDT'] })
    .set(admin.auth)
    .expect(400);
});

it('refuses what makes no sense, by field', async () => {
  for (const [query, field] of [
    [{ symbol: 'BTC/USDT' }, 'symbol'],
    [{ symbol: 'BTCUSDT', timeframe: '7m' }, 'timeframe'],
    [{ symbol: 'BTCUSDT', limit: 1_001 }, 'limit'],
    [{ symbol: 'BTCUSDT', from: 'yesterday' }, 'from'],
  ] as const) {
    expect((await candles(query, 400)).error).toContain(field);
  }
  expect((await candles({ symbol: 'XRPUSDT' })).candles).toEqual([]);
});

it('makes months ahead and drops those that are too old', async () => {
  const partitions = running.app.get(CandlePartitions);
  await partitions.ensure(new Date('2021-11-30T23:00:00Z'), new Date('2022-02-01T00:00:00Z'));
  await partitions.ensure(new Date('2021-12-30T23:00:00Z'), new Date('2022-01-01T00:00:00Z'));
  expect(await partitions.drop(new Date('2022-02-28T00:00:00Z'))).toBe(3);
  expect(await partitions.drop(new Date('2022-02-28T00:00:00Z'))).toBe(0);
});

it('tells a venue that has had enough from one that does not know', async () => {
  const clock = new ManualClock(new Date().toISOString());
  const settings = plugin.settings.parse({ CCXT_REST_URL: venue.url });
  const source = plugin.create(settings, pluginHost(clock, Logger.silent()), undefined);
  const to = Math.floor(Date.now() / MINUTE) * MINUTE;
  const ask = (symbol = 'BTCUSDT') => source.fetch(symbol, to - 10 * MINUTE, to - 5 * MINUTE);
  venue.refusals.push({ status: 429, body: { code: -1003, msg: 'Too many requests' } });
  await expect(ask()).rejects.toMatchObject({ isForAll: true });
  await expect(ask('NONEUSDT')).rejects.toMatchObject({ isForAll: false });
  venue.refusals.push({ status: 200, body: { nothing: 'of use' } });
  await expect(ask()).rejects.toThrow(CandleSourceError);
  expect((await ask()).map(({ openMs }) => openMs)).toEqual([10, 9, 8, 7, 6].map((ago) => to - ago * MINUTE));
  await source.stop();
});
