/**
 * The two ways in which a strategy is shown candles: all of a recorded series with its indicators computed at once, or one by
 * one as they close.
 * Keeps: both show the same bits, because every indicator has one definition for both forms; neither shows a candle before
 * it has closed.
 */
import { batchIndicators, indicators } from '../indicators/registry.js';
import type { Indicators } from '../indicators/core/indicators.js';
import type { Bar } from '../indicators/core/columns.js';
import { type CandleColumns, type CandleView, ClosedCandles } from './candle-view.js';
import type { SettingValues } from './settings.js';
import type { Strategy } from './strategy.js';

export interface SymbolCandles {
  readonly symbol: string;
  readonly intervalMs: number;
  readonly candles: CandleColumns;
}

/** Shows nothing yet. */
export function closedCandlesOf(
  { symbol, intervalMs, candles }: SymbolCandles,
  strategy: Strategy | undefined,
  settings: SettingValues,
): ClosedCandles {
  const named = strategy?.indicators?.(settings) ?? [];
  const values = named.length === 0 ? [] : batchIndicators(named).batch({ ...candles, length: candles.time.length });
  return new ClosedCandles(symbol, intervalMs, candles, values);
}

/** One candle that has closed. */
export interface ClosedCandle extends Bar {
  readonly time: number;
}

const COLUMNS = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;

/** The newest candles of one symbol, and of its strategy's indicators, as they come. */
export class LiveCandles implements CandleView {
  #length = 0;
  readonly #kept: number;
  readonly #indicators: Indicators | undefined;
  /** Rings, one for each column and each output of the indicators. */
  readonly #rings: readonly Float64Array[];

  constructor(
    readonly symbol: string,
    readonly intervalMs: number,
    strategy: Strategy,
    settings: SettingValues,
  ) {
    const named = strategy.indicators?.(settings) ?? [];
    this.#indicators = named.length === 0 ? undefined : indicators(named);
    this.#kept = strategy.lookBack + 1;
    const outputs = this.#indicators?.values.length ?? 0;
    this.#rings = Array.from({ length: COLUMNS.length + outputs }, () => new Float64Array(this.#kept));
  }

  /** Candles that have come, those that are not kept included. */
  get length(): number {
    return this.#length;
  }

  push(candle: ClosedCandle): void {
    const at = this.#length % this.#kept;
    const values = this.#indicators?.next(candle);
    this.#rings.forEach((ring, index) => {
      const column = COLUMNS[index];
      ring[at] = column === undefined ? (values?.[index - COLUMNS.length] ?? NaN) : candle[column];
    });
    this.#length += 1;
  }

  time(back: number): number {
    return this.#at(0, back);
  }

  open(back: number): number {
    return this.#at(1, back);
  }

  high(back: number): number {
    return this.#at(2, back);
  }

  low(back: number): number {
    return this.#at(3, back);
  }

  close(back: number): number {
    return this.#at(4, back);
  }

  volume(back: number): number {
    return this.#at(5, back);
  }

  value(place: number, back: number): number {
    return this.#at(COLUMNS.length + place, back);
  }

  #at(ring: number, back: number): number {
    if (!(back >= 0 && back < this.#kept && back < this.#length)) return NaN;
    return this.#rings[ring]?.[(this.#length - 1 - back) % this.#kept] ?? NaN;
  }
}
