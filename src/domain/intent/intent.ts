/**
 * What a source wants: the one form to which every sense of the platform (text, alerts, the house's bots) is read, and in
 * which it is carried out.
 * Keeps: pure data; prices are decimal text as the source said them; nothing in it has been checked against a market, nor
 * against what followers hold.
 */
import type { Side } from '../instrument/side.js';
import type { DecimalText } from '../money/decimal.js';
import type { PlanSpec } from '../plan/parse-plan.js';

/** Opens a trade: becomes a signal. */
export interface EnterIntent {
  readonly kind: 'ENTER';
  /** `BTCUSDT` */
  readonly symbol: string;
  readonly side: Side;
  /** Null: at the market's price, whatever it is. */
  readonly entry: DecimalText | null;
  /** A price. Null where none is said, and where the plan says it as a percentage. */
  readonly stopLoss: DecimalText | null;
  /** Prices. Empty where none are said, and where the plan says them as percentages. */
  readonly targets: readonly DecimalText[];
  readonly tradeType: 'FUTURES' | 'SPOT' | null;
  /** Null where unsaid. */
  readonly leverage: number | null;
  /** 0 to 100; null where unsaid. */
  readonly confidence: number | null;
  /** What is said beyond that: ladder, zone, shares, trailing, margin mode, risk. */
  readonly plan: PlanSpec;
  /** Kept with the signal: exchanges, timeframe, order of the source, notes. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** The name that the source gives it. */
  readonly ref: string | null;
}

/** Which of the source's own signals is meant, as far as the source says it. */
export interface IntentTarget {
  /** The name that the source gave it. */
  readonly ref?: string;
  /** Id of the platform. */
  readonly signalId?: number;
  readonly symbol?: string;
  readonly side?: Side;
  /** Each that fits, where several do; without it several that fit are a refusal. */
  readonly all?: boolean;
}

/** What is to happen to, or is told of, a trade that runs or waits. */
export type Change =
  /** Everything at market; entries that wait are withdrawn. `isTold`: the source says that it has closed its own. */
  | { readonly kind: 'CLOSE'; readonly isTold?: true }
  /** So many percent of what is held then, at market. */
  | { readonly kind: 'REDUCE'; readonly percent: DecimalText }
  /** Entries that wait are withdrawn; what is held stays. */
  | { readonly kind: 'CANCEL_ENTRIES' }
  /** Entries that wait are withdrawn, and the signal ends if nothing is held. */
  | { readonly kind: 'CANCEL' }
  | { readonly kind: 'MOVE_STOP'; readonly to: StopPlace }
  | { readonly kind: 'SET_TARGETS'; readonly targets: readonly DecimalText[] }
  | { readonly kind: 'SET_ENTRY'; readonly entry: DecimalText }
  /** Tells of what the platform sees by itself; `target` counts from 1. */
  | { readonly kind: 'TARGET_HIT'; readonly target: number }
  | { readonly kind: 'ALL_TARGETS_HIT' }
  | { readonly kind: 'STOP_HIT' }
  | { readonly kind: 'ENTRY_HIT' }
  /** Tells something that asks for nothing. */
  | { readonly kind: 'TELL'; readonly what: string };

/** `ENTRY`: what the position cost on average. */
export type StopPlace =
  | { readonly at: 'ENTRY' }
  | { readonly at: 'TARGET'; readonly target: number }
  | { readonly at: 'PRICE'; readonly price: DecimalText };

export interface ChangeIntent {
  readonly kind: 'CHANGE';
  readonly about: IntentTarget;
  /** In the order in which they are to happen. */
  readonly changes: readonly Change[];
}

export type Intent = EnterIntent | ChangeIntent;
