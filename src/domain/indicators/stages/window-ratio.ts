/**
 * The sum of one series over that of another, of the last n bars, in one pass.
 * Keeps: the sums of window-sums: by blocks, nothing subtracted; a divisor of 0 (TA-Lib's) gives 0.
 */
import type { Graph, Series, Stage } from '../core/graph.js';
import { latest, TALIB_ZERO } from './arithmetic.js';

export class WindowRatio implements Stage {
  readonly startsAt: number;
  readonly out: Series;
  readonly #tailX: Float64Array;
  readonly #tailY: Float64Array;
  #headX = 0;
  #headY = 0;
  #place = 0;

  constructor(
    graph: Graph,
    private readonly x: Series,
    private readonly y: Series,
    private readonly n: number,
  ) {
    x.back(n - 1);
    y.back(n - 1);
    this.startsAt = latest(x, y);
    this.#tailX = new Float64Array(n + 1);
    this.#tailY = new Float64Array(n + 1);
    this.out = graph.series(this.startsAt + n - 1);
    graph.add(this);
  }

  run(from: number, to: number): void {
    const { n } = this;
    const x = this.x.data;
    const y = this.y.data;
    const out = this.out.data;
    const tailX = this.#tailX;
    const tailY = this.#tailY;
    let headX = this.#headX;
    let headY = this.#headY;
    let place = this.#place;
    for (let i = from; i < to;) {
      const stop = Math.min(to, i + n - place);
      for (; i < stop; i += 1) {
        headX += x[i] as number;
        headY += y[i] as number;
        place += 1;
        const divisor = headY + (tailY[place] as number);
        out[i] = Math.abs(divisor) < TALIB_ZERO ? 0 : (headX + (tailX[place] as number)) / divisor;
      }
      if (place < n) break;
      headX = 0;
      headY = 0;
      place = 0;
      let sumX = 0;
      let sumY = 0;
      for (let k = n - 1, j = i - 1; k > 0; k -= 1, j -= 1) {
        sumX += x[j] as number;
        sumY += y[j] as number;
        tailX[k] = sumX;
        tailY[k] = sumY;
      }
    }
    this.#headX = headX;
    this.#headY = headY;
    this.#place = place;
  }

  reset(): void {
    this.#headX = 0;
    this.#headY = 0;
    this.#place = 0;
    this.#tailX.fill(0);
    this.#tailY.fill(0);
  }
}
