/** The replay: what it reads, in which order and at which pace it ticks, and how it ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ManualClock } from '../../../platform/clock/manual-clock.js';
import { Logger } from '../../../platform/logging/logger.js';
import { pluginHost } from '../../../platform/plugins/plugin-loader.js';
import type { PluginHost } from '../../../ports/plugin.js';
import type { Tick } from '../../../ports/price-feed.js';
import { candleFileProblem, readCandles } from './candle-file.js';
import { candleTicks } from './candle-ticks.js';
import { plugin } from './index.js';
import type { ReplayFeed } from './replay-feed.js';

const HEADER = 'timestamp_ms,open,high,low,close,volume';
const T0 = 1_760_000_000_000;
const MINUTE = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'verzek-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, lines: readonly string[], header = HEADER): string {
  const path = join(folder, name);
  const text = [header, ...lines, ''].join('\n');
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const rising = (index: number, base = 100) =>
  `${T0 + index * MINUTE},${base + index},${base + index + 3},${base + index - 2},${base + index + 1},5`;

const many = (count: number) => Array.from({ length: count }, (_, index) => rising(index));

function problemsOf(environment: Record<string, string>): string[] {
  const parsed = plugin.settings.safeParse(environment);
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

function setUp(environment: Record<string, string>) {
  const clock = new ManualClock('2026-03-01T12:00:00.000Z');
  const logged: string[] = [];
  const pauses = { open: 0 };
  const plain = pluginHost(clock, Logger.silent());
  const host: PluginHost = {
    ...plain,
    log: (level, text) => void logged.push(`${level}: ${text}`),
    after: (ms, task) => {
      pauses.open += 1;
      return plain.after(ms, () => {
        pauses.open -= 1;
        task();
      });
    },
  };
  const feed = plugin.create(plugin.settings.parse(environment), host, undefined) as ReplayFeed;
  const ticks: Tick[] = [];
  const start = () => feed.start((tick) => void ticks.push(tick));
  const shown = () => ticks.map((tick) => `${tick.at.getTime() - T0}:${tick.price}`);
  return { clock, pauses, feed, ticks, shown, start, logged };
}

type Playing = Pick<ReturnType<typeof setUp>, 'clock' | 'pauses'>;

/** Moves the clock on, 10 ms at a time and only while the replay waits for it, until `isTrue`; answers how far. */
async function playUntil({ clock, pauses }: Playing, isTrue: () => boolean): Promise<number> {
  const began = clock.monotonicMs();
  while (!isTrue()) {
    if (pauses.open > 0) clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return clock.monotonicMs() - began;
}

describe('candle files', () => {
  it('reads plain and gzipped files alike, with Windows line ends and blank lines too', async () => {
    const lines = many(3);
    const expected = [0, 1, 2].map((index) => ({
      atMs: T0 + index * MINUTE,
      open: `${100 + index}`,
      high: `${103 + index}`,
      low: `${98 + index}`,
      close: `${101 + index}`,
      volume: '5',
    }));
    for (const path of [
      file('BTCUSDT-a.csv', lines),
      file('BTCUSDT-a.csv.gz', lines),
      file('BTCUSDT-b.csv', [...lines.map((line) => `${line}\r`), '']),
    ]) {
      expect(candleFileProblem(path)).toBeUndefined();
      const candles = [];
      for await (const candle of readCandles(path)) candles.push(candle);
      expect(candles).toEqual(expected);
    }
  });

  it.each([
    ['no header', [], 'time,o,h,l,c,v', 'must begin with the header'],
    ['no candles', [], HEADER, 'holds no candles'],
    ['text', ['hello'], HEADER, 'line 2 has no time in milliseconds'],
    ['seconds', ['1760000000,1,1,1,1,1'], HEADER, 'line 2 has no time in milliseconds'],
    ['zero', [`${T0},0,1,1,1,1`], HEADER, 'line 2 has a price that is not a plain decimal above zero'],
    ['NaN', [`${T0},1,NaN,1,1,1`], HEADER, 'line 2 has a price that is not a plain decimal above zero'],
    ['high below close', [`${T0},1,2,1,3,1`], HEADER, 'line 2 has an open or close outside its low and high'],
    ['low above open', [`${T0},1,3,2,3,1`], HEADER, 'line 2 has an open or close outside its low and high'],
    ['order', [rising(1), rising(1)], HEADER, 'line 3 is not later than the line before'],
    ['columns', [`${rising(0)},7`], HEADER, 'line 2 has more than 6 columns'],
  ])('says what is wrong with a file: %s', (name, lines, header, sentence) => {
    const path = file(`BTCUSDT-${name.replace(/ /g, '-')}.csv`, lines, header);
    expect(candleFileProblem(path)).toContain(sentence);
    expect(problemsOf({ REPLAY_FILE: path })).toEqual([expect.stringMatching(`^REPLAY_FILE: .*${sentence}`)]);
  });

  it('says when there is no file, or not the one that its name promises', () => {
    expect(problemsOf({})).toEqual([expect.stringContaining('REPLAY_FILE: must name a .csv or .csv.gz file')]);
    expect(problemsOf({ REPLAY_FILE: join(folder, 'BTCUSDT-none.csv') })[0]).toMatch(/cannot be read: .*ENOENT/);
    const notZipped = join(folder, 'BTCUSDT-x.csv.gz');
    writeFileSync(notZipped, `${HEADER}\n${rising(0)}\n`);
    expect(problemsOf({ REPLAY_FILE: notZipped })[0]).toContain('cannot be read');
  });

  it('accepts a long file by its beginning, and asks for a symbol that the name does not give', () => {
    const long = file('BTCUSDT-long.csv', many(5_000));
    const zipped = file('BTCUSDT-long.csv.gz', many(20_000));
    expect([candleFileProblem(long), candleFileProblem(zipped)]).toEqual([undefined, undefined]);
    const nameless = file('_.csv', many(1));
    expect(problemsOf({ REPLAY_FILE: nameless })).toEqual([expect.stringContaining('REPLAY_SYMBOL: must be set')]);
    expect(problemsOf({ REPLAY_FILE: nameless, REPLAY_SYMBOL: 'btcusdt' })).toEqual([]);
  });
});

describe('candleTicks', () => {
  const candle = { atMs: T0, open: '10', high: '12', low: '9', close: '11', volume: '0' };

  it('goes open, low, high, close when the candle rises or stands still', () => {
    const expected = ['10', '9', '12', '11'];
    expect(candleTicks(candle, MINUTE).map((tick) => tick.price)).toEqual(expected);
    expect(candleTicks({ ...candle, close: '10' }, MINUTE).map((tick) => tick.price)).toEqual(['10', '9', '12', '10']);
  });

  it('goes open, high, low, close when it falls', () => {
    expect(candleTicks({ ...candle, close: '9.5' }, MINUTE).map((tick) => tick.price)).toEqual([
      '10',
      '12',
      '9',
      '9.5',
    ]);
  });

  it('spreads the ticks within the candle', () => {
    expect(candleTicks(candle, MINUTE).map((tick) => tick.atMs - T0)).toEqual([0, 20_000, 40_000, 59_999]);
  });
});

describe('ReplayFeed', () => {
  it('tells the candles that it has played to their end, and none before', async () => {
    const { feed, start } = setUp({ REPLAY_FILE: file('BTCUSDT-c.csv', many(4)), REPLAY_SPEED: '0' });
    expect(feed.candles('BTCUSDT', 0, Infinity)).toEqual([]);
    await start();
    feed.want([{ symbol: 'BTCUSDT' }]);
    await feed.ended();
    // The recording of these tests begins within a minute: no candle of one minute of the clock is in it.
    expect(feed.candles('BTCUSDT', 0, Infinity)).toEqual([]);
    const aligned = many(4).map((line) => line.replace(/^\d+/, (at) => String(Number(at) - (T0 % MINUTE))));
    const whole = setUp({ REPLAY_FILE: file('BTCUSDT-d.csv', aligned), REPLAY_SPEED: '0' });
    await whole.start();
    whole.feed.want([{ symbol: 'BTCUSDT' }]);
    await whole.feed.ended();
    const first = T0 - (T0 % MINUTE);
    const opens = (from: number, to: number) => whole.feed.candles('BTCUSDT', from, to).map(({ openMs }) => openMs);
    expect(opens(0, Infinity)).toEqual([0, 1, 2, 3].map((index) => first + index * MINUTE));
    expect(opens(first + 1, first + 3 * MINUTE)).toEqual([first + MINUTE, first + 2 * MINUTE]);
    expect(whole.feed.candles('ETHUSDT', 0, Infinity)).toEqual([]);
  });

  it('plays every tick in order, with the times of the recording, and says when it has ended', async () => {
    const { feed, shown, start, logged, ...playing } = setUp({
      REPLAY_FILE: file('BTCUSDT-1m.csv', many(2)),
      REPLAY_SPEED: '0',
    });
    await start();
    feed.want([{ symbol: 'BTCUSDT' }]);
    const ended = feed.ended();
    await playUntil(playing, () => feed.isEnded);
    await ended;
    expect(shown()).toEqual([
      '0:100',
      '20000:98',
      '40000:103',
      '59999:101',
      '60000:101',
      '80000:99',
      '100000:104',
      '119999:102',
    ]);
    expect(feed.latest('BTCUSDT')?.price).toBe('102');
    expect(logged).toEqual(['info: the replay begins', 'info: the replay has ended']);
  });

  it('keeps the pace: at 60 times, ten minutes take ten seconds', async () => {
    const { feed, start, ...playing } = setUp({ REPLAY_FILE: file('BTCUSDT-10m.csv', many(10)) });
    await start();
    feed.want([{ symbol: 'BTCUSDT' }]);
    const passed = await playUntil(playing, () => feed.isEnded);
    expect(playing.ticks).toHaveLength(40);
    expect(passed).toBeGreaterThanOrEqual(9_990);
    expect(passed).toBeLessThanOrEqual(10_100);
  });

  it('does not stretch a candle over a hole in the recording', async () => {
    const path = file('BTCUSDT-hole.csv', [rising(0), rising(1), rising(30)]);
    const { feed, shown, start, ...playing } = setUp({ REPLAY_FILE: path, REPLAY_SPEED: '0' });
    await start();
    feed.want([{ symbol: 'BTCUSDT' }]);
    await playUntil(playing, () => feed.isEnded);
    expect(shown()[7]).toBe('119999:102');
    expect(shown()[8]).toBe('1800000:130');
  });

  it('begins when its symbol is first wanted, goes on unheard, and begins again after a stop', async () => {
    const path = file('BTCUSDT-wait.csv', many(10));
    const { clock, pauses, feed, ticks, shown, start, logged } = setUp({ REPLAY_FILE: path });
    const playing = { clock, pauses };
    await start();
    feed.want([{ symbol: 'ETHUSDT', near: '4000' }]);
    clock.advance(60_000);
    expect(ticks).toEqual([]);
    expect(logged).toEqual(['warn: the replay of BTCUSDT has no prices of ETHUSDT']);
    feed.want([{ symbol: 'BTCUSDT' }]);
    await playUntil(playing, () => ticks.length >= 3);
    feed.unwant(['BTCUSDT']);
    const heard = ticks.length;
    await playUntil(playing, () => feed.isEnded);
    expect(ticks).toHaveLength(heard);
    expect(feed.latest('BTCUSDT')?.price).toBe('110');
    await feed.stop();
    expect(feed.latest('BTCUSDT')).toBeUndefined();
    ticks.length = 0;
    await start();
    feed.want([{ symbol: 'BTCUSDT' }]);
    await playUntil(playing, () => feed.isEnded);
    expect(shown()[0]).toBe('0:100');
    expect(ticks).toHaveLength(40);
  });

  it('stops at once in the middle, also while it waits', async () => {
    const { clock, pauses, feed, ticks, start } = setUp({
      REPLAY_FILE: file('BTCUSDT-stop.csv', many(10)),
      REPLAY_SPEED: '1',
    });
    const playing = { clock, pauses };
    await start();
    feed.want([{ symbol: 'BTCUSDT' }]);
    await playUntil(playing, () => ticks.length >= 1);
    await feed.stop();
    const heard = ticks.length;
    clock.advance(3_600_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ticks).toHaveLength(heard);
  });

  it('ends with a sentence where a long file breaks', async () => {
    const path = file('BTCUSDT-broken.csv', [...many(3_000), 'oops']);
    const { feed, start, logged, ...playing } = setUp({ REPLAY_FILE: path, REPLAY_SPEED: '0' });
    await start();
    feed.want([{ symbol: 'BTCUSDT' }]);
    await playUntil(playing, () => feed.isEnded);
    expect(playing.ticks.length).toBe(2_999 * 4);
    expect(logged.at(-1)).toMatch(/^error: the replay stopped: .*line 3002 has no time/);
  });
});
