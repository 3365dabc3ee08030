/**
 * Averages that never forget: exponential and Wilder's.
 * Keeps: warm-up as in TA-Lib: the first value is the mean of the first n, and stands at the nth. A series of equal values
 * stays exactly that value.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

/** What the first value is: the mean of the first n, or the first value itself (which then counts from the first bar on). */
export const SEEDS = ['mean', 'first'] as const;
export type Seed = (typeof SEEDS)[number];

export class Smoothing implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  readonly #seeds: number;
  #value = 0;
  #first = 0;
  #count = 0;

  constructor(
    graph: Graph,
    private readonly x: Series,
    n: number,
    private readonly weight: number,
    seed: Seed = 'mean',
  ) {
    this.startsAt = x.first;
    this.#seeds = seed === 'mean' ? n : 1;
    this.out = graph.series(this.startsAt + n - 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const start = this.#count < this.#seeds ? this.#seed(from, to) : from;
    const x = this.x.data;
    const out = this.out.data;
    const { weight } = this;
    let value = this.#value;
    for (let i = start; i < to; i += 1) {
      value += ((x[i] as number) - value) * weight;
      out[i] = value;
    }
    this.#value = value;
  }

  reset(): void {
    this.#count = 0;
    this.#value = 0;
  }

  /** Takes what is still missing of the first n; the answer is the bar after them. */
  #seed(from: number, to: number): number {
    const x = this.x.data;
    const out = this.out.data;
    let i = from;
    for (; i < to && this.#count < this.#seeds; i += 1) {
      if (this.#count === 0) this.#first = x[i] as number;
      // Until the mean is known, `value` is the sum of the distances from the first.
      this.#value += (x[i] as number) - this.#first;
      this.#count += 1;
      if (this.#count === this.#seeds) this.#value = this.#first + this.#value / this.#seeds;
      out[i] = this.#value;
    }
    return i;
  }
}

/** Exponential average: weight 2/(n+1). */
export function emaOf(graph: Graph, x: Series, n: number, seed?: Seed): Series {
  return new Smoothing(graph, x, n, 2 / (n + 1), seed).out;
}

/** Wilder's average: weight 1/n. */
export function wilderOf(graph: Graph, x: Series, n: number, seed?: Seed): Series {
  return new Smoothing(graph, x, n, 1 / n, seed).out;
}
