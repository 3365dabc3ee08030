/**
 * MACD in one pass: two exponential averages, their difference, its average and what is between those.
 * Keeps: the same values as the same averages one by one; the three chains do not wait for each other, which is the point.
 */
import type { Graph, Series, Stage } from '../core/graph.js';
import type { Seed } from './smoothing.js';

export interface ConvergencePeriods {
  readonly fast: number;
  /** Above `fast`. */
  readonly slow: number;
  readonly signal: number;
}

export class Convergence implements Stage {
  readonly startsAt: number;
  readonly line: Series;
  readonly signal: Series;
  readonly histogram: Series;
  #count = 0;
  #first = 0;
  #fast = 0;
  #slow = 0;
  #signal = 0;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly periods: ConvergencePeriods,
    private readonly seed: Seed,
  ) {
    const { slow, signal } = periods;
    this.startsAt = x.first;
    this.line = graph.series(x.first + slow - 1);
    this.signal = graph.series(x.first + slow + signal - 2);
    this.histogram = graph.series(x.first + slow + signal - 2);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const x = this.x.data;
    const lines = this.line.data;
    const signals = this.signal.data;
    const histogram = this.histogram.data;
    const { fast: n, slow: m, signal: k } = this.periods;
    let i = from;
    for (; i < to && this.#count < m + k - 1; i += 1) this.#begin(x[i] as number, i);
    const [quick, calm, slack] = [2 / (n + 1), 2 / (m + 1), 2 / (k + 1)];
    let fast = this.#fast;
    let slow = this.#slow;
    let signal = this.#signal;
    for (; i < to; i += 1) {
      const now = x[i] as number;
      fast += (now - fast) * quick;
      slow += (now - slow) * calm;
      const line = fast - slow;
      signal += (line - signal) * slack;
      lines[i] = line;
      signals[i] = signal;
      histogram[i] = line - signal;
    }
    this.#fast = fast;
    this.#slow = slow;
    this.#signal = signal;
  }

  reset(): void {
    this.#count = 0;
  }

  /** A bar of the warm-up: means are gathered as sums of distances from the first value. */
  #begin(now: number, i: number): void {
    const { fast: n, slow: m, signal: k } = this.periods;
    const isMean = this.seed === 'mean';
    if (this.#count === 0) {
      this.#first = now;
      this.#fast = isMean ? 0 : now;
      this.#slow = isMean ? 0 : now;
    } else if (!isMean || this.#count >= m) {
      this.#fast += (now - this.#fast) * (2 / (n + 1));
      this.#slow += (now - this.#slow) * (2 / (m + 1));
    } else {
      this.#slow += now - this.#first;
      if (this.#count >= m - n) this.#fast += now - this.#first;
    }
    this.#count += 1;
    if (this.#count < m) return;
    if (this.#count === m && isMean) {
      this.#fast = this.#first + this.#fast / n;
      this.#slow = this.#first + this.#slow / m;
    }
    const line = this.#fast - this.#slow;
    this.line.data[i] = line;
    this.#beginSignal(line, this.#count - m + 1, isMean ? k : 1);
    this.signal.data[i] = this.#signal;
    this.histogram.data[i] = line - this.#signal;
  }

  /** The `count`th line; the first `seeds` make the mean that the signal begins with. */
  #beginSignal(line: number, count: number, seeds: number): void {
    const { signal: k } = this.periods;
    if (count === 1) this.#signal = 0;
    if (count > seeds) this.#signal += (line - this.#signal) * (2 / (k + 1));
    else this.#signal += line;
    if (count === seeds) this.#signal /= seeds;
  }
}
