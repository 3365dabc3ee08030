/**
 * The prices of a bar that indicators take: its own four, their usual means, and the true range.
 * Keeps: what several indicators of one run need is computed once.
 */
import { choice } from '../core/parameters.js';
import type { Graph, Series, Stage } from '../core/graph.js';
import { BarStage } from './arithmetic.js';
import { wilderOf } from './smoothing.js';

export const SOURCES = ['open', 'high', 'low', 'close', 'volume', 'hl2', 'hlc3', 'hlcc4', 'ohlc4'] as const;
export type Source = (typeof SOURCES)[number];

/** The parameter of those that take one series. */
export const SOURCE = choice('close', SOURCES, 'the price that is taken');

/** How often each of open, high, low, close counts. */
const WEIGHTS = {
  hl2: [0, 1, 1, 0],
  hlc3: [0, 1, 1, 1],
  hlcc4: [0, 1, 1, 2],
  ohlc4: [1, 1, 1, 1],
} as const;

export function priceOf(graph: Graph, source: Source): Series {
  if (source in WEIGHTS) return graph.shared(source, () => new MeanPrice(graph, source as keyof typeof WEIGHTS).out);
  return graph.input(source as Exclude<Source, keyof typeof WEIGHTS>);
}

class MeanPrice extends BarStage {
  readonly #reads: readonly Series[];
  readonly #divisor: number;

  constructor(graph: Graph, source: keyof typeof WEIGHTS) {
    const names = ['open', 'high', 'low', 'close'] as const;
    const reads = names.flatMap((name, index) =>
      Array.from({ length: WEIGHTS[source][index] ?? 0 }, () => graph.input(name)),
    );
    super(graph, ...reads);
    this.#reads = reads;
    this.#divisor = reads.length;
  }

  run(from: number, to: number): void {
    const out = this.out.data;
    const [first, second, third, fourth] = this.#reads.map(({ data }) => data);
    const a = first as Float64Array;
    const b = second as Float64Array;
    if (third === undefined) {
      for (let i = from; i < to; i += 1) out[i] = ((a[i] as number) + (b[i] as number)) / 2;
    } else if (fourth === undefined) {
      for (let i = from; i < to; i += 1) out[i] = ((a[i] as number) + (b[i] as number) + (third[i] as number)) / 3;
    } else {
      for (let i = from; i < to; i += 1) {
        out[i] = ((a[i] as number) + (b[i] as number) + (third[i] as number) + (fourth[i] as number)) / this.#divisor;
      }
    }
  }
}

/** The largest of high − low, |high − close before| and |low − close before|; from the second bar on. */
export function trueRangeOf(graph: Graph): Series {
  return graph.shared('true range', () => new TrueRange(graph).out);
}

class TrueRange implements Stage {
  readonly startsAt = 1;
  readonly out: Series;
  readonly #high: Series;
  readonly #low: Series;
  readonly #close: Series;

  constructor(graph: Graph) {
    this.#high = graph.input('high');
    this.#low = graph.input('low');
    this.#close = graph.input('close').back(1);
    this.out = graph.series(1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const high = this.#high.data;
    const low = this.#low.data;
    const close = this.#close.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const top = high[i] as number;
      const bottom = low[i] as number;
      const before = close[i - 1] as number;
      out[i] = Math.max(top - bottom, Math.abs(top - before), Math.abs(bottom - before));
    }
  }

  reset(): void {
    // Looks back at its inputs only.
  }
}

/** Wilder's average of the true range. */
export function averageTrueRangeOf(graph: Graph, n: number): Series {
  return graph.shared(`average true range ${n}`, () =>
    n === 1 ? trueRangeOf(graph) : wilderOf(graph, trueRangeOf(graph), n),
  );
}
