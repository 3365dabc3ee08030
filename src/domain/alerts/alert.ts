/**
 * The one form to which an alert of any dialect is read, before anybody asks what its source holds.
 * Keeps: pure data; numbers are decimal text as the alert said them; nothing in it has been checked against a market. What
 * an alert does not say is null or empty, never guessed.
 */
import type { DecimalText } from '../money/decimal.js';
import type { PlanSpec } from '../plan/parse-plan.js';

export const DIALECTS = [
  '3commas',
  '3commas-custom',
  '3commas-bot',
  'wundertrading',
  'alertatron',
  'alertatron-lite',
  'traderspost',
  'okx',
  'finandy',
  'pineconnector',
  'octobot',
  'altrady',
  'just-trades',
  'alerts-processor',
  'autoview',
  'cornix',
  'order-fill',
  'plain',
] as const;
export type DialectCode = (typeof DIALECTS)[number];

/** The action as the alert’s own word says it. */
export type AlertWord =
  | 'buy'
  | 'sell'
  | 'close'
  | 'close_long'
  | 'close_short'
  | 'add'
  | 'reduce'
  | 'reverse'
  | 'cancel'
  | 'modify'
  | 'tp_hit'
  | 'sl_hit'
  | 'price'
  | 'switch';

/** What is to be done, whoever says it and however. */
export type AlertAction = Exclude<AlertWord, 'close_long' | 'close_short' | 'reverse'>;

/** What the alert comes to where nothing speaks against it: its word read with the positions that it names. */
export type AlertIntent =
  | 'open_long'
  | 'open_short'
  | 'add_long'
  | 'add_short'
  | 'reduce'
  | 'reduce_long'
  | 'reduce_short'
  | 'close'
  | 'close_long'
  | 'close_short'
  | 'reverse_to_long'
  | 'reverse_to_short'
  | 'restart_long'
  | 'restart_short'
  | 'cancel'
  | 'modify'
  | 'inform';

export type PositionSide = 'long' | 'short' | 'flat';

export const LEVEL_KINDS = ['price', 'percent', 'ticks', 'pips', 'dollar', 'distance', 'bare'] as const;

/** A stop or target. `distance`: in the price’s unit. `bare`: the alert does not say whether it is a price or a distance. */
export interface Level {
  readonly kind: (typeof LEVEL_KINDS)[number];
  readonly value: DecimalText;
  /** Percent of the position. */
  readonly share?: DecimalText;
}

/** A stop that follows the price. Null where unsaid. */
export interface Trail {
  readonly unit: 'percent' | 'ticks' | 'price';
  /** Its distance from the best price. */
  readonly offset: DecimalText | null;
  /** The profit at which it begins; null or 0 at once. */
  readonly activation: DecimalText | null;
  /** Its smallest step. */
  readonly frequency: DecimalText | null;
}

export interface BreakEven {
  readonly unit: 'percent' | 'ticks' | 'price';
  readonly activation: DecimalText | null;
  readonly offset: DecimalText | null;
}

export interface Alert {
  readonly dialect: DialectCode;
  /** Null where the alert has no word of its own and only names a position. */
  readonly said: AlertWord | null;
  readonly action: AlertAction | null;
  readonly intent: AlertIntent;
  /** As written; small letters as capitals. */
  readonly symbol: string | null;
  /** `BTCUSDT`; null where `symbol` is no pair of currencies. */
  readonly pair: string | null;
  /** In small letters. */
  readonly exchange: string | null;
  readonly strategy: string | null;
  readonly account: string | null;
  readonly interval: string | null;
  readonly comment: string | null;
  readonly tag: string | null;
  /** In small letters: `market`, `limit`, `stop`, `stop-loss` … */
  readonly orderType: string | null;
  readonly qty: DecimalText | null;
  /** Of what the dialect means: the account, or the position where something is closed or reduced. */
  readonly qtyPct: DecimalText | null;
  /** Close that many. */
  readonly reduceQty: DecimalText | null;
  readonly price: DecimalText | null;
  /** Whether `price` is where the entry is wanted, rather than the price at the time of the alert. */
  readonly isEntryPrice: boolean;
  /** Where a conditional order waits. */
  readonly triggerPrice: DecimalText | null;
  /** Prices of a ladder, or both ends of a zone. */
  readonly entries: readonly DecimalText[];
  readonly entriesAre: 'ladder' | 'zone';
  /** After the order. */
  readonly position: PositionSide | null;
  readonly prevPosition: PositionSide | null;
  /** As written: signed in some dialects. */
  readonly sizeAfter: DecimalText | null;
  readonly sizeBefore: DecimalText | null;
  readonly stop: Level | null;
  readonly targets: readonly Level[];
  readonly trail: Trail | null;
  readonly breakEven: BreakEven | null;
  /** What else it says of the trade’s plan. */
  readonly plan: PlanSpec;
  readonly risk: { readonly dollars?: DecimalText; readonly percent?: DecimalText } | null;
  readonly leverage: number | null;
  readonly marginMode: 'CROSS' | 'ISOLATED' | null;
  readonly secret: string | null;
  /** As written. */
  readonly time: string | null;
  /** Whether `time` is when the alert was sent, rather than of its bar. */
  readonly isSendTime: boolean;
  /** Seconds. */
  readonly maxLag: number | null;
  /** The source’s own id of this very alert: two alerts with one id are one. */
  readonly id: string | null;
  readonly license: string | null;
  readonly maxBudget: DecimalText | null;
  readonly cancelsSide: 'buy' | 'sell' | null;
  readonly isReduceOnly: boolean;
  /** Holds only where one of these is held; null where it always does. */
  readonly onlyIf: readonly PositionSide[] | null;
  /** Says of itself that it is not to be traded. */
  readonly isDry: boolean;
  /** What staff should know of it. */
  readonly notes: readonly string[];
}

export const REFUSAL_CODES = [
  'empty_body',
  'unparseable_body',
  'body_too_large',
  'too_many_alerts',
  'unfilled_placeholders',
  'no_action',
  'unknown_action',
  'bad_symbol',
  'bad_quantity',
  'bad_price',
  'bad_stop',
  'bad_target',
  'bad_leverage',
  'duplicate_quantity',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Why a body is no alert. */
export interface AlertRefusal {
  readonly code: RefusalCode;
  /** A sentence for whoever set the alert up; never repeats secrets. */
  readonly says: string;
}

/** Thrown within this folder by what reads; `readAlerts` answers it as a value. */
export class BadAlert extends Error {
  constructor(
    readonly code: RefusalCode,
    says: string,
  ) {
    super(says);
    this.name = 'BadAlert';
  }
}

/** An alert that says nothing; what a dialect reads is laid over it. */
export const SILENT: Omit<Alert, 'dialect' | 'intent' | 'action'> = {
  said: null,
  symbol: null,
  pair: null,
  exchange: null,
  strategy: null,
  account: null,
  interval: null,
  comment: null,
  tag: null,
  orderType: null,
  qty: null,
  qtyPct: null,
  reduceQty: null,
  price: null,
  isEntryPrice: false,
  triggerPrice: null,
  entries: [],
  entriesAre: 'ladder',
  position: null,
  prevPosition: null,
  sizeAfter: null,
  sizeBefore: null,
  stop: null,
  targets: [],
  trail: null,
  breakEven: null,
  plan: {},
  risk: null,
  leverage: null,
  marginMode: null,
  secret: null,
  time: null,
  isSendTime: false,
  maxLag: null,
  id: null,
  license: null,
  maxBudget: null,
  cancelsSide: null,
  isReduceOnly: false,
  onlyIf: null,
  isDry: false,
  notes: [],
};

/** What a dialect reads: its words, and what they mean beyond them. */
export type Reading = Partial<Omit<Alert, 'dialect' | 'pair' | 'action' | 'intent'>> & {
  /** Where the dialect says more than word and positions do. */
  readonly intent?: AlertIntent;
};
