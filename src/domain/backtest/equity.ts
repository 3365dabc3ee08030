/**
 * The equity of a run over time: what pictures, drawdowns and daily returns are made of.
 * Keeps: equity is balance plus open profit at the close of each candle; the deepest drawdown is that of all closes, not of
 * the points that are kept for the picture. Doubles: statistics, no money is booked from them.
 */
const DAY_MS = 86_400_000;

/** Points of the picture at most. */
const MOST_POINTS = 1_000;

export interface EquityPoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** USDT. */
  readonly equity: number;
  /** Deepest fall below the highest equity before it, within the point's stretch of time; percent, 0 or above. */
  readonly drawdownPercent: number;
}

export interface EquityFigures {
  readonly points: readonly EquityPoint[];
  /** At the end of each UTC day, and at the end of the run. */
  readonly days: readonly { readonly at: number; readonly equity: number }[];
  readonly maxDrawdownPercent: number;
  readonly maxDrawdownUsdt: number;
  /** The longest time from a highest equity until it was passed, or until the end: milliseconds. */
  readonly longestDrawdownMs: number;
  /** Share of the candles at whose close something was held, 0 to 1. */
  readonly exposure: number;
}

export class EquityRecorder {
  readonly #points: EquityPoint[] = [];
  readonly #days: { at: number; equity: number }[] = [];
  readonly #stretchMs: number;
  #peak: number;
  #peakAt: number;
  #marks = 0;
  #held = 0;
  #maxPercent = 0;
  #maxUsdt = 0;
  #longestMs = 0;
  #stretchEnd: number;
  #stretchDrawdown = 0;
  #dayEnd: number;
  #at: number;
  #equity: number;

  constructor(from: number, to: number, initial: number) {
    this.#stretchMs = Math.max(1, Math.ceil((to - from) / MOST_POINTS));
    this.#peak = initial;
    this.#equity = initial;
    this.#peakAt = from;
    this.#at = from;
    this.#stretchEnd = from;
    this.#dayEnd = (Math.floor(from / DAY_MS) + 1) * DAY_MS;
  }

  /** `at` is the close of a candle; the marks ascend. */
  mark(at: number, equity: number, isHeld: boolean): void {
    // A candle that closes at midnight is the last of its day.
    if (at > this.#dayEnd) this.#endDay(at);
    if (at > this.#stretchEnd) this.#endStretch(at);
    this.#at = at;
    this.#equity = equity;
    this.#marks += 1;
    if (isHeld) this.#held += 1;
    if (equity > this.#peak) {
      this.#longestMs = Math.max(this.#longestMs, at - this.#peakAt);
      this.#peak = equity;
      this.#peakAt = at;
      return;
    }
    if (equity === this.#peak && this.#at - this.#peakAt === 0) return;
    const fall = this.#peak - equity;
    if (fall <= 0) return;
    const percent = this.#peak > 0 ? (fall / this.#peak) * 100 : 100;
    if (fall > this.#maxUsdt) this.#maxUsdt = fall;
    if (percent > this.#maxPercent) this.#maxPercent = percent;
    if (percent > this.#stretchDrawdown) this.#stretchDrawdown = percent;
  }

  /** What has been kept, with `equity` as the last of all. */
  finish(equity: number): EquityFigures {
    if (equity !== this.#equity || this.#marks === 0) this.mark(this.#at, equity, false);
    this.#keepPoint();
    this.#days.push({ at: this.#at, equity: this.#equity });
    const isBelow = this.#equity < this.#peak;
    return {
      points: this.#points,
      days: this.#days,
      maxDrawdownPercent: this.#maxPercent,
      maxDrawdownUsdt: this.#maxUsdt,
      longestDrawdownMs: isBelow ? Math.max(this.#longestMs, this.#at - this.#peakAt) : this.#longestMs,
      exposure: this.#marks === 0 ? 0 : this.#held / this.#marks,
    };
  }

  #endDay(at: number): void {
    this.#days.push({ at: this.#dayEnd, equity: this.#equity });
    // Days without candles end with what the day before ended with.
    for (this.#dayEnd += DAY_MS; this.#dayEnd < at; this.#dayEnd += DAY_MS) {
      this.#days.push({ at: this.#dayEnd, equity: this.#equity });
    }
  }

  #endStretch(at: number): void {
    this.#keepPoint();
    this.#stretchDrawdown = 0;
    this.#stretchEnd = at + this.#stretchMs - 1;
  }

  #keepPoint(): void {
    this.#points.push({ at: this.#at, equity: this.#equity, drawdownPercent: this.#stretchDrawdown });
  }
}
