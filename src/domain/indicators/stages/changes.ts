/**
 * How a series compares with itself n bars before: difference, rate, rises and falls.
 * Keeps: looks back at its input only; a rate over zero is 0.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

abstract class Change implements Stage {
  readonly startsAt: number;
  readonly out: Series;

  constructor(
    graph: Graph,
    protected readonly x: Series,
    protected readonly n: number,
  ) {
    x.back(n);
    this.startsAt = x.first + n;
    this.out = graph.series(this.startsAt);
    graph.add(this);
  }

  abstract run(from: number, to: number): void;

  reset(): void {
    // Looks back at its input only.
  }
}

class Momentum extends Change {
  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = (x[i] as number) - (x[i - n] as number);
  }
}

class Distance extends Change {
  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = Math.abs((x[i] as number) - (x[i - n] as number));
  }
}

class Rate extends Change {
  constructor(
    graph: Graph,
    x: Series,
    n: number,
    private readonly factor: number,
  ) {
    super(graph, x, n);
  }

  run(from: number, to: number): void {
    const { n, factor } = this;
    const x = this.x.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const before = x[i - n] as number;
      out[i] = before === 0 ? 0 : factor * ((x[i] as number) / before - 1);
    }
  }
}

/** x over x before, as a ratio, as a change and as a change in percent; all 0 where it was 0 before. */
export class Rates extends Change {
  readonly change: Series;
  readonly percent: Series;

  constructor(graph: Graph, x: Series, n: number) {
    super(graph, x, n);
    this.change = graph.series(this.startsAt);
    this.percent = graph.series(this.startsAt);
  }

  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const ratios = this.out.data;
    const changes = this.change.data;
    const percents = this.percent.data;
    for (let i = from; i < to; i += 1) {
      const before = x[i - n] as number;
      const ratio = before === 0 ? 0 : (x[i] as number) / before;
      const change = before === 0 ? 0 : ratio - 1;
      ratios[i] = ratio;
      changes[i] = change;
      percents[i] = 100 * change;
    }
  }
}

class Earlier extends Change {
  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = x[i - n] as number;
  }
}

/** The series as it was n bars before. */
export function earlierOf(graph: Graph, x: Series, n: number): Series {
  return new Earlier(graph, x, n).out;
}

export function momentumOf(graph: Graph, x: Series, n: number): Series {
  return new Momentum(graph, x, n).out;
}

/** The absolute difference. */
export function distanceOf(graph: Graph, x: Series, n: number): Series {
  return new Distance(graph, x, n).out;
}

/** factor · (x / x before − 1) */
export function rateOf(graph: Graph, x: Series, n: number, factor: number): Series {
  return new Rate(graph, x, n, factor).out;
}

/** Wilder's averages of rises and of falls, from the differences of the first n bars on, in one pass. */
export class RisesAndFalls implements Stage {
  readonly startsAt: number;
  readonly rises: Series;
  readonly falls: Series;
  #before = 0;
  #rise = 0;
  #fall = 0;
  #count = 0;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly n: number,
  ) {
    this.startsAt = x.first;
    this.rises = graph.series(x.first + n);
    this.falls = graph.series(x.first + n);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const rises = this.rises.data;
    const falls = this.falls.data;
    const start = this.#count <= this.n ? this.#seed(from, to) : from;
    const { n } = this;
    const kept = n - 1;
    let before = this.#before;
    let rise = this.#rise;
    let fall = this.#fall;
    for (let i = start; i < to; i += 1) {
      const now = x[i] as number;
      const change = now - before;
      before = now;
      // In TA-Lib's order of operations: what is made of two values that hardly differ depends on their last digits.
      rise = (rise * kept + Math.max(change, 0)) / n;
      fall = (fall * kept + Math.max(-change, 0)) / n;
      rises[i] = rise;
      falls[i] = fall;
    }
    this.#before = before;
    this.#rise = rise;
    this.#fall = fall;
  }

  reset(): void {
    this.#rise = 0;
    this.#fall = 0;
    this.#count = 0;
  }

  #seed(from: number, to: number): number {
    const x = this.x.data;
    let i = from;
    for (; i < to && this.#count <= this.n; i += 1) {
      const now = x[i] as number;
      const change = this.#count === 0 ? 0 : now - this.#before;
      this.#before = now;
      this.#rise += Math.max(change, 0);
      this.#fall += Math.max(-change, 0);
      this.#count += 1;
      if (this.#count <= this.n) continue;
      this.#rise /= this.n;
      this.#fall /= this.n;
      this.rises.data[i] = this.#rise;
      this.falls.data[i] = this.#fall;
    }
    return i;
  }
}
