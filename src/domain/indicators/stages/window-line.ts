/**
 * What a straight line through the last n bars, or weights that rise by one a bar, make of them; constant work a bar.
 * Keeps: like window-sums, with a second sum of distances times their place in the block; equal values give exactly that
 * value and no slope.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

export abstract class WindowLine implements Stage {
  readonly startsAt: number;
  readonly #x: Series;
  readonly #n: number;
  readonly #tail: Float64Array;
  readonly #tailPlaced: Float64Array;
  #near = 0;
  #head = 0;
  #headPlaced = 0;
  #place = 0;
  #isFresh = true;

  constructor(graph: Graph, x: Series, n: number) {
    this.startsAt = x.first;
    this.#x = x.back(n - 1);
    this.#n = n;
    this.#tail = new Float64Array(n + 1);
    this.#tailPlaced = new Float64Array(n + 1);
    graph.add(this);
  }

  /**
   * @param sums sum of the window's distances, for each bar
   * @param placed the same, each times its place in the window: 0 for the oldest
   */
  protected abstract write(from: number, to: number, sums: Scratch): void;

  run(from: number, to: number): void {
    for (let at = from; at < to;) at = this.#block(at, to);
  }

  reset(): void {
    this.#head = 0;
    this.#headPlaced = 0;
    this.#place = 0;
    this.#isFresh = true;
    this.#tail.fill(0);
    this.#tailPlaced.fill(0);
  }

  #block(from: number, to: number): number {
    const x = this.#x.data;
    const tail = this.#tail;
    const tailPlaced = this.#tailPlaced;
    const n = this.#n;
    if (this.#isFresh) this.#near = x[from] as number;
    this.#isFresh = false;
    const near = this.#near;
    const { sums, placed } = SCRATCH;
    let head = this.#head;
    let headPlaced = this.#headPlaced;
    let place = this.#place;
    const stop = Math.min(to, from + n - place, from + SCRATCH_BARS);
    for (let i = from, k = 0; i < stop; i += 1, k += 1) {
      const distance = (x[i] as number) - near;
      head += distance;
      headPlaced += place * distance;
      place += 1;
      const before = tail[place] as number;
      sums[k] = head + before;
      // Places count from the oldest bar of the window, not from the beginning of the block.
      placed[k] = headPlaced + (n - place) * head + ((tailPlaced[place] as number) - place * before);
    }
    this.write(from, stop, { near, sums, placed });
    this.#place = place;
    this.#head = head;
    this.#headPlaced = headPlaced;
    if (place === n) this.#turn(x, stop);
    return stop;
  }

  /** The block is full: its sums from each place to its end, as distances from its last value. */
  #turn(x: Float64Array, end: number): void {
    const near = x[end - 1] as number;
    let sum = 0;
    let placed = 0;
    for (let k = this.#n - 1, j = end - 1; k > 0; k -= 1, j -= 1) {
      const distance = (x[j] as number) - near;
      sum += distance;
      placed += k * distance;
      this.#tail[k] = sum;
      this.#tailPlaced[k] = placed;
    }
    this.#near = near;
    this.#head = 0;
    this.#headPlaced = 0;
    this.#place = 0;
  }
}

interface Scratch {
  /** What the distances are counted from. */
  readonly near: number;
  readonly sums: Float64Array;
  readonly placed: Float64Array;
}

const SCRATCH_BARS = 256;

/** Used within one call only: nothing runs in between. */
const SCRATCH = { sums: new Float64Array(SCRATCH_BARS), placed: new Float64Array(SCRATCH_BARS) };

/** Bars after which the running sums of a weighted mean are made anew; as many as its window where that is longer. */
const RENEWED_BARS = 256;

/**
 * Weights 1 for the oldest bar to n for the newest. The sums are of distances from a value nearby and move on from bar to
 * bar; they are made anew often enough that no error is seen.
 */
export class WeightedMean implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  readonly #renewed: number;
  #near = 0;
  #sum = 0;
  #weighted = 0;
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
    const part = 2 / (n * (n + 1));
    for (let i = from; i < to;) {
      if (this.#count === 0) this.#renew(x, i);
      const near = this.#near;
      let sum = this.#sum;
      let weighted = this.#weighted;
      const start = i;
      const stop = Math.min(to, i + this.#renewed - this.#count);
      if (this.#count === 0) {
        out[i] = near + weighted * part;
        i += 1;
      }
      for (; i < stop; i += 1) {
        const distance = (x[i] as number) - near;
        weighted += n * distance - sum;
        sum += distance - ((x[i - n] as number) - near);
        out[i] = near + weighted * part;
      }
      this.#sum = sum;
      this.#weighted = weighted;
      this.#count = (this.#count + stop - start) % this.#renewed;
    }
  }

  reset(): void {
    this.#count = 0;
  }

  #renew(x: Float64Array, last: number): void {
    const near = x[last] as number;
    let sum = 0;
    let weighted = 0;
    for (let weight = this.n, j = last; weight > 0; weight -= 1, j -= 1) {
      const distance = (x[j] as number) - near;
      sum += distance;
      weighted += weight * distance;
    }
    this.#near = near;
    this.#sum = sum;
    this.#weighted = weighted;
  }
}

/** The least-squares line: `slope` a bar, `intercept` at the oldest bar of the window, `end` at the newest. */
export class Regression extends WindowLine {
  readonly slope: Series;
  readonly intercept: Series;
  readonly end: Series;
  readonly #n: number;

  constructor(graph: Graph, x: Series, n: number) {
    super(graph, x, n);
    this.#n = n;
    this.slope = graph.series(x.first + n - 1);
    this.intercept = graph.series(x.first + n - 1);
    this.end = graph.series(x.first + n - 1);
  }

  protected write(from: number, to: number, { near, sums, placed }: Scratch): void {
    const slope = this.slope.data;
    const intercept = this.intercept.data;
    const end = this.end.data;
    const n = this.#n;
    const places = (n * (n - 1)) / 2;
    const divisor = (n * n * (n * n - 1)) / 12;
    for (let i = from, k = 0; i < to; i += 1, k += 1) {
      const sum = sums[k] as number;
      const rise = (n * (placed[k] as number) - places * sum) / divisor;
      const start = near + (sum - rise * places) / n;
      slope[i] = rise;
      intercept[i] = start;
      end[i] = start + rise * (n - 1);
    }
  }
}
