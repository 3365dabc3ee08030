/**
 * Highest and lowest of the last n bars, in about three comparisons a bar whatever n and whatever the prices. Comparisons
 * are branches: the running extreme seldom moves, and a branch that is foreseen costs nothing.
 * Keeps: by blocks, as in window-sums: the extremes from each place to the end of a full block, and a running extreme of the
 * block that fills. A worst case (a market that only falls) costs what every case costs.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

abstract class WindowExtreme implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  protected readonly tail: Float64Array;
  protected head: number;
  protected place = 0;

  constructor(
    graph: Graph,
    protected readonly x: Series,
    protected readonly n: number,
    protected readonly worst: number,
  ) {
    this.startsAt = x.first;
    x.back(n - 1);
    this.tail = new Float64Array(n + 1).fill(worst);
    this.head = worst;
    this.out = graph.series(x.first + n - 1);
    graph.add(this);
  }

  abstract run(from: number, to: number): void;

  reset(): void {
    this.head = this.worst;
    this.place = 0;
    this.tail.fill(this.worst);
  }
}

export class Highest extends WindowExtreme {
  constructor(graph: Graph, x: Series, n: number) {
    super(graph, x, n, -Infinity);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const out = this.out.data;
    const { tail, n } = this;
    let { head, place } = this;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + n - place);
      for (; i < stop; i += 1) {
        const now = x[i] as number;
        if (now > head) head = now;
        place += 1;
        const before = tail[place] as number;
        out[i] = head > before ? head : before;
      }
      if (place < n) break;
      head = -Infinity;
      place = 0;
      let best = -Infinity;
      for (let k = n - 1, j = i - 1; k > 0; k -= 1, j -= 1) {
        const now = x[j] as number;
        if (now > best) best = now;
        tail[k] = best;
      }
    }
    this.head = head;
    this.place = place;
  }
}

export class Lowest extends WindowExtreme {
  constructor(graph: Graph, x: Series, n: number) {
    super(graph, x, n, Infinity);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const out = this.out.data;
    const { tail, n } = this;
    let { head, place } = this;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + n - place);
      for (; i < stop; i += 1) {
        const now = x[i] as number;
        if (now < head) head = now;
        place += 1;
        const before = tail[place] as number;
        out[i] = head < before ? head : before;
      }
      if (place < n) break;
      head = Infinity;
      place = 0;
      let best = Infinity;
      for (let k = n - 1, j = i - 1; k > 0; k -= 1, j -= 1) {
        const now = x[j] as number;
        if (now < best) best = now;
        tail[k] = best;
      }
    }
    this.head = head;
    this.place = place;
  }
}

/** Lowest of one series and highest of another in one pass: two chains that do not wait for each other. */
export class WindowRange implements Stage {
  readonly startsAt: number;
  readonly low: Series;
  readonly high: Series;
  readonly #tailLow: Float64Array;
  readonly #tailHigh: Float64Array;
  #headLow = Infinity;
  #headHigh = -Infinity;
  #place = 0;

  constructor(
    graph: Graph,
    private readonly lows: Series,
    private readonly highs: Series,
    private readonly n: number,
  ) {
    lows.back(n - 1);
    highs.back(n - 1);
    this.startsAt = Math.max(lows.first, highs.first);
    this.#tailLow = new Float64Array(n + 1).fill(Infinity);
    this.#tailHigh = new Float64Array(n + 1).fill(-Infinity);
    this.low = graph.series(this.startsAt + n - 1);
    this.high = graph.series(this.startsAt + n - 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { n } = this;
    const lows = this.lows.data;
    const highs = this.highs.data;
    const low = this.low.data;
    const high = this.high.data;
    const tailLow = this.#tailLow;
    const tailHigh = this.#tailHigh;
    let headLow = this.#headLow;
    let headHigh = this.#headHigh;
    let place = this.#place;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + n - place);
      for (; i < stop; i += 1) {
        const nowLow = lows[i] as number;
        const nowHigh = highs[i] as number;
        if (nowLow < headLow) headLow = nowLow;
        if (nowHigh > headHigh) headHigh = nowHigh;
        place += 1;
        const beforeLow = tailLow[place] as number;
        const beforeHigh = tailHigh[place] as number;
        low[i] = headLow < beforeLow ? headLow : beforeLow;
        high[i] = headHigh > beforeHigh ? headHigh : beforeHigh;
      }
      if (place < n) break;
      headLow = Infinity;
      headHigh = -Infinity;
      place = 0;
      let bottom = Infinity;
      let top = -Infinity;
      for (let k = n - 1, j = i - 1; k > 0; k -= 1, j -= 1) {
        const nowLow = lows[j] as number;
        const nowHigh = highs[j] as number;
        if (nowLow < bottom) bottom = nowLow;
        if (nowHigh > top) top = nowHigh;
        tailLow[k] = bottom;
        tailHigh[k] = top;
      }
    }
    this.#headLow = headLow;
    this.#headHigh = headHigh;
    this.#place = place;
  }

  reset(): void {
    this.#headLow = Infinity;
    this.#headHigh = -Infinity;
    this.#place = 0;
    this.#tailLow.fill(Infinity);
    this.#tailHigh.fill(-Infinity);
  }
}

export function highestOf(graph: Graph, x: Series, n: number): Series {
  return n === 1 ? x : new Highest(graph, x, n).out;
}

export function lowestOf(graph: Graph, x: Series, n: number): Series {
  return n === 1 ? x : new Lowest(graph, x, n).out;
}

/** How many bars ago the extreme of the last n bars was, of equal ones the latest or the earliest. `sign` 1: highest, −1: lowest. */
export class ExtremeAge implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  readonly #tail: Float64Array;
  readonly #tailPlace: Float64Array;
  #head = -Infinity;
  #headPlace = 0;
  #place = 0;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly n: number,
    private readonly sign: 1 | -1,
    private readonly ofEqual: 'latest' | 'earliest' = 'latest',
  ) {
    this.startsAt = x.first;
    x.back(n - 1);
    this.#tail = new Float64Array(n + 1).fill(-Infinity);
    this.#tailPlace = new Float64Array(n + 1);
    this.out = graph.series(x.first + n - 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const out = this.out.data;
    const { n, sign } = this;
    const tail = this.#tail;
    const tailPlace = this.#tailPlace;
    const isLatest = this.ofEqual === 'latest';
    for (let i = from; i < to; i += 1) {
      const value = sign * (x[i] as number);
      if (value > this.#head || (isLatest && value === this.#head)) {
        this.#head = value;
        this.#headPlace = this.#place;
      }
      const place = this.#place + 1;
      const before = tail[place] as number;
      const isHere = this.#head > before || (isLatest && this.#head === before);
      out[i] = isHere ? this.#place - this.#headPlace : this.#place + n - (tailPlace[place] as number);
      this.#place = place;
      if (place === n) this.#turn(x, i);
    }
  }

  reset(): void {
    this.#head = -Infinity;
    this.#place = 0;
    this.#tail.fill(-Infinity);
  }

  #turn(x: Float64Array, last: number): void {
    const { n, sign } = this;
    const isLatest = this.ofEqual === 'latest';
    let best = -Infinity;
    let bestPlace = 0;
    for (let k = n - 1, j = last; k > 0; k -= 1, j -= 1) {
      const value = sign * (x[j] as number);
      if (value > best || (!isLatest && value === best)) {
        best = value;
        bestPlace = k;
      }
      this.#tail[k] = best;
      this.#tailPlace[k] = bestPlace;
    }
    this.#head = -Infinity;
    this.#place = 0;
  }
}
