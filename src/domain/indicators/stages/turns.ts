/**
 * Turning points of the price: swings between neighbours, and the zigzag of a least percentage.
 * Keeps: a turn is told at the bar that confirms it, never at the bar where it was: nothing is redrawn and nothing peeks.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

/**
 * The high `right` bars ago where it is above the `left` bars before it and the `right` bars after it, at the bar that shows
 * it; NaN at all others. The same for lows.
 */
export class Swing implements Stage {
  readonly startsAt: number;
  readonly out: Series;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly sign: 1 | -1,
    private readonly left: number,
    private readonly right: number,
  ) {
    x.back(left + right);
    this.startsAt = x.first + left + right;
    this.out = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { left, right, sign } = this;
    const x = this.x.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) {
      const peak = x[i - right] as number;
      let isTurn = true;
      for (let j = i - right - left; isTurn && j <= i; j += 1) {
        isTurn = j === i - right || sign * (x[j] as number) < sign * peak;
      }
      out[i] = isTurn ? peak : NaN;
    }
  }

  reset(): void {
    // Looks back at its inputs only.
  }
}

/** Legs that end when the price comes back by a percentage of their extreme. */
export class ZigZag implements Stage {
  readonly startsAt = 0;
  /** The extreme of the leg that this bar ends; NaN at all other bars. */
  readonly pivot: Series;
  /** 1 while the leg goes up, −1 while it goes down, 0 before the first. */
  readonly side: Series;
  /** The extreme of the leg that runs. */
  readonly extreme: Series;
  /** Bars since that extreme. */
  readonly age: Series;
  #side = 0;
  #top = -Infinity;
  #bottom = Infinity;
  #topAge = 0;
  #bottomAge = 0;

  constructor(
    graph: Graph,
    private readonly high: Series,
    private readonly low: Series,
    private readonly percent: number,
  ) {
    this.pivot = graph.series(0);
    this.side = graph.series(0);
    this.extreme = graph.series(0);
    this.age = graph.series(0);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const high = this.high.data;
    const low = this.low.data;
    const back = this.percent / 100;
    for (let i = from; i < to; i += 1) {
      const top = high[i] as number;
      const bottom = low[i] as number;
      this.#reach(top, bottom);
      // A bar that makes the extreme cannot end its leg: what came first within it is not known.
      const endsUp = this.#side >= 0 && this.#topAge > 0 && bottom <= this.#top * (1 - back);
      const endsDown = this.#side <= 0 && this.#bottomAge > 0 && top >= this.#bottom * (1 + back);
      this.pivot.data[i] = NaN;
      if (endsUp && !(endsDown && this.#bottomAge > this.#topAge)) this.#turn(i, -1, top, bottom);
      else if (endsDown) this.#turn(i, 1, top, bottom);
      const isUp = this.#side > 0;
      this.side.data[i] = this.#side;
      this.extreme.data[i] = this.#side === 0 ? NaN : isUp ? this.#top : this.#bottom;
      this.age.data[i] = this.#side === 0 ? NaN : isUp ? this.#topAge : this.#bottomAge;
    }
  }

  reset(): void {
    this.#side = 0;
    this.#top = -Infinity;
    this.#bottom = Infinity;
  }

  #reach(top: number, bottom: number): void {
    this.#topAge += 1;
    this.#bottomAge += 1;
    if (this.#side >= 0 && top > this.#top) {
      this.#top = top;
      this.#topAge = 0;
    }
    if (this.#side <= 0 && bottom < this.#bottom) {
      this.#bottom = bottom;
      this.#bottomAge = 0;
    }
  }

  #turn(i: number, side: 1 | -1, top: number, bottom: number): void {
    this.pivot.data[i] = side < 0 ? this.#top : this.#bottom;
    this.#side = side;
    if (side < 0) {
      this.#bottom = bottom;
      this.#bottomAge = 0;
    } else {
      this.#top = top;
      this.#topAge = 0;
    }
  }
}
