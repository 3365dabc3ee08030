/**
 * Speaks Binance's route of USD-M candles over loopback, of a market that is made up: the same candles every time.
 * Keeps: answers as the venue does, numbers as text, the candle that is still open included; refuses when it is told to.
 */
import { createServer } from 'node:http';
import { close, listen } from './loopback.js';

const MINUTE = 60_000;
const PER_ANSWER = 1_500;

export type MadeUp = readonly [openMs: number, open: string, high: string, low: string, close: string, volume: string];

/** A candle of the made-up market. */
export function madeUp(symbol: string, openMs: number): MadeUp {
  const minute = openMs / MINUTE;
  const base = symbol === 'BTCUSDT' ? 70_000 : 3_500;
  const at = (index: number) => base * (1 + 0.01 * Math.sin(index / 45) + 0.002 * Math.sin(index * 1.7));
  const [open, last] = [at(minute - 1), at(minute)];
  const text = (value: number) => value.toFixed(2);
  const volume = (10 + (minute % 17)).toFixed(3);
  return [openMs, text(open), text(Math.max(open, last) + 1), text(Math.min(open, last) - 1), text(last), volume];
}

export async function startBinanceCandles() {
  const asked: URLSearchParams[] = [];
  const refusals: { status: number; body: object }[] = [];
  const missing = new Set<number>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://venue');
    const say = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (url.pathname !== '/fapi/v1/klines') return say(404, { code: -5000, msg: 'Path is invalid' });
    asked.push(url.searchParams);
    const refusal = refusals.shift();
    if (refusal !== undefined) return say(refusal.status, refusal.body);
    const symbol = url.searchParams.get('symbol') ?? '';
    if (!['BTCUSDT', 'ETHUSDT'].includes(symbol)) return say(400, { code: -1121, msg: 'Invalid symbol.' });
    const end = Math.min(Number(url.searchParams.get('endTime')), Date.now());
    const limit = Math.min(PER_ANSWER, Number(url.searchParams.get('limit')));
    const rows: unknown[] = [];
    const first = Math.ceil(Number(url.searchParams.get('startTime')) / MINUTE) * MINUTE;
    for (let openMs = first; openMs <= end && rows.length < limit; openMs += MINUTE) {
      if (!missing.has(openMs)) rows.push([...madeUp(symbol, openMs), openMs + MINUTE - 1, '1', 7, '0', '0', '0']);
    }
    return say(200, rows);
  });
  return {
    url: await listen(server),
    asked,
    /** What the next questions are answered. */
    refusals,
    /** Minutes that the venue does not know. */
    missing,
    close: () => close(server),
  };
}
