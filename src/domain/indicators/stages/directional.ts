/**
 * Welles Wilder's directional movement: of the two ways that a bar reaches beyond the one before, the longer counts.
 * Keeps: sums over n bars are smoothed by taking off an nth and adding the new; they begin with the first n − 1 movements,
 * as in TA-Lib. With n = 1 nothing is smoothed.
 */
import type { Graph, Series, Stage } from '../core/graph.js';
import { TALIB_ZERO } from './arithmetic.js';

export class DirectionalMovement implements Stage {
  readonly startsAt = 0;
  /** Smoothed movement up and down, from bar n − 1 on (from bar 1 on with n = 1). */
  readonly plus: Series;
  readonly minus: Series;
  /** Smoothed true range, from bar n on. */
  readonly range: Series;
  readonly #n: number;
  readonly #high: Series;
  readonly #low: Series;
  readonly #close: Series;
  #top = 0;
  #bottom = 0;
  #end = 0;
  #up = 0;
  #down = 0;
  #span = 0;
  #count = 0;

  constructor(graph: Graph, n: number) {
    this.#n = n;
    this.#high = graph.input('high');
    this.#low = graph.input('low');
    this.#close = graph.input('close');
    const first = Math.max(1, n - 1);
    this.plus = graph.series(first);
    this.minus = graph.series(first);
    this.range = graph.series(Math.max(1, n));
    graph.add(this);
  }

  run(from: number, to: number): void {
    const high = this.#high.data;
    const low = this.#low.data;
    const close = this.#close.data;
    const plus = this.plus.data;
    const minus = this.minus.data;
    const range = this.range.data;
    const n = this.#n;
    let top = this.#top;
    let bottom = this.#bottom;
    let end = this.#end;
    let up = this.#up;
    let down = this.#down;
    let span = this.#span;
    let count = this.#count;
    for (let i = from; i < to; i += 1, count += 1) {
      const newTop = high[i] as number;
      const newBottom = low[i] as number;
      const rise = newTop - top;
      const fall = bottom - newBottom;
      const reach = Math.max(newTop - newBottom, Math.abs(newTop - end), Math.abs(newBottom - end));
      top = newTop;
      bottom = newBottom;
      end = close[i] as number;
      if (count === 0) continue;
      // The first n − 1 movements make the sums; from then on an nth of them leaves with every bar.
      const kept = count < n ? 1 : 1 - 1 / n;
      up = up * kept + (rise > 0 && rise > fall ? rise : 0);
      down = down * kept + (fall > 0 && rise < fall ? fall : 0);
      span = span * kept + reach;
      plus[i] = up;
      minus[i] = down;
      range[i] = span;
    }
    this.#top = top;
    this.#bottom = bottom;
    this.#end = end;
    this.#up = up;
    this.#down = down;
    this.#span = span;
    this.#count = count;
  }

  reset(): void {
    this.#up = 0;
    this.#down = 0;
    this.#span = 0;
    this.#count = 0;
  }
}

/** 100 · |plus − minus| / (plus + minus) of the indicators; where nothing moved, what it was before, or NaN. */
export class DirectionalIndex implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  #last = 0;

  constructor(
    graph: Graph,
    private readonly movement: DirectionalMovement,
    private readonly whenStill: 'LAST' | 'NAN',
  ) {
    this.startsAt = movement.range.first;
    this.out = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { movement, whenStill } = this;
    const plus = movement.plus.data;
    const minus = movement.minus.data;
    const range = movement.range.data;
    const out = this.out.data;
    let last = this.#last;
    for (let i = from; i < to; i += 1) {
      const span = range[i] as number;
      const up = plus[i] as number;
      const down = minus[i] as number;
      const sum = up + down;
      if (span >= TALIB_ZERO && 100 * sum >= TALIB_ZERO * span) last = (100 * Math.abs(up - down)) / sum;
      else if (whenStill === 'NAN') last = NaN;
      out[i] = last;
    }
    this.#last = last;
  }

  reset(): void {
    this.#last = 0;
  }
}

/** Wilder's average of a directional index: a bar without one counts 0 in the first mean, and later changes nothing. */
export class DirectionalAverage implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  #value = 0;
  #count = 0;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly n: number,
  ) {
    this.startsAt = x.first;
    this.out = graph.series(x.first + n - 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const out = this.out.data;
    let value = this.#value;
    let count = this.#count;
    for (let i = from; i < to; i += 1) {
      const now = x[i] as number;
      const isThere = !Number.isNaN(now);
      if (count >= n) value = isThere ? value + (now - value) / n : value;
      else {
        value += isThere ? now : 0;
        count += 1;
        if (count === n) value /= n;
      }
      out[i] = value;
    }
    this.#value = value;
    this.#count = count;
  }

  reset(): void {
    this.#value = 0;
    this.#count = 0;
  }
}
