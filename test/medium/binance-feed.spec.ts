/** The Binance feed over a real socket: subscriptions, lost and silent connections, and prices that make no sense. */
import { SystemClock } from '../../src/platform/clock/clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { pluginHost } from '../../src/platform/plugins/plugin-loader.js';
import type { Tick } from '../../src/ports/price-feed.js';
import { BinanceFeed, type BinanceOptions } from '../../src/plugins/price-feeds/binance/binance-feed.js';
import { BinanceStreamServer } from '../servers/binance-stream.js';

let server: BinanceStreamServer;
let feed: BinanceFeed;
let ticks: Tick[];
let wake: () => void;

beforeEach(async () => {
  server = await BinanceStreamServer.start();
  ticks = [];
  wake = () => undefined;
});

afterEach(async () => {
  await feed.stop();
  await server.stop();
});

async function started(options: Partial<BinanceOptions> = {}): Promise<void> {
  const host = pluginHost(new SystemClock(), Logger.silent());
  feed = new BinanceFeed({ url: server.url, kind: 'mark', staleMs: 30_000, ...options }, host);
  await feed.start((tick) => {
    ticks.push(tick);
    wake();
  });
}

async function tickCount(count: number): Promise<void> {
  while (ticks.length < count) await new Promise<void>((resolve) => (wake = resolve));
}

const T = Date.now();

it('subscribes to what is wanted, together and as it changes', async () => {
  await started();
  feed.want(Array.from({ length: 120 }, (_, index) => ({ symbol: `COIN${index}USDT` })));
  await server.until(() => server.streams.length === 120);
  expect(server.requests.map((request) => request.params.length)).toEqual([100, 20]);
  feed.want([{ symbol: 'BTCUSDT' }]);
  await server.until(() => server.streams.includes('btcusdt@markPrice@1s'));
  feed.unwant(['COIN0USDT', 'COIN1USDT']);
  await server.until(() => server.streams.length === 119);
  expect(server.requests.at(-1)).toMatchObject({ method: 'UNSUBSCRIBE', params: expect.any(Array) as unknown });
});

it('hands on good prices only, and drops what is older than the last', async () => {
  await started();
  feed.want([{ symbol: 'BTCUSDT' }]);
  await server.until(() => server.streams.length === 1);
  server.sendMark('BTCUSDT', '70000', T);
  for (const bad of ['0', '-1', 'NaN', '']) server.sendMark('BTCUSDT', bad, T + 1);
  server.sendMark('BTCUSDT', '69000', T - 1);
  server.sendRaw('not json');
  server.sendRaw(JSON.stringify({ e: 'markPriceUpdate', E: T + 2, s: 'ETHUSDT', p: '4000' }));
  server.sendMark('BTCUSDT', '70001.50', T + 3);
  await tickCount(2);
  expect(ticks).toEqual([
    { symbol: 'BTCUSDT', price: '70000', at: new Date(T) },
    { symbol: 'BTCUSDT', price: '70001.50', at: new Date(T + 3) },
  ]);
});

it('reads the book ticker when told to', async () => {
  await started({ kind: 'book' });
  feed.want([{ symbol: 'BTCUSDT' }]);
  await server.until(() => server.streams.includes('btcusdt@bookTicker'));
  server.sendBook('BTCUSDT', '70000', '70001', T);
  await tickCount(1);
  expect(ticks[0]?.price).toBe('70000.5');
});

it('connects again after a cut and subscribes anew', async () => {
  await started();
  feed.want([{ symbol: 'BTCUSDT' }]);
  await server.until(() => server.streams.length === 1);
  server.cut();
  await server.until(() => server.connections === 2 && server.streams.length === 1);
  server.sendMark('BTCUSDT', '70000', T);
  await tickCount(1);
});

it('keeps trying while there is no server, and finds it when it is back', async () => {
  const { port } = server;
  await started();
  feed.want([{ symbol: 'BTCUSDT' }]);
  await server.until(() => server.streams.length === 1);
  await server.stop();
  server = await BinanceStreamServer.start({ port });
  await server.until(() => server.streams.length === 1);
  server.sendMark('BTCUSDT', '70000', T);
  await tickCount(1);
});

it('cuts a connection that is open but brings no prices', async () => {
  await started({ staleMs: 500 });
  feed.want([{ symbol: 'BTCUSDT' }]);
  await server.until(() => server.connections === 2 && server.streams.length === 1);
});

it('cuts a connection that does not answer a ping, even when nothing is wanted', async () => {
  await server.stop();
  server = await BinanceStreamServer.start({ autoPong: false });
  await started({ staleMs: 500 });
  await server.until(() => server.connections === 2);
});

it('keeps a quiet connection while nothing is wanted', async () => {
  await started({ staleMs: 1_000 });
  // Four to a limit: six pings take longer than a connection may be silent.
  await server.until(() => server.pings === 6);
  expect(server.connections).toBe(1);
});
