/**
 * Sums and means over the last n bars, in two additions a bar.
 * Keeps: in sums nothing is ever subtracted, so no error builds up however long the history. The bars are cut into
 * blocks of n; a window is the end of one block (sums from each place to the block's end, computed once when it is full)
 * and the beginning of the next (a running sum). A mean is taken of distances from a value nearby: that of equal values
 * is exactly that value.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

export class WindowSum implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  readonly #x: Series;
  readonly #n: number;
  readonly #tail: Float64Array;
  #head = 0;
  #place = 0;

  constructor(graph: Graph, x: Series, n: number) {
    this.startsAt = x.first;
    this.#x = x.back(n - 1);
    this.#n = n;
    this.#tail = new Float64Array(n + 1);
    this.out = graph.series(x.first + n - 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.#x.data;
    const out = this.out.data;
    const tail = this.#tail;
    const n = this.#n;
    let head = this.#head;
    let place = this.#place;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + n - place);
      for (; i < stop; i += 1) {
        head += x[i] as number;
        place += 1;
        out[i] = head + (tail[place] as number);
      }
      if (place < n) break;
      head = 0;
      place = 0;
      let sum = 0;
      for (let k = n - 1, j = i - 1; k > 0; k -= 1, j -= 1) {
        sum += x[j] as number;
        tail[k] = sum;
      }
    }
    this.#head = head;
    this.#place = place;
  }

  reset(): void {
    this.#head = 0;
    this.#place = 0;
    this.#tail.fill(0);
  }
}

export class WindowMean implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  readonly #x: Series;
  readonly #n: number;
  readonly #tail: Float64Array;
  #near = 0;
  #head = 0;
  #place = 0;
  #isFresh = true;

  constructor(graph: Graph, x: Series, n: number) {
    this.startsAt = x.first;
    this.#x = x.back(n - 1);
    this.#n = n;
    this.#tail = new Float64Array(n + 1);
    this.out = graph.series(x.first + n - 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.#x.data;
    const out = this.out.data;
    const tail = this.#tail;
    const n = this.#n;
    const part = 1 / n;
    let near = this.#isFresh ? (x[from] as number) : this.#near;
    let head = this.#head;
    let place = this.#place;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + n - place);
      for (; i < stop; i += 1) {
        head += (x[i] as number) - near;
        place += 1;
        out[i] = near + (head + (tail[place] as number)) * part;
      }
      if (place < n) break;
      near = x[i - 1] as number;
      head = 0;
      place = 0;
      let sum = 0;
      for (let k = n - 1, j = i - 1; k > 0; k -= 1, j -= 1) {
        sum += (x[j] as number) - near;
        tail[k] = sum;
      }
    }
    this.#near = near;
    this.#head = head;
    this.#place = place;
    this.#isFresh = false;
  }

  reset(): void {
    this.#head = 0;
    this.#place = 0;
    this.#isFresh = true;
    this.#tail.fill(0);
  }
}

/** Up to so many bars are added up anew for each bar: that is quicker than keeping blocks. */
const SHORT = 3;

class ShortMean implements Stage {
  readonly startsAt: number;
  readonly out: Series;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly n: number,
  ) {
    x.back(n - 1);
    this.startsAt = x.first + n - 1;
    this.out = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const out = this.out.data;
    const part = 1 / n;
    for (let i = from; i < to; i += 1) {
      const near = x[i] as number;
      let sum = 0;
      for (let j = i - n + 1; j < i; j += 1) sum += (x[j] as number) - near;
      out[i] = near + sum * part;
    }
  }

  reset(): void {
    // Looks back at its input only.
  }
}

/** Bars after which a running sum is made anew; as many as its window where that is longer. */
const RENEWED_BARS = 256;

/**
 * The mean of the last n bars by a running sum of distances from a value nearby, made anew often enough that no error is
 * seen: quicker than blocks, and what a jump of many orders of magnitude leaves behind is gone that many bars later.
 */
class RunningMean implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  readonly #renewed: number;
  #near = 0;
  #sum = 0;
  #count = 0;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly n: number,
  ) {
    x.back(n);
    this.startsAt = x.first + n - 1;
    this.out = graph.series(this.startsAt);
    this.#renewed = Math.max(RENEWED_BARS, n);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const out = this.out.data;
    const part = 1 / n;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + this.#renewed - this.#count);
      const taken = stop - i;
      if (this.#count === 0) {
        this.#renew(x, i);
        out[i] = this.#near + this.#sum * part;
        i += 1;
      }
      const near = this.#near;
      let sum = this.#sum;
      for (; i < stop; i += 1) {
        sum += (x[i] as number) - (x[i - n] as number);
        out[i] = near + sum * part;
      }
      this.#sum = sum;
      this.#count = (this.#count + taken) % this.#renewed;
    }
  }

  reset(): void {
    this.#count = 0;
  }

  #renew(x: Float64Array, last: number): void {
    const near = x[last] as number;
    let sum = 0;
    for (let j = last - this.n + 1; j < last; j += 1) sum += (x[j] as number) - near;
    this.#near = near;
    this.#sum = sum;
  }
}

/** The mean of the last n bars. */
export function meanOf(graph: Graph, x: Series, n: number): Series {
  if (n === 1) return x;
  return n <= SHORT ? new ShortMean(graph, x, n).out : new RunningMean(graph, x, n).out;
}

/** The same, in which nothing of what has left the window is ever seen. */
export function exactMeanOf(graph: Graph, x: Series, n: number): Series {
  return n === 1 ? x : new WindowMean(graph, x, n).out;
}

/** The sum of the last n bars. */
export function sumOf(graph: Graph, x: Series, n: number): Series {
  return n === 1 ? x : new WindowSum(graph, x, n).out;
}
