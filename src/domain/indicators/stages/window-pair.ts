/**
 * How two series move together over the last n bars: sums of both, their squares and their product, constant work a bar.
 * Keeps: as in window-moments, of distances from values nearby: a series that stands still has exactly no spread.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

/** Sums in the order x, y, xx, yy, xy. */
const SUMS = 5;

export abstract class WindowPair implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  readonly #tail: Float64Array;
  readonly #head = new Float64Array(SUMS);
  #nearX = 0;
  #nearY = 0;
  #place = 0;
  #isFresh = true;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
    protected readonly n: number,
  ) {
    this.startsAt = Math.max(x.first, y.first);
    x.back(n - 1);
    y.back(n - 1);
    this.#tail = new Float64Array((n + 1) * SUMS);
    this.out = graph.series(this.startsAt + n - 1);
    graph.add(this);
  }

  /** The result of a window, from the sums of its distances. */
  protected abstract of(x: number, y: number, xx: number, yy: number, xy: number): number;

  run(from: number, to: number): void {
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    const head = this.#head;
    const tail = this.#tail;
    if (this.#isFresh) this.#near(x[from] as number, y[from] as number);
    for (let i = from; i < to; i += 1) {
      add(head, 0, (x[i] as number) - this.#nearX, (y[i] as number) - this.#nearY);
      this.#place += 1;
      const at = this.#place * SUMS;
      out[i] = this.of(
        (head[0] as number) + (tail[at] as number),
        (head[1] as number) + (tail[at + 1] as number),
        (head[2] as number) + (tail[at + 2] as number),
        (head[3] as number) + (tail[at + 3] as number),
        (head[4] as number) + (tail[at + 4] as number),
      );
      if (this.#place === this.n) this.#turn(x, y, i);
    }
  }

  reset(): void {
    this.#head.fill(0);
    this.#tail.fill(0);
    this.#place = 0;
    this.#isFresh = true;
  }

  #near(x: number, y: number): void {
    this.#nearX = x;
    this.#nearY = y;
    this.#isFresh = false;
  }

  #turn(x: Float64Array, y: Float64Array, last: number): void {
    this.#near(x[last] as number, y[last] as number);
    const sums = this.#head.fill(0);
    for (let k = this.n - 1, j = last; k > 0; k -= 1, j -= 1) {
      add(sums, 0, (x[j] as number) - this.#nearX, (y[j] as number) - this.#nearY);
      this.#tail.set(sums, k * SUMS);
    }
    sums.fill(0);
    this.#place = 0;
  }
}

function add(sums: Float64Array, at: number, x: number, y: number): void {
  const target = sums;
  target[at] = (target[at] as number) + x;
  target[at + 1] = (target[at + 1] as number) + y;
  target[at + 2] = (target[at + 2] as number) + x * x;
  target[at + 3] = (target[at + 3] as number) + y * y;
  target[at + 4] = (target[at + 4] as number) + x * y;
}

/** Pearson's correlation, -1 to 1; 0 where one of the two stands still, or the product of their spreads is below `zeroBelow`. */
export class Correlation extends WindowPair {
  constructor(
    graph: Graph,
    x: Series,
    y: Series,
    n: number,
    private readonly zeroBelow: number,
  ) {
    super(graph, x, y, n);
  }

  protected of(x: number, y: number, xx: number, yy: number, xy: number): number {
    const { n } = this;
    const spread = (xx - (x * x) / n) * (yy - (y * y) / n);
    if (!(spread > 0) || spread < this.zeroBelow) return 0;
    return Math.min(1, Math.max(-1, (xy - (x * y) / n) / Math.sqrt(spread)));
  }
}

/** Slope of y over x; 0 where x stands still (its spread is below `zeroBelow`). */
export class Slope extends WindowPair {
  constructor(
    graph: Graph,
    x: Series,
    y: Series,
    n: number,
    private readonly zeroBelow: number,
  ) {
    super(graph, x, y, n);
  }

  protected of(x: number, y: number, xx: number, _yy: number, xy: number): number {
    const { n } = this;
    const spread = n * xx - x * x;
    return !(spread > 0) || spread < this.zeroBelow ? 0 : (n * xy - x * y) / spread;
  }
}
