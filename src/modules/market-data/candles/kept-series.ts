/**
 * What the keeper remembers of one series while it leads: where it ends, and how asking for it went.
 * Keeps: the end only moves forward.
 */
import { MINUTE_MS } from '../../../domain/candles/minute-candle.js';
import type { SeriesRow } from './candles.repository.js';

/** A stretch without candles: `fromMs` is the first minute that is missing, `toMs` the first that is not. */
export interface Gap {
  readonly series: KeptSeries;
  readonly fromMs: number;
  readonly toMs: number;
}

export class KeptSeries {
  readonly id: number;
  readonly symbol: string;
  #firstMs: number | undefined;
  #lastMs: number | undefined;
  failures: number;
  lastError: string | null;
  /** On the monotonic clock: not to be asked for before. */
  notBeforeMs = -Infinity;
  /** Whether the row says something else of it. */
  isToBeNoted = false;

  constructor(row: SeriesRow) {
    this.id = row.id;
    this.symbol = row.symbol;
    this.#firstMs = row.first_candle_at?.getTime();
    this.#lastMs = row.last_candle_at?.getTime();
    this.failures = row.failures;
    this.lastError = row.last_error;
  }

  /** The oldest candle that is stored. */
  get firstMs(): number | undefined {
    return this.#firstMs;
  }

  /** The first minute after all that is stored; undefined where nothing is. */
  get nextMs(): number | undefined {
    return this.#lastMs === undefined ? undefined : this.#lastMs + MINUTE_MS;
  }

  isNext(openMs: number): boolean {
    return this.nextMs === openMs;
  }

  stored(firstMs: number, lastMs: number): void {
    this.#firstMs = Math.min(this.#firstMs ?? firstMs, firstMs);
    this.#lastMs = Math.max(this.#lastMs ?? lastMs, lastMs);
  }

  answered(): void {
    if (this.failures > 0) this.isToBeNoted = true;
    this.failures = 0;
    this.lastError = null;
  }

  failed(message: string, notBeforeMs: number): void {
    this.failures += 1;
    this.lastError = message;
    this.notBeforeMs = notBeforeMs;
    this.isToBeNoted = true;
  }
}
