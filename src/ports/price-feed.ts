/**
 * Where prices come from. The process that watches the market holds one feed and drives all triggers from it.
 */

import type { MinuteCandle } from '../domain/candles/minute-candle.js';

export interface Tick {
  readonly symbol: string;
  /** Decimal text, above zero. */
  readonly price: string;
  /** The venue's time of the price, not the time at which it arrived. */
  readonly at: Date;
}

export interface Wanted {
  readonly symbol: string;
  /** A price near which a feed without a market may start, such as a signal's entry. */
  readonly near?: string;
}

export interface PriceFeed {
  readonly code: string;
  /** True when the prices are not those of a market: everybody who shows them must say so. */
  readonly isSimulated: boolean;
  /** Begins to deliver ticks. Reconnects by itself for ever; never throws later. */
  start(onTick: (tick: Tick) => void): Promise<void>;
  /** Adds symbols; wanting one twice is harmless. */
  want(symbols: readonly Wanted[]): void;
  /** Drops symbols that nobody needs any more. */
  unwant(symbols: readonly string[]): void;
  /** The newest tick of a symbol, however old; undefined before the first. */
  latest(symbol: string): Tick | undefined;
  /**
   * Tells the feed that somebody saw this price trade. A feed without a market of its own goes on from there and
   * delivers a tick; a feed of a real market has no such method.
   */
  observe?(symbol: string, price: string): void;
  /**
   * What a feed without a market behind it knows of the past: closed candles of one minute that open from `fromMs` and before
   * `toMs`, oldest first, 1,000 at most. Absent where there is only the present.
   */
  candles?(symbol: string, fromMs: number, toMs: number): readonly MinuteCandle[];
  stop(): Promise<void>;
}

/** Injection token of the selected feed. */
export const PRICE_FEED = Symbol('PRICE_FEED');
