/**
 * Running totals of volume: on-balance volume, accumulation/distribution, volume-weighted price since an anchor.
 * Keeps: a bar without a range moves no money; totals begin with the run. Totals of volume only grow in size, so what is
 * lost is what a double cannot hold.
 */
import type { Graph, Series, Stage } from '../core/graph.js';
import { BarStage, latest } from './arithmetic.js';

/** Volume that is added when the price rises and taken when it falls; the first bar's volume counts as a rise. */
export class OnBalanceVolume implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  #total = 0;
  #before = NaN;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly volume: Series,
    private readonly start: 'volume' | 'zero',
  ) {
    this.startsAt = latest(x, volume);
    this.out = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const volume = this.volume.data;
    const out = this.out.data;
    let total = this.#total;
    let before = this.#before;
    let i = from;
    if (Number.isNaN(before)) {
      before = x[i] as number;
      total = this.start === 'volume' ? (volume[i] as number) : 0;
      out[i] = total;
      i += 1;
    }
    for (; i < to; i += 1) {
      const now = x[i] as number;
      const traded = volume[i] as number;
      if (now > before) total += traded;
      else if (now < before) total -= traded;
      before = now;
      out[i] = total;
    }
    this.#total = total;
    this.#before = before;
  }

  reset(): void {
    this.#total = 0;
    this.#before = NaN;
  }
}

/** ((close − low) − (high − close)) / (high − low): 1 for a close at the high, −1 at the low, 0 without a range. */
export class MoneyFlowMultiplier extends BarStage {
  readonly #high: Series;
  readonly #low: Series;
  readonly #close: Series;

  constructor(graph: Graph) {
    const high = graph.input('high');
    const low = graph.input('low');
    const close = graph.input('close');
    super(graph, high, low, close);
    this.#high = high;
    this.#low = low;
    this.#close = close;
  }

  run(from: number, to: number): void {
    const high = this.#high.data;
    const low = this.#low.data;
    const close = this.#close.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const top = high[i] as number;
      const bottom = low[i] as number;
      const end = close[i] as number;
      const range = top - bottom;
      out[i] = range > 0 ? (end - bottom - (top - end)) / range : 0;
    }
  }
}

/** The running total of that multiplier times the volume. */
export class AccumulationDistribution implements Stage {
  readonly startsAt = 0;
  readonly out: Series;
  readonly #high: Series;
  readonly #low: Series;
  readonly #close: Series;
  readonly #volume: Series;
  #total = 0;

  constructor(graph: Graph) {
    this.#high = graph.input('high');
    this.#low = graph.input('low');
    this.#close = graph.input('close');
    this.#volume = graph.input('volume');
    this.out = graph.series(0);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const high = this.#high.data;
    const low = this.#low.data;
    const close = this.#close.data;
    const volume = this.#volume.data;
    const out = this.out.data;
    let total = this.#total;
    for (let i = from; i < to; i += 1) {
      const top = high[i] as number;
      const bottom = low[i] as number;
      const end = close[i] as number;
      const range = top - bottom;
      if (range > 0) total += ((end - bottom - (top - end)) / range) * (volume[i] as number);
      out[i] = total;
    }
    this.#total = total;
  }

  reset(): void {
    this.#total = 0;
  }
}

/** The period of the calendar (UTC) that a bar belongs to, as a number that changes with it. */
export type PeriodOf = (time: number) => number;

/** Σ price · volume / Σ volume since the last anchor; the price itself while nothing was traded. */
export class AnchoredAverage implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  #period = NaN;
  #money = 0;
  #volume = 0;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly volume: Series,
    private readonly time: Series | undefined,
    private readonly periodOf: PeriodOf,
  ) {
    this.startsAt = latest(x, volume);
    this.out = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const volume = this.volume.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      if (this.time !== undefined) this.#enter(this.periodOf(this.time.data[i] as number));
      const price = x[i] as number;
      this.#money += price * (volume[i] as number);
      this.#volume += volume[i] as number;
      out[i] = this.#volume > 0 ? this.#money / this.#volume : price;
    }
  }

  reset(): void {
    this.#period = NaN;
    this.#money = 0;
    this.#volume = 0;
  }

  #enter(period: number): void {
    if (period === this.#period) return;
    this.#period = period;
    this.#money = 0;
    this.#volume = 0;
  }
}
