/**
 * How far a bar reaches against the one before: buying pressure, and the two crossing distances of the vortex.
 * Keeps: looks back at its inputs only.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

/** |x − y one bar before| */
export class CrossDistance implements Stage {
  readonly startsAt = 1;
  readonly out: Series;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
  ) {
    y.back(1);
    this.out = graph.series(1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = Math.abs((x[i] as number) - (y[i - 1] as number));
  }

  reset(): void {
    // Looks back at its inputs only.
  }
}

/** Close less the lower of the low and the close before. */
export class BuyingPressure implements Stage {
  readonly startsAt = 1;
  readonly out: Series;
  readonly #low: Series;
  readonly #close: Series;

  constructor(graph: Graph) {
    this.#low = graph.input('low');
    this.#close = graph.input('close').back(1);
    this.out = graph.series(1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const low = this.#low.data;
    const close = this.#close.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      out[i] = (close[i] as number) - Math.min(low[i] as number, close[i - 1] as number);
    }
  }

  reset(): void {
    // Looks back at its inputs only.
  }
}

/** Money that flows in (price risen) and out (price fallen): price · volume, from the second bar on. */
export class MoneyFlow implements Stage {
  readonly startsAt: number;
  readonly inward: Series;
  readonly outward: Series;

  constructor(
    graph: Graph,
    private readonly price: Series,
    private readonly volume: Series,
  ) {
    price.back(1);
    this.startsAt = price.first + 1;
    this.inward = graph.series(this.startsAt);
    this.outward = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const price = this.price.data;
    const volume = this.volume.data;
    const inward = this.inward.data;
    const outward = this.outward.data;
    for (let i = from; i < to; i += 1) {
      const now = price[i] as number;
      const before = price[i - 1] as number;
      const flow = now * (volume[i] as number);
      inward[i] = now > before ? flow : 0;
      outward[i] = now < before ? flow : 0;
    }
  }

  reset(): void {
    // Looks back at its inputs only.
  }
}
