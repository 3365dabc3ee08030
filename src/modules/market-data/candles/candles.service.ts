/**
 * Candles for whoever looks at them: a window of closed ones of any length, and how fresh each symbol of the watchlist is.
 * Keeps: candles are those of the source that is selected now; a window reads a bounded number of minutes.
 */
import { Inject, Injectable } from '@nestjs/common';
import { candleStart, type Timeframe, TIMEFRAMES } from '../../../domain/candles/candle-length.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { CandleSource } from '../../../ports/candle-source.js';
import { type CandleOfMinutes, CandlesRepository } from './candles.repository.js';
import { KEPT_CANDLES } from './kept-candles.js';
import { Watchlist } from './watchlist.repository.js';

/** Minutes that one answer is made of at most. */
const MOST_MINUTES = 100_000;

const MINUTE_MS = 60_000;

export interface CandleWindow {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** At least one candle that opens from here on; without it the newest ones. */
  readonly from?: Date;
  /** Candles that open before; now by default. */
  readonly to?: Date;
  readonly limit: number;
}

export interface CandleAge {
  readonly symbol: string;
  /** Milliseconds since the newest candle closed; undefined where there is none. */
  readonly ageMs: number | undefined;
  readonly candleAt: Date | null;
  readonly failures: number;
  readonly lastError: string | null;
}

@Injectable()
export class Candles {
  constructor(
    private readonly candles: CandlesRepository,
    private readonly watchlist: Watchlist,
    private readonly clock: Clock,
    @Inject(KEPT_CANDLES) private readonly source: CandleSource,
  ) {}

  get sourceCode(): string {
    return this.source.code;
  }

  /** Whether they are those of a recording that is played: none of them is too old to be acted upon. */
  get isRecording(): boolean {
    return this.source.isRecording === true;
  }

  /** Oldest first; `from` and `to` are the window that was looked at. */
  async window({ symbol, timeframe, from, to, limit }: CandleWindow) {
    const minutes = TIMEFRAMES[timeframe];
    const lengthMs = minutes * MINUTE_MS;
    const most = Math.max(1, Math.min(limit, Math.floor(MOST_MINUTES / minutes)));
    const endMs = to === undefined ? candleStart(await this.#end(symbol), minutes) : to.getTime();
    const afterMs = candleStart(endMs - 1, minutes) + lengthMs;
    const startMs = from === undefined ? afterMs - most * lengthMs : firstFrom(from.getTime(), minutes);
    const untilMs = Math.min(afterMs, startMs + most * lengthMs);
    const range = { source: this.sourceCode, symbols: [symbol], minutes };
    const rows =
      untilMs <= startMs ? [] : await this.candles.longer({ ...range, from: new Date(startMs), to: new Date(untilMs) });
    const isCut = from !== undefined && untilMs < afterMs;
    return { rows, from: new Date(startMs), to: new Date(Math.max(startMs, untilMs)), isCut };
  }

  /** Closed candles of many symbols, by symbol, oldest first. Both ends are beginnings of such candles. */
  async closed(symbols: readonly string[], minutes: number, from: Date, to: Date): Promise<CandleOfMinutes[]> {
    return this.candles.longer({ source: this.sourceCode, symbols, minutes, from, to });
  }

  now(): Date {
    return this.clock.now();
  }

  /** The market's time for a symbol, as the source knows it. */
  nowMs(symbol: string): number | undefined {
    return this.source.nowMs(symbol);
  }

  /** Of each symbol of the watchlist. */
  async ages(): Promise<CandleAge[]> {
    const symbols = await this.watchlist.symbols();
    if (symbols.length === 0) return [];
    const rows = await this.candles.series(this.sourceCode, symbols);
    const bySymbol = new Map(rows.map((row) => [row.symbol, row]));
    const nowMs = this.clock.now().getTime();
    return symbols.map((symbol) => {
      const row = bySymbol.get(symbol);
      const at = row?.last_candle_at ?? null;
      const ageMs = at === null ? undefined : Math.max(0, nowMs - at.getTime() - MINUTE_MS);
      return { symbol, ageMs, candleAt: at, failures: row?.failures ?? 0, lastError: row?.last_error ?? null };
    });
  }

  /** After everything that is stored: a recording that is replayed is in the past. */
  async #end(symbol: string): Promise<number> {
    const [row] = await this.candles.series(this.sourceCode, [symbol]);
    return (row?.last_candle_at ?? this.clock.now()).getTime() + MINUTE_MS;
  }
}

/** The first candle that opens at `atMs` or later. */
function firstFrom(atMs: number, minutes: number): number {
  const start = candleStart(atMs, minutes);
  return start === atMs ? start : start + minutes * MINUTE_MS;
}
