/**
 * Mean and variance over the last n bars, in a constant number of operations a bar.
 * Keeps: sums are of distances from a value nearby and of their squares, by blocks (see window-sums): the variance of equal
 * values is exactly 0, and digits are lost only where the window itself spans far more than its deviation.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

export class WindowMoments implements Stage {
  readonly startsAt: number;
  readonly mean: Series;
  /** Of the population: divided by n. */
  readonly variance: Series;
  readonly #x: Series;
  readonly #n: number;
  readonly #tail: Float64Array;
  readonly #tailOfSquares: Float64Array;
  #near = 0;
  #head = 0;
  #headOfSquares = 0;
  #place = 0;
  #isFresh = true;

  constructor(graph: Graph, x: Series, n: number) {
    this.startsAt = x.first;
    this.#x = x.back(n - 1);
    this.#n = n;
    this.#tail = new Float64Array(n + 1);
    this.#tailOfSquares = new Float64Array(n + 1);
    this.mean = graph.series(x.first + n - 1);
    this.variance = graph.series(x.first + n - 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.#x.data;
    const mean = this.mean.data;
    const variance = this.variance.data;
    const tail = this.#tail;
    const tailOfSquares = this.#tailOfSquares;
    const n = this.#n;
    const part = 1 / n;
    let near = this.#isFresh ? (x[from] as number) : this.#near;
    let head = this.#head;
    let headOfSquares = this.#headOfSquares;
    let place = this.#place;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + n - place);
      for (; i < stop; i += 1) {
        const distance = (x[i] as number) - near;
        head += distance;
        headOfSquares += distance * distance;
        place += 1;
        const average = (head + (tail[place] as number)) * part;
        const spread = (headOfSquares + (tailOfSquares[place] as number)) * part - average * average;
        mean[i] = near + average;
        variance[i] = spread > 0 ? spread : 0;
      }
      if (place < n) break;
      near = x[i - 1] as number;
      head = 0;
      headOfSquares = 0;
      place = 0;
      let sum = 0;
      let squares = 0;
      for (let k = n - 1, j = i - 1; k > 0; k -= 1, j -= 1) {
        const distance = (x[j] as number) - near;
        sum += distance;
        squares += distance * distance;
        tail[k] = sum;
        tailOfSquares[k] = squares;
      }
    }
    this.#near = near;
    this.#head = head;
    this.#headOfSquares = headOfSquares;
    this.#place = place;
    this.#isFresh = false;
  }

  reset(): void {
    this.#head = 0;
    this.#headOfSquares = 0;
    this.#place = 0;
    this.#isFresh = true;
    this.#tail.fill(0);
    this.#tailOfSquares.fill(0);
  }
}

/** The square root of each variance; one below `zeroBelow` counts as 0. */
export class SquareRoot implements Stage {
  readonly startsAt: number;
  readonly out: Series;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly zeroBelow: number,
    private readonly factor: number,
  ) {
    this.startsAt = x.first;
    this.out = graph.series(x.first);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { x, zeroBelow, factor } = this;
    const values = x.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const value = values[i] as number;
      out[i] = value < zeroBelow ? 0 : factor * Math.sqrt(value);
    }
  }

  reset(): void {
    // No bar depends on another.
  }
}

/** Deviations of a price from its mean: how large `count` of them are, and how many the price is away (0 where none). */
export class Deviation implements Stage {
  readonly startsAt: number;
  readonly size: Series;
  readonly score: Series;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly moments: WindowMoments,
    private readonly count: number,
    private readonly zeroBelow: number,
  ) {
    this.startsAt = moments.variance.first;
    this.size = graph.series(this.startsAt);
    this.score = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { count, zeroBelow } = this;
    const x = this.x.data;
    const mean = this.moments.mean.data;
    const variance = this.moments.variance.data;
    const sizes = this.size.data;
    const scores = this.score.data;
    for (let i = from; i < to; i += 1) {
      const square = variance[i] as number;
      const size = square < zeroBelow ? 0 : Math.sqrt(square);
      sizes[i] = count * size;
      scores[i] = size === 0 ? 0 : ((x[i] as number) - (mean[i] as number)) / size;
    }
  }

  reset(): void {
    // No bar depends on another.
  }
}
