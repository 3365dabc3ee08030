/**
 * Candles made of candles: Heikin-Ashi, and the pivot levels of a finished day, week or month.
 * Keeps: levels are those of a period that is over; before the first is over there are none (NaN).
 */
import type { Graph, Series, Stage } from '../core/graph.js';
import type { PeriodOf } from './cumulative.js';

interface Prices {
  readonly open: Series;
  readonly high: Series;
  readonly low: Series;
  readonly close: Series;
}

function pricesOf(graph: Graph): Prices {
  return {
    open: graph.input('open'),
    high: graph.input('high'),
    low: graph.input('low'),
    close: graph.input('close'),
  };
}

/** Open: the middle of the body before; close: the mean of the four prices. */
export class HeikinAshi implements Stage {
  readonly startsAt = 0;
  readonly outs: readonly [Series, Series, Series, Series];
  readonly #prices: Prices;
  #open = NaN;
  #close = 0;

  constructor(graph: Graph) {
    this.#prices = pricesOf(graph);
    this.outs = [graph.series(0), graph.series(0), graph.series(0), graph.series(0)];
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { open, high, low, close } = this.#prices;
    const [opens, highs, lows, closes] = this.outs;
    for (let i = from; i < to; i += 1) {
      const start = open.data[i] as number;
      const top = high.data[i] as number;
      const bottom = low.data[i] as number;
      const end = close.data[i] as number;
      const isFirst = Number.isNaN(this.#open);
      this.#open = isFirst ? (start + end) / 2 : (this.#open + this.#close) / 2;
      this.#close = (start + top + bottom + end) / 4;
      opens.data[i] = this.#open;
      highs.data[i] = Math.max(top, this.#open, this.#close);
      lows.data[i] = Math.min(bottom, this.#open, this.#close);
      closes.data[i] = this.#close;
    }
  }

  reset(): void {
    this.#open = NaN;
  }
}

export const PIVOT_TYPES = ['standard', 'fibonacci', 'camarilla', 'woodie', 'demark'] as const;
export type PivotType = (typeof PIVOT_TYPES)[number];

interface Candle {
  open: number;
  high: number;
  low: number;
  close: number;
}

/** Pivot, then supports 1 to 4, then resistances 1 to 4; NaN where the type has none. */
const LEVELS = 9;

export class PivotPoints implements Stage {
  readonly startsAt = 0;
  readonly outs: readonly Series[];
  readonly #prices: Prices;
  readonly #time: Series;
  readonly #levels = new Float64Array(LEVELS).fill(NaN);
  readonly #candle: Candle = { open: NaN, high: NaN, low: NaN, close: NaN };
  #period = NaN;

  constructor(
    graph: Graph,
    private readonly type: PivotType,
    private readonly periodOf: PeriodOf,
  ) {
    this.#prices = pricesOf(graph);
    this.#time = graph.input('time');
    this.outs = Array.from({ length: LEVELS }, () => graph.series(0));
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { open, high, low, close } = this.#prices;
    const candle = this.#candle;
    for (let i = from; i < to; i += 1) {
      const period = this.periodOf(this.#time.data[i] as number);
      if (period !== this.#period) this.#begin(period, open.data[i] as number);
      candle.high = Math.max(candle.high, high.data[i] as number);
      candle.low = Math.min(candle.low, low.data[i] as number);
      candle.close = close.data[i] as number;
      for (let level = 0; level < LEVELS; level += 1) {
        (this.outs[level] as Series).data[i] = this.#levels[level] as number;
      }
    }
  }

  reset(): void {
    this.#period = NaN;
    this.#levels.fill(NaN);
  }

  #begin(period: number, open: number): void {
    const candle = this.#candle;
    if (!Number.isNaN(this.#period)) this.#levels.set(pivotLevels(this.type, candle, open));
    this.#period = period;
    candle.open = open;
    candle.high = -Infinity;
    candle.low = Infinity;
  }
}

/** The levels that follow a period; `open` is that of the period that begins (Woodie's). */
export function pivotLevels(type: PivotType, { open: start, high, low, close }: Candle, open: number): number[] {
  const range = high - low;
  switch (type) {
    case 'standard': {
      const pivot = (high + low + close) / 3;
      const supports = [2 * pivot - high, pivot - range, low - 2 * (high - pivot), NaN];
      return [pivot, ...supports, 2 * pivot - low, pivot + range, high + 2 * (pivot - low), NaN];
    }
    case 'fibonacci': {
      const pivot = (high + low + close) / 3;
      const steps = [0.382 * range, 0.618 * range, range, NaN];
      return [pivot, ...steps.map((step) => pivot - step), ...steps.map((step) => pivot + step)];
    }
    case 'camarilla': {
      const steps = [12, 6, 4, 2].map((part) => (1.1 / part) * range);
      return [close, ...steps.map((step) => close - step), ...steps.map((step) => close + step)];
    }
    case 'woodie': {
      const pivot = (high + low + 2 * open) / 4;
      const supports = [2 * pivot - high, pivot - range, low - 2 * (high - pivot), NaN];
      return [pivot, ...supports, 2 * pivot - low, pivot + range, high + 2 * (pivot - low), NaN];
    }
    case 'demark': {
      const sum = demarkSum({ open: start, high, low, close });
      return [sum / 4, sum / 2 - high, NaN, NaN, NaN, sum / 2 - low, NaN, NaN, NaN];
    }
  }
}

function demarkSum({ open, high, low, close }: Candle): number {
  if (close < open) return high + 2 * low + close;
  return close > open ? 2 * high + low + close : high + low + 2 * close;
}
