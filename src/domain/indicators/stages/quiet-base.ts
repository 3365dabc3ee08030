/**
 * The base of the QFL bot: the mean price where the market was quietest within a window.
 * Keeps: of the window's last bars only those count whose deviation lies wholly within it; of equally quiet ones the earliest.
 */
import type { Graph, Series, Stage } from '../core/graph.js';

export interface QuietOptions {
  /** Bars looked at. */
  readonly window: number;
  /** Bars of the mean that ends at the quietest; fewer where the window begins later. */
  readonly base: number;
}

export class QuietBase implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  /** Bars since the quietest. */
  readonly age: Series;

  /** `quietest`: for each bar, how many bars ago the lowest of the deviations that count was. */
  constructor(
    graph: Graph,
    private readonly close: Series,
    private readonly quietest: Series,
    private readonly options: QuietOptions,
  ) {
    close.back(options.window - 1);
    this.startsAt = Math.max(quietest.first, close.first + options.window - 1);
    this.out = graph.series(this.startsAt);
    this.age = graph.series(this.startsAt);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { window, base } = this.options;
    const close = this.close.data;
    const quietest = this.quietest.data;
    for (let i = from; i < to; i += 1) {
      const age = quietest[i] as number;
      const last = i - age;
      const count = Math.min(base, window - age);
      let sum = 0;
      for (let j = last - count + 1; j <= last; j += 1) sum += close[j] as number;
      this.out.data[i] = sum / count;
      this.age.data[i] = age;
    }
  }

  reset(): void {
    // Looks back at its inputs only.
  }
}
