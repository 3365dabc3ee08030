/**
 * What a strategy is: a pure rule that looks at closed candles and says what it would do, and why.
 * Keeps: the same candles and settings give the same decisions on every machine, live and in a backtest: a strategy has no
 * clock, no chance, no I/O, and remembers nothing but its own state, one for each symbol.
 */
import type { Named } from '../indicators/registry.js';
import type { Intent } from '../intent/intent.js';
import type { CandleView } from './candle-view.js';
import type { SettingsSchema, SettingValues } from './settings.js';

export interface Decision {
  readonly intents: readonly Intent[];
  /** Code of the reason: of the entry, or of what was missing for one. */
  readonly why: string;
}

export interface Strategy<State = unknown> {
  /** `trend` */
  readonly code: string;
  readonly summary: string;
  readonly settings: SettingsSchema;
  /** Length of the candles that it is made for, in milliseconds. */
  readonly intervalMs: number;
  /**
   * The indicators that it looks at, which whoever runs it computes: `view.value` counts their outputs through, in this order.
   * Absent: none.
   */
  indicators?(settings: SettingValues): readonly Named[];
  /** Candles back from the newest that it looks at, of prices and of indicators: what a live run keeps. */
  readonly lookBack: number;
  /** The state before the first candle of a symbol. */
  begin(settings: SettingValues, symbol: string): State;
  /**
   * Called once for each candle that has closed, oldest first, with `view` ending at it; moves `state` on. `now` is the time
   * of the close, milliseconds since 1970.
   */
  decide(view: CandleView, state: State, now: number): Decision;
}

const NOTHING = new Map<string, Decision>();

/** A decision to do nothing, shared by everybody who has the same reason. */
export function nothing(why: string): Decision {
  let decision = NOTHING.get(why);
  if (decision === undefined) NOTHING.set(why, (decision = Object.freeze({ intents: Object.freeze([]), why })));
  return decision;
}
