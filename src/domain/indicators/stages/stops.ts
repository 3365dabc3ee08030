/**
 * Lines that trail the price and change sides when it crosses them: parabolic SAR and Supertrend.
 * Keeps: what a line says of a bar is known at its close; a side changes only by a bar that touches or crosses.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

export interface SarOptions {
  readonly step: number;
  readonly most: number;
}

/** Wilder's stop and reverse, beginning as TA-Lib does: long, unless the second bar's movement is downward. */
export class ParabolicSar implements Stage {
  readonly startsAt = 0;
  readonly out: Series;
  /** 1 while long, −1 while short. */
  readonly side: Series;
  readonly #high: Series;
  readonly #low: Series;
  readonly #step: number;
  #count = 0;
  #isLong = true;
  #sar = 0;
  #best = 0;
  #pace = 0;

  constructor(
    graph: Graph,
    private readonly options: SarOptions,
  ) {
    this.#step = Math.min(options.step, options.most);
    this.#high = graph.input('high').back(1);
    this.#low = graph.input('low').back(1);
    this.out = graph.series(1);
    this.side = graph.series(1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const high = this.#high.data;
    const low = this.#low.data;
    const out = this.out.data;
    const side = this.side.data;
    for (let i = from; i < to; i += 1) {
      this.#count += 1;
      if (this.#count === 1) continue;
      if (this.#count === 2) this.#begin(high, low, i);
      // The bar before the first result is that bar itself, for the limits of the first stop.
      const before = this.#count === 2 ? i : i - 1;
      const top = high[i] as number;
      const bottom = low[i] as number;
      const topBefore = high[before] as number;
      const bottomBefore = low[before] as number;
      out[i] = this.#isLong
        ? this.#whileLong(top, bottom, topBefore, bottomBefore)
        : this.#whileShort(top, bottom, topBefore, bottomBefore);
      side[i] = this.#isLong ? 1 : -1;
    }
  }

  reset(): void {
    this.#count = 0;
  }

  #begin(high: Float64Array, low: Float64Array, i: number): void {
    const rise = (high[i] as number) - (high[i - 1] as number);
    const fall = (low[i - 1] as number) - (low[i] as number);
    this.#isLong = !(fall > 0 && rise < fall);
    this.#best = (this.#isLong ? high[i] : low[i]) as number;
    this.#sar = (this.#isLong ? low[i - 1] : high[i - 1]) as number;
    this.#pace = this.#step;
  }

  #whileLong(top: number, bottom: number, topBefore: number, bottomBefore: number): number {
    if (bottom <= this.#sar) {
      const sar = Math.max(this.#best, topBefore, top);
      this.#turn(false, bottom);
      this.#sar = Math.max(sar + this.#step * (bottom - sar), topBefore, top);
      return sar;
    }
    const sar = this.#sar;
    if (top > this.#best) this.#advance(top);
    this.#sar = Math.min(sar + this.#pace * (this.#best - sar), bottomBefore, bottom);
    return sar;
  }

  #whileShort(top: number, bottom: number, topBefore: number, bottomBefore: number): number {
    if (top >= this.#sar) {
      const sar = Math.min(this.#best, bottomBefore, bottom);
      this.#turn(true, top);
      this.#sar = Math.min(sar + this.#step * (top - sar), bottomBefore, bottom);
      return sar;
    }
    const sar = this.#sar;
    if (bottom < this.#best) this.#advance(bottom);
    this.#sar = Math.max(sar + this.#pace * (this.#best - sar), topBefore, top);
    return sar;
  }

  #turn(isLong: boolean, best: number): void {
    this.#isLong = isLong;
    this.#best = best;
    this.#pace = this.#step;
  }

  #advance(best: number): void {
    this.#best = best;
    this.#pace = Math.min(this.#pace + this.#step, this.options.most);
  }
}

/** Bands of n average true ranges around the bar's middle, of which only the one behind the price counts. */
export class Supertrend implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  /** 1 while the line is below the price (bullish), −1 while it is above. */
  readonly side: Series;
  readonly upper: Series;
  readonly lower: Series;
  #isFirst = true;
  #isBullish = true;
  #upper = 0;
  #lower = 0;

  constructor(
    graph: Graph,
    private readonly middle: Series,
    private readonly close: Series,
    private readonly range: Series,
    private readonly factor: number,
  ) {
    close.back(1);
    this.startsAt = range.first;
    this.out = graph.series(range.first);
    this.side = graph.series(range.first);
    this.upper = graph.series(range.first);
    this.lower = graph.series(range.first);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const close = this.close.data;
    const middle = this.middle.data;
    const range = this.range.data;
    for (let i = from; i < to; i += 1) {
      const center = middle[i] as number;
      const distance = this.factor * (range[i] as number);
      const end = close[i] as number;
      const before = close[i - 1] as number;
      const upper = center + distance;
      const lower = center - distance;
      if (this.#isFirst) {
        this.#isFirst = false;
        this.#isBullish = end >= center;
        this.#upper = upper;
        this.#lower = lower;
      }
      if (upper < this.#upper || before > this.#upper) this.#upper = upper;
      if (lower > this.#lower || before < this.#lower) this.#lower = lower;
      this.#isBullish = end > (this.#isBullish ? this.#lower : this.#upper);
      this.out.data[i] = this.#isBullish ? this.#lower : this.#upper;
      this.side.data[i] = this.#isBullish ? 1 : -1;
      this.upper.data[i] = this.#upper;
      this.lower.data[i] = this.#lower;
    }
  }

  reset(): void {
    this.#isFirst = true;
  }
}
