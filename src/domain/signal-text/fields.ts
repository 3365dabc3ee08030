/**
 * What a message says, field by field, before anything is made of it.
 * Keeps: pure data; every value knows where it stands; nothing here is decided that the text leaves open.
 */
import type { Side } from '../instrument/side.js';
import type { DecimalText } from '../money/decimal.js';
import type { StopRuleText } from '../plan/plan-fields.js';
import type { Span } from './token.js';

/** The label under which a price stands. `SIDE` is a price behind LONG or SHORT, `NOW` one behind "market" or "price". */
export const BUCKETS = ['ENTRY', 'AVERAGING', 'TARGET', 'STOP', 'BUY', 'SELL', 'SIDE', 'NOW', 'LOOSE'] as const;
export type Bucket = (typeof BUCKETS)[number];

export interface PriceRead {
  readonly bucket: Bucket;
  readonly value: DecimalText | null;
  /** The other way to read it. */
  readonly other: DecimalText | null;
  readonly span: Span;
  /** Index of its token. */
  readonly at: number;
  /** The number that its label has in the text: `TP2`. */
  readonly nth: number | null;
  /** Percent that stand with it: a share, or the distance. */
  percent: DecimalText | null;
  /** The percentage stands in brackets. */
  isPercentAside: boolean;
  /** Marked as reached. */
  isHit: boolean;
  /** Behind a dash, `to` or `~` from the price before it: one end of a range. */
  readonly isRangeEnd: boolean;
}

export interface SideMention {
  readonly side: Side;
  /** BUY and SELL may be labels of prices too. */
  readonly isOrder: boolean;
  /** Stands where sides stand, and not somewhere in a sentence. */
  readonly isPlain: boolean;
  readonly span: Span;
  readonly at: number;
}

export interface LeverageRead {
  readonly value: number;
  readonly span: Span;
}

export interface Fields {
  readonly prices: PriceRead[];
  readonly sides: SideMention[];
  readonly leverage: LeverageRead[];
  marginMode: 'CROSS' | 'ISOLATED' | null;
  readonly stopPercents: { readonly value: DecimalText; readonly span: Span }[];
  readonly targetPercents: { readonly value: DecimalText; readonly span: Span }[];
  /** Numbers of targets that are named without a price. */
  readonly namedTargets: { readonly nth: number; readonly at: number }[];
  isMarket: boolean;
  isLimit: boolean;
  isZone: boolean;
  /** The word directly before the first entry. */
  breakout: 'ABOVE' | 'BELOW' | null;
  riskPercent: DecimalText | null;
  amountPercent: DecimalText | null;
  confidence: number | null;
  isSpot: boolean;
  ref: string | null;
  timeframe: string | null;
  readonly exchanges: string[];
  readonly stopRules: StopRuleText[];
  trailingTakeProfit: DecimalText | null;
  /** More numbers than any call has: none of them counts. */
  isOverfull: boolean;
  /** Labels of prices that are there, with or without a price. */
  readonly labels: Set<'ENTRY' | 'TARGET' | 'STOP'>;
}

export function noFields(): Fields {
  return {
    prices: [],
    sides: [],
    leverage: [],
    marginMode: null,
    stopPercents: [],
    targetPercents: [],
    namedTargets: [],
    isMarket: false,
    isLimit: false,
    isZone: false,
    breakout: null,
    riskPercent: null,
    amountPercent: null,
    confidence: null,
    isSpot: false,
    ref: null,
    timeframe: null,
    exchanges: [],
    stopRules: [],
    trailingTakeProfit: null,
    isOverfull: false,
    labels: new Set(),
  };
}
