/**
 * Bar by bar: sums with weights, quotients and places within a range.
 * Keeps: no bar depends on another; a division by zero has an answer that its owner names.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

/** TA-Lib takes a divisor nearer to zero than this for zero. */
export const TALIB_ZERO = 1e-14;

export function latest(...series: readonly Series[]): number {
  return Math.max(...series.map(({ first }) => first));
}

export abstract class BarStage implements Stage {
  readonly startsAt: number;
  readonly out: Series;

  constructor(graph: Graph, ...reads: readonly Series[]) {
    this.startsAt = latest(...reads);
    this.out = graph.series(this.startsAt);
    graph.add(this);
  }

  abstract run(from: number, to: number): void;

  reset(): void {
    // No bar depends on another.
  }
}

/** a·x + b·y */
class Blend extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly a: number,
    private readonly y: Series,
    private readonly b: number,
  ) {
    super(graph, x, y);
  }

  run(from: number, to: number): void {
    const { a, b } = this;
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = a * (x[i] as number) + b * (y[i] as number);
  }
}

/** a·x + b */
class Affine extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly a: number,
    private readonly b: number,
  ) {
    super(graph, x);
  }

  run(from: number, to: number): void {
    const { a, b } = this;
    const x = this.x.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = a * (x[i] as number) + b;
  }
}

class Difference extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
  ) {
    super(graph, x, y);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = (x[i] as number) - (y[i] as number);
  }
}

class Product extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
  ) {
    super(graph, x, y);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = (x[i] as number) * (y[i] as number);
  }
}

class Quotient extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
    private readonly factor: number,
    private readonly otherwise: number,
  ) {
    super(graph, x, y);
  }

  run(from: number, to: number): void {
    const { factor, otherwise } = this;
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const divisor = y[i] as number;
      out[i] = Math.abs(divisor) < TALIB_ZERO ? otherwise : factor * ((x[i] as number) / divisor);
    }
  }
}

/** x / y, and the third where y is 0. */
class QuotientOr extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
    private readonly otherwise: Series,
  ) {
    super(graph, x, y, otherwise);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const y = this.y.data;
    const otherwise = this.otherwise.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const divisor = y[i] as number;
      out[i] = divisor === 0 ? (otherwise[i] as number) : (x[i] as number) / divisor;
    }
  }
}

/** factor · x / (x + y) or factor · (x − y) / (x + y); 0 where the sum is below `zeroBelow`. */
class Share extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
    private readonly taken: 0 | 1,
    private readonly zeroBelow: number,
  ) {
    super(graph, x, y);
  }

  run(from: number, to: number): void {
    const { taken, zeroBelow } = this;
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const a = x[i] as number;
      const b = y[i] as number;
      const sum = a + b;
      out[i] = sum === 0 || sum < zeroBelow ? 0 : 100 * ((a - taken * b) / sum);
    }
  }
}

/** factor · (x − low) / (high − low); `otherwise` where there is no range. */
class Within extends BarStage {
  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly range: Range,
    private readonly factor: number,
    private readonly otherwise: number,
  ) {
    super(graph, x, range.low, range.high);
  }

  run(from: number, to: number): void {
    const { factor, otherwise } = this;
    const x = this.x.data;
    const low = this.range.low.data;
    const high = this.range.high.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const bottom = low[i] as number;
      const range = (high[i] as number) - bottom;
      out[i] = range === 0 ? otherwise : (factor * ((x[i] as number) - bottom)) / range;
    }
  }
}

export interface Range {
  readonly low: Series;
  readonly high: Series;
}

export function blendOf(graph: Graph, x: Series, a: number, y: Series, b: number): Series {
  return new Blend(graph, x, a, y, b).out;
}

export function affineOf(graph: Graph, x: Series, a: number, b = 0): Series {
  return new Affine(graph, x, a, b).out;
}

export function differenceOf(graph: Graph, x: Series, y: Series): Series {
  return new Difference(graph, x, y).out;
}

export function productOf(graph: Graph, x: Series, y: Series): Series {
  return new Product(graph, x, y).out;
}

/** factor · x / y, and `otherwise` where y is 0. */
export function quotientOf(graph: Graph, x: Series, y: Series, factor = 1, otherwise = 0): Series {
  return new Quotient(graph, x, y, factor, otherwise).out;
}

export function withinOf(graph: Graph, x: Series, range: Range, factor = 1, otherwise = 0): Series {
  return new Within(graph, x, range, factor, otherwise).out;
}

export function quotientOr(graph: Graph, x: Series, y: Series, otherwise: Series): Series {
  return new QuotientOr(graph, x, y, otherwise).out;
}

/** x as percent of x + y. */
export function shareOf(graph: Graph, x: Series, y: Series, zeroBelow = TALIB_ZERO): Series {
  return new Share(graph, x, y, 0, zeroBelow).out;
}

/** By how much x outweighs y, in percent of x + y. */
export function balanceOf(graph: Graph, x: Series, y: Series, zeroBelow = TALIB_ZERO): Series {
  return new Share(graph, x, y, 1, zeroBelow).out;
}
