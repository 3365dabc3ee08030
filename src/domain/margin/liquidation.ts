/**
 * How much leverage a notional may have, and when a leveraged position is liquidated: margin brackets, and the price at which
 * the maintenance margin is reached.
 * Source: Binance, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts" and "Leverage and Margin of USDⓈ-M
 * Futures": maintenance margin = notional × rate − maintenance amount, and for one position in one-way mode
 * liquidation price = (collateral + amount − side × quantity × entry) ÷ (quantity × rate − side × quantity). A bracket's
 * highest leverage is there 1 ÷ (2 × rate): the initial margin is twice the maintenance margin.
 */
import type { Side } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';

/** Decimal places of a liquidation price, which is an estimate. */
const PRICE_SCALE = 12;

/** In percent: at most so much of a notional may be maintenance margin times leverage, half of the initial margin. */
const HALF = Decimal.ofInteger(50);

/** No venue gives more. */
const MOST_LEVERAGE = 1_000;

export interface MarginBracket {
  /** Largest notional of the bracket, in USDT; null for the last one. */
  readonly upTo: Decimal | null;
  /** Maintenance margin in percent of the notional. */
  readonly ratePercent: Decimal;
  /** What makes the maintenance margin continuous where brackets meet, in USDT. */
  readonly amount: Decimal;
  /** Of positions with such a notional; at least 1. */
  readonly maxLeverage: number;
}

export interface BracketText {
  /** USDT; null in the last one. */
  readonly upTo: string | null;
  readonly ratePercent: string;
}

/** Brackets in rising order, with their maintenance amounts. Throws a `RangeError` for a table that does not rise. */
export function marginBrackets(table: readonly BracketText[]): readonly MarginBracket[] {
  const brackets: MarginBracket[] = [];
  for (const { upTo, ratePercent } of table) {
    const before = brackets.at(-1);
    const rate = Decimal.of(ratePercent);
    const limit = upTo === null ? null : Decimal.of(upTo);
    if (before !== undefined && !risesFrom(before, limit, rate)) throw new RangeError('margin brackets must rise');
    const step =
      before === undefined ? Decimal.ZERO : percentOf(before.upTo as Decimal, rate.minus(before.ratePercent));
    const maxLeverage = highestWhere(MOST_LEVERAGE, (leverage) => rate.times(leverage).lte(HALF));
    brackets.push({ upTo: limit, ratePercent: rate, amount: (before?.amount ?? Decimal.ZERO).plus(step), maxLeverage });
  }
  if (brackets.length === 0 || brackets.at(-1)?.upTo !== null) throw new RangeError('the last bracket has no limit');
  return brackets;
}

function risesFrom(before: MarginBracket, limit: Decimal | null, rate: Decimal): boolean {
  if (before.upTo === null || !rate.gt(before.ratePercent)) return false;
  return limit === null || limit.gt(before.upTo);
}

/** The bracket of a notional. */
export function bracketOf(notional: Decimal, brackets: readonly MarginBracket[]): MarginBracket {
  const found = brackets.find(({ upTo }) => upTo === null || notional.lte(upTo));
  if (found === undefined) throw new RangeError('there are no margin brackets');
  return found;
}

/**
 * The highest leverage, at most `cap`, that the brackets allow for what `money` (USDT of margin) then buys. With less
 * leverage it buys less, so a lower bracket may allow more: the best of all brackets counts. At least 1.
 */
export function leverageWithin(cap: number, money: Decimal, brackets: readonly MarginBracket[]): number {
  const within = brackets.map(({ upTo, maxLeverage }) =>
    highestWhere(Math.min(cap, maxLeverage), (leverage) => upTo === null || money.times(leverage).lte(upTo)),
  );
  return Math.max(...within);
}

/** The highest whole number from `most` down for which it is so; 1 where it never is. */
function highestWhere(most: number, isSo: (leverage: Decimal) => boolean): number {
  let leverage = most;
  while (leverage > 1 && !isSo(Decimal.ofInteger(leverage))) leverage -= 1;
  return Math.max(1, leverage);
}

/** What must be left of the collateral at this notional, in USDT. */
export function maintenanceMargin(notional: Decimal, brackets: readonly MarginBracket[]): Decimal {
  const { ratePercent, amount } = bracketOf(notional, brackets);
  return percentOf(notional, ratePercent).minus(amount);
}

export interface MarginedPosition {
  readonly side: Side;
  /** What the quantity was bought or sold for, in USDT: its notional at entry. */
  readonly cost: Decimal;
  /** What is held, in the base asset. */
  readonly qty: Decimal;
  /**
   * USDT that stands for the position. Isolated: its margin. Cross: the wallet balance, plus the unrealised PnL and
   * minus the maintenance margin of the account's other positions.
   */
  readonly collateral: Decimal;
}

/**
 * The mark price at which the collateral is down to the maintenance margin; undefined when no price above zero is.
 * The bracket is that of the notional at entry. Rounded toward the entry, so it is never too far away.
 */
export function liquidationPrice(position: MarginedPosition, brackets: readonly MarginBracket[]): Decimal | undefined {
  return priceIn(position, bracketOf(position.cost, brackets));
}

/**
 * The same for a position whose bracket is that of its notional at the price itself: the nearest price of any bracket,
 * since the maintenance margin is the largest that a bracket asks.
 */
export function exactLiquidationPrice(
  position: MarginedPosition,
  brackets: readonly MarginBracket[],
): Decimal | undefined {
  const prices = brackets.flatMap((bracket) => priceIn(position, bracket) ?? []);
  const nearest = position.side === 'LONG' ? Decimal.max : Decimal.min;
  return prices.length === 0 ? undefined : prices.reduce(nearest);
}

function priceIn(position: MarginedPosition, { ratePercent, amount }: MarginBracket): Decimal | undefined {
  const { side, cost, qty, collateral } = position;
  if (!qty.isPositive) return undefined;
  const atRisk = percentOf(qty, ratePercent);
  const cushion = collateral.plus(amount);
  const price =
    side === 'LONG'
      ? cost.minus(cushion).dividedBy(qty.minus(atRisk), PRICE_SCALE, 'ceil')
      : cost.plus(cushion).dividedBy(qty.plus(atRisk), PRICE_SCALE, 'floor');
  return price.isPositive ? price : undefined;
}
