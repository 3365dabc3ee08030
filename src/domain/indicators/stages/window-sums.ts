/**
 * Sums and means over the last n bars, in two additions a bar.
 * Keeps: nothing is ever subtracted from a sum, so no error builds up however long the history. The bars are cut into
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
    let near = this.#isFresh ? (x[from] as number) : this.#near;
    let head = this.#head;
    let place = this.#place;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + n - place);
      for (; i < stop; i += 1) {
        head += (x[i] as number) - near;
        place += 1;
        out[i] = near + (head + (tail[place] as number)) / n;
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

/** The mean of the last n bars. */
export function meanOf(graph: Graph, x: Series, n: number): Series {
  return n === 1 ? x : new WindowMean(graph, x, n).out;
}

/** The sum of the last n bars. */
export function sumOf(graph: Graph, x: Series, n: number): Series {
  return n === 1 ? x : new WindowSum(graph, x, n).out;
}
