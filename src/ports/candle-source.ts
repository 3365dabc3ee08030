/**
 * Where candles come from: one minute each, closed ones only. What leads asks by range, again and again; a source that has a
 * stream may tell of them as they close.
 */
import type { MinuteCandle } from '../domain/candles/minute-candle.js';

export interface CandleSource {
  /** Whose candles they are: `binance`. Candles of one symbol from two sources are two series. */
  readonly code: string;
  /** True of a recording that is played, whose time is another and runs as fast as it likes. */
  readonly isRecording?: boolean;
  /** The time of this market for a symbol, milliseconds since 1970; undefined while nothing is known of it. */
  nowMs(symbol: string): number | undefined;
  /**
   * Closed candles that open from `fromMs` and before `toMs`, oldest first: the first of them where they are too many for one
   * answer. Empty where there are none. @throws CandleSourceError where it cannot be said now.
   */
  fetch(symbol: string, fromMs: number, toMs: number): Promise<readonly MinuteCandle[]>;
  /** Begins to tell of candles as they close, of these symbols and no others; called again where they change. */
  follow?(symbols: readonly string[], onCandle: (symbol: string, candle: MinuteCandle) => void): void;
  stop(): Promise<void>;
}

/** A source that refuses or cannot be reached. */
export class CandleSourceError extends Error {
  /** `isForAll`: every symbol has to wait, as after a limit of the venue. */
  constructor(
    message: string,
    readonly isForAll: boolean,
  ) {
    super(message);
  }
}

/** Injection token of the selected source; null where candles are those of the price feed. */
export const CANDLE_SOURCE = Symbol('CANDLE_SOURCE');
