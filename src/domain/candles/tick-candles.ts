/**
 * Candles out of trades or prices as they arrive.
 * Keeps: a candle closes once and then stands; within a candle the order of arrival does not matter, the earliest price opens
 * and the latest closes it; a price of a candle that has closed is counted and changes nothing. Silence makes candles that
 * stand still at the last close, so that time has no holes.
 */
import type { Candle } from './candle.js';
import type { Timeframe } from './timeframe.js';

export interface PricedAt {
  readonly price: number;
  /** The venue's time, ms since 1970. */
  readonly at: number;
  /** What was traded; 0 for a quotation. */
  readonly quantity?: number;
}

interface Forming {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  openedAt: number;
  closedAt: number;
}

/** Silent candles that are made at most at once; a longer silence is a gap, which is left open. */
const MOST_SILENT = 1_440;

export class TickCandles {
  #forming: Forming | undefined;
  #late = 0;

  constructor(private readonly timeframe: Timeframe) {}

  /** Prices that came after their candle had closed, or were no prices. */
  get late(): number {
    return this.#late;
  }

  /** The candle that is not over yet. */
  get open(): Candle | undefined {
    return this.#forming === undefined ? undefined : candleOf(this.#forming);
  }

  /** Takes a price; the answer holds the candles that are over with it, oldest first. */
  take({ price, at, quantity = 0 }: PricedAt): Candle[] {
    const forming = this.#forming;
    if (!(price > 0 && price < Infinity && quantity >= 0) || (forming !== undefined && at < forming.time)) {
      this.#late += 1;
      return [];
    }
    const closed = this.closeUntil(at);
    const current = this.#forming;
    if (current === undefined || at >= this.timeframe.endOf(current.time)) {
      this.#forming = begun(this.timeframe.startOf(at), price, quantity, at);
      return closed;
    }
    if (current.volume === 0 && current.openedAt === Infinity) {
      this.#forming = begun(current.time, price, quantity, at);
      return closed;
    }
    current.high = Math.max(current.high, price);
    current.low = Math.min(current.low, price);
    current.volume += quantity;
    if (at < current.openedAt) {
      current.open = price;
      current.openedAt = at;
    }
    if (at >= current.closedAt) {
      current.close = price;
      current.closedAt = at;
    }
    return closed;
  }

  /** Closes what is over at `now` (ms), whether or not another price has come; silent candles stand at the last close. */
  closeUntil(now: number): Candle[] {
    const closed: Candle[] = [];
    while (this.#forming !== undefined) {
      const end = this.timeframe.endOf(this.#forming.time);
      if (now < end || closed.length > MOST_SILENT) break;
      const candle = candleOf(this.#forming);
      closed.push(candle);
      this.#forming = { ...begun(end, candle.close, 0, Infinity), closedAt: -Infinity };
    }
    if (closed.length > MOST_SILENT) this.#forming = undefined;
    return closed;
  }
}

function begun(time: number, price: number, volume: number, at: number): Forming {
  return { time, open: price, high: price, low: price, close: price, volume, openedAt: at, closedAt: at };
}

function candleOf({ time, open, high, low, close, volume }: Forming): Candle {
  return { time, open, high, low, close, volume };
}
