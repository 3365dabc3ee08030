/**
 * Whether a signal is entered at market or waits as a limit order at the signal's entry price.
 * The rule (documented in docs/trading-rules.md): at market when the price is no worse than the entry plus the
 * tolerance, has not reached the first target and is not beyond the stop; as a limit when it ran away; refused when
 * the stop is already passed.
 */
import type { EntryType, Side } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';

export interface EntryQuestion {
  readonly side: Side;
  readonly entry: Decimal;
  readonly stopLoss: Decimal;
  readonly firstTarget: Decimal;
  /** How much worse than the entry a market entry may be, in percent of the entry. */
  readonly tolerancePercent: Decimal;
}

export type EntryMode =
  | { readonly type: EntryType; readonly price: Decimal }
  | { readonly type: 'REFUSED'; readonly reason: 'PRICE_BEYOND_STOP' };

/** `market` is the current price; undefined while the symbol has none, which makes the entry a limit. */
export function entryMode(question: EntryQuestion, market: Decimal | undefined): EntryMode {
  const { side, entry, stopLoss, firstTarget } = question;
  if (market === undefined) return { type: 'LIMIT', price: entry };
  const long = side === 'LONG';
  const beyondStop = long ? market.lte(stopLoss) : market.gte(stopLoss);
  if (beyondStop) return { type: 'REFUSED', reason: 'PRICE_BEYOND_STOP' };
  const slack = percentOf(entry, question.tolerancePercent);
  const acceptable = long ? market.lte(entry.plus(slack)) : market.gte(entry.minus(slack));
  const targetAhead = long ? market.lt(firstTarget) : market.gt(firstTarget);
  return acceptable && targetAhead ? { type: 'MARKET', price: market } : { type: 'LIMIT', price: entry };
}
