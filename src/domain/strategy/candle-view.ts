/**
 * Candles of one symbol as columns, and the window through which a strategy sees them.
 * Keeps: a view ends at the newest candle that has closed; asking for a later one, or for one before the first, answers NaN;
 * a view is moved forward by whoever runs the strategy, never by the strategy.
 * Prices are doubles here: what a strategy computes are statistics of a market, not money.
 */

/** Ascending by time, all of one length. Reading does not copy. */
export interface CandleColumns {
  /** When each candle opens, milliseconds since 1970, UTC. */
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** In the base asset. */
  readonly volume: Float64Array;
}

/** `back` counts from the newest candle, which is 0. */
export interface CandleView {
  readonly symbol: string;
  readonly intervalMs: number;
  /** How many candles can be seen. */
  readonly length: number;
  time(back: number): number;
  open(back: number): number;
  high(back: number): number;
  low(back: number): number;
  close(back: number): number;
  volume(back: number): number;
  /** Output `place` of the strategy's indicators; NaN where it has none yet. */
  value(place: number, back: number): number;
}

export class ClosedCandles implements CandleView {
  #end = 0;
  readonly #columns: CandleColumns;
  readonly #values: readonly Float64Array[];

  /** `values` are columns of indicators, as long as those of the candles. */
  constructor(
    readonly symbol: string,
    readonly intervalMs: number,
    columns: CandleColumns,
    values: readonly Float64Array[] = [],
  ) {
    this.#columns = columns;
    this.#values = values;
  }

  get length(): number {
    return this.#end;
  }

  /** Shows the first `length` candles and nothing else. */
  showTo(length: number): void {
    this.#end = length;
  }

  time(back: number): number {
    return this.#at(this.#columns.time, back);
  }

  open(back: number): number {
    return this.#at(this.#columns.open, back);
  }

  high(back: number): number {
    return this.#at(this.#columns.high, back);
  }

  low(back: number): number {
    return this.#at(this.#columns.low, back);
  }

  close(back: number): number {
    return this.#at(this.#columns.close, back);
  }

  volume(back: number): number {
    return this.#at(this.#columns.volume, back);
  }

  value(place: number, back: number): number {
    const column = this.#values[place];
    return column === undefined ? NaN : this.#at(column, back);
  }

  #at(column: Float64Array, back: number): number {
    const index = this.#end - 1 - back;
    return back >= 0 && index >= 0 ? (column[index] as number) : NaN;
  }
}
