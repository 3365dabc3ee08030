/**
 * Two lines at a distance on both sides of a middle, how wide they are and where the price stands between them.
 * Keeps: lines without a distance fall together exactly, and the price is then said to stand halfway.
 */
import type { Graph, Series, Stage } from '../core/graph.js';
import { latest } from './arithmetic.js';

export interface BandsOf {
  readonly price: Series;
  readonly middle: Series;
  readonly distance: Series;
  /** Distances above and below. */
  readonly up: number;
  readonly down: number;
}

export class Bands implements Stage {
  readonly startsAt: number;
  readonly upper: Series;
  readonly lower: Series;
  /** 0 at the lower line, 1 at the upper. */
  readonly place: Series;
  /** The distance of the lines over the middle; 0 where that is 0. */
  readonly width: Series;

  constructor(
    graph: Graph,
    private readonly of: BandsOf,
  ) {
    this.startsAt = latest(of.price, of.middle, of.distance);
    this.upper = graph.series(this.startsAt);
    this.lower = graph.series(this.startsAt);
    this.place = graph.series(this.startsAt);
    this.width = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { up, down } = this.of;
    const price = this.of.price.data;
    const middle = this.of.middle.data;
    const distance = this.of.distance.data;
    const upper = this.upper.data;
    const lower = this.lower.data;
    const place = this.place.data;
    const width = this.width.data;
    for (let i = from; i < to; i += 1) {
      const center = middle[i] as number;
      const one = distance[i] as number;
      const top = center + up * one;
      const bottom = center - down * one;
      const range = top - bottom;
      upper[i] = top;
      lower[i] = bottom;
      place[i] = range === 0 ? 0.5 : ((price[i] as number) - bottom) / range;
      width[i] = center === 0 ? 0 : range / center;
    }
  }

  reset(): void {
    // No bar depends on another.
  }
}
