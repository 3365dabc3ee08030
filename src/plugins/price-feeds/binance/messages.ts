/**
 * The messages of Binance's futures stream: what we send and what we read. Pure.
 * Keeps: a price is text, finite and above zero, or the message is not a tick.
 */
import { Decimal } from '../../../domain/money/decimal.js';
import type { Tick } from '../../../ports/price-feed.js';

/** `mark`: the mark price, once a second. `book`: the middle of best bid and ask, at every change. */
export type StreamKind = 'mark' | 'book';

export type StreamMessage =
  | { readonly type: 'tick'; readonly tick: Tick }
  /** The server refused a request of ours. */
  | { readonly type: 'refusal'; readonly reason: string }
  | { readonly type: 'other' }
  /** Not a message of this protocol, or a price that cannot be one. */
  | { readonly type: 'invalid' };

const PRICE = /^(?=.*[1-9])\d{1,18}(\.\d{1,18})?$/;
const HALF = Decimal.of('0.5');
const OTHER: StreamMessage = { type: 'other' };
const INVALID: StreamMessage = { type: 'invalid' };

export function streamName(symbol: string, kind: StreamKind): string {
  return `${symbol.toLowerCase()}@${kind === 'mark' ? 'markPrice@1s' : 'bookTicker'}`;
}

export function request(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', streams: readonly string[], id: number): string {
  return JSON.stringify({ method, params: streams, id });
}

export function parseMessage(text: string): StreamMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return INVALID;
  }
  if (typeof message !== 'object' || message === null) return INVALID;
  const fields = message as Readonly<Record<string, unknown>>;
  if (fields.e === 'markPriceUpdate') return tickOf(fields.s, fields.p, fields.E);
  if (fields.e === 'bookTicker') return tickOf(fields.s, middle(fields.b, fields.a), fields.E);
  if (fields.error !== undefined) return { type: 'refusal', reason: JSON.stringify(fields.error).slice(0, 300) };
  return OTHER;
}

function tickOf(symbol: unknown, price: unknown, time: unknown): StreamMessage {
  if (typeof symbol !== 'string' || typeof price !== 'string' || !PRICE.test(price)) return INVALID;
  if (typeof time !== 'number' || !Number.isSafeInteger(time) || time <= 0) return INVALID;
  return { type: 'tick', tick: { symbol, price, at: new Date(time) } };
}

function middle(bid: unknown, ask: unknown): string | undefined {
  if (typeof bid !== 'string' || typeof ask !== 'string' || !PRICE.test(bid) || !PRICE.test(ask)) return undefined;
  return Decimal.of(bid).plus(Decimal.of(ask)).times(HALF).toString();
}
