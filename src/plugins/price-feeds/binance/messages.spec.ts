/** The stream's messages, good and bad, and the pauses between attempts. */
import { backoffMs } from './backoff.js';
import { plugin } from './index.js';
import { parseMessage, request, streamName } from './messages.js';

const mark = (fields: object = {}) =>
  JSON.stringify({
    e: 'markPriceUpdate',
    E: 1_760_000_000_123,
    s: 'BTCUSDT',
    p: '70123.45000000',
    i: '70120.1',
    ...fields,
  });

const book = (fields: object = {}) =>
  JSON.stringify({
    e: 'bookTicker',
    u: 1,
    E: 1_760_000_000_123,
    s: 'BTCUSDT',
    b: '70000.1',
    B: '1',
    a: '70000.2',
    A: '2',
    ...fields,
  });

describe('parseMessage', () => {
  it('reads mark prices', () => {
    expect(parseMessage(mark())).toEqual({
      type: 'tick',
      tick: { symbol: 'BTCUSDT', price: '70123.45000000', at: new Date(1_760_000_000_123) },
    });
  });

  it('takes the exact middle of bid and ask', () => {
    expect(parseMessage(book())).toMatchObject({ type: 'tick', tick: { price: '70000.15' } });
    expect(parseMessage(book({ b: '0.00000001', a: '0.00000002' }))).toMatchObject({ tick: { price: '0.000000015' } });
  });

  it.each(['0', '0.000', '-1', 'NaN', '1e5', '', 70_000, null])('refuses the price %p', (price) => {
    expect(parseMessage(mark({ p: price }))).toEqual({ type: 'invalid' });
    expect(parseMessage(book({ a: price }))).toEqual({ type: 'invalid' });
  });

  it('refuses missing symbols and impossible times', () => {
    for (const bad of [{ s: undefined }, { E: '1' }, { E: 0 }, { E: 1.5 }, { E: undefined }]) {
      expect(parseMessage(mark(bad))).toEqual({ type: 'invalid' });
    }
  });

  it('knows answers, refusals and nonsense', () => {
    expect(parseMessage('{"result":null,"id":1}')).toEqual({ type: 'other' });
    expect(parseMessage('{"error":{"code":2,"msg":"Invalid request"},"id":1}')).toMatchObject({
      type: 'refusal',
      reason: expect.stringContaining('Invalid request') as string,
    });
    for (const nonsense of ['', '{', 'null', '7', '"x"']) expect(parseMessage(nonsense)).toEqual({ type: 'invalid' });
  });
});

describe('requests', () => {
  it('names streams as the venue does', () => {
    expect(streamName('BTCUSDT', 'mark')).toBe('btcusdt@markPrice@1s');
    expect(streamName('BTCUSDT', 'book')).toBe('btcusdt@bookTicker');
    expect(request('SUBSCRIBE', ['a', 'b'], 3)).toBe('{"method":"SUBSCRIBE","params":["a","b"],"id":3}');
  });
});

describe('backoffMs', () => {
  it('doubles up to half a minute and spreads over the upper half', () => {
    expect([0, 1, 2, 3].map((failures) => backoffMs(failures, 0))).toEqual([250, 500, 1_000, 2_000]);
    expect([0, 1, 2, 3].map((failures) => backoffMs(failures, 0.999_999))).toEqual([500, 1_000, 2_000, 4_000]);
    expect([backoffMs(100, 0), backoffMs(1e9, 0.999_999)]).toEqual([15_000, 30_000]);
  });
});

describe('settings', () => {
  it('has the public stream as default and refuses what is not a stream', () => {
    expect(plugin.settings.parse({})).toEqual({
      BINANCE_STREAM_URL: 'wss://fstream.binance.com',
      BINANCE_STREAM_PRICE: 'mark',
      PRICE_STALE_SECONDS: 30,
    });
    for (const bad of [
      { BINANCE_STREAM_URL: 'https://x' },
      { BINANCE_STREAM_PRICE: 'last' },
      { PRICE_STALE_SECONDS: '0' },
    ]) {
      expect(plugin.settings.safeParse(bad).success).toBe(false);
    }
  });
});
