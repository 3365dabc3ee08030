/**
 * Yes or no, as 1 or 0: shapes of a candle and comparisons.
 * Keeps: a flag looks at one bar only; a candle without a body has no wick that is long for it.
 */
import type { Graph, Series } from '../core/graph.js';
import { BarStage } from './arithmetic.js';

/** 1 where x > factor · y. */
export class Exceeds extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
    private readonly factor: number,
  ) {
    super(graph, x, y);
  }

  run(from: number, to: number): void {
    const { factor } = this;
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = (x[i] as number) > factor * (y[i] as number) ? 1 : 0;
  }
}

export interface WickRule {
  /** The wick that is long: below the body for a hammer, above it for a shooting star. */
  readonly side: 'lower' | 'upper';
  /** The long wick is longer than so many bodies, the other shorter than so many. */
  readonly long: number;
  readonly short: number;
}

/** 1 where one wick is long and the other short for the body. */
export class Wick extends BarStage {
  readonly #columns: readonly Series[];

  constructor(
    graph: Graph,
    private readonly rule: WickRule,
  ) {
    const columns = (['open', 'high', 'low', 'close'] as const).map((name) => graph.input(name));
    super(graph, ...columns);
    this.#columns = columns;
  }

  run(from: number, to: number): void {
    const { side, long, short } = this.rule;
    const [open, high, low, close] = this.#columns.map(({ data }) => data) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const start = open[i] as number;
      const end = close[i] as number;
      const body = Math.abs(end - start);
      const below = Math.min(start, end) - (low[i] as number);
      const above = (high[i] as number) - Math.max(start, end);
      const [wick, other] = side === 'lower' ? [below, above] : [above, below];
      out[i] = body > 0 && wick > long * body && other < short * body ? 1 : 0;
    }
  }
}
