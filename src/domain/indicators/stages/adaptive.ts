/**
 * Kaufman's adaptive average, Chande's and others' oddities that fit no other page: each a loop of its own.
 * Keeps: as TA-Lib: the average begins at the value before its first bar, and follows at once where nothing moved.
 */
import type { Graph, Series, Stage } from '../core/graph.js';
import { TALIB_ZERO } from './arithmetic.js';

export interface KaufmanOptions {
  readonly n: number;
  readonly fast: number;
  readonly slow: number;
}

/** Follows by the square of a weight between slow and fast, by how straight the way of the last n bars was. */
export class KaufmanAverage implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  /** How straight: the way made over the way gone, 0 to 1. */
  readonly efficiency: Series;
  readonly #quick: number;
  readonly #still: number;
  #value = NaN;

  /** `way`: the sum of the absolute changes of the last n bars. */
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly way: Series,
    private readonly options: KaufmanOptions,
  ) {
    x.back(options.n);
    this.startsAt = way.first;
    this.out = graph.series(way.first);
    this.efficiency = graph.series(way.first);
    this.#still = 2 / (options.slow + 1);
    this.#quick = 2 / (options.fast + 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { n } = this.options;
    const x = this.x.data;
    const way = this.way.data;
    const out = this.out.data;
    const efficiency = this.efficiency.data;
    const still = this.#still;
    const more = this.#quick - still;
    let value = this.#value;
    if (Number.isNaN(value)) value = x[from - 1] as number;
    for (let i = from; i < to; i += 1) {
      const now = x[i] as number;
      const made = now - (x[i - n] as number);
      const gone = way[i] as number;
      const straight = gone <= made || gone < TALIB_ZERO ? 1 : Math.abs(made / gone);
      const weight = straight * more + still;
      value += (now - value) * weight * weight;
      efficiency[i] = straight;
      out[i] = value;
    }
    this.#value = value;
  }

  reset(): void {
    this.#value = NaN;
  }
}

/**
 * How many mean absolute distances (times 0.015) the price is from its mean; 0 where nothing moves. The one window that is
 * looked through again for each bar, for its mean moves.
 */
export class ChannelIndex implements Stage {
  readonly startsAt: number;
  readonly out: Series;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly mean: Series,
    private readonly n: number,
  ) {
    x.back(n - 1);
    this.startsAt = mean.first;
    this.out = graph.series(mean.first);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const mean = this.mean.data;
    const out = this.out.data;
    const factor = n / 0.015;
    for (let i = from; i < to; i += 1) {
      const center = mean[i] as number;
      // Four sums, for they do not wait for each other.
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      let j = i - n + 1;
      for (; j + 3 <= i; j += 4) {
        a += Math.abs((x[j] as number) - center);
        b += Math.abs((x[j + 1] as number) - center);
        c += Math.abs((x[j + 2] as number) - center);
        d += Math.abs((x[j + 3] as number) - center);
      }
      for (; j <= i; j += 1) a += Math.abs((x[j] as number) - center);
      const sum = a + b + (c + d);
      out[i] = sum === 0 ? 0 : (factor * ((x[i] as number) - center)) / sum;
    }
  }

  reset(): void {
    // Looks back at its inputs only.
  }
}
