/**
 * The figures of an entry that the gates look at: what all its orders come to when every one of them fills.
 * Keeps: pure; what a plan may lose is never understated: without a stop it is the whole margin. Where liquidation would come
 * before an order or the stop, the liquidation price is that of the moment before it.
 */
import { exactLiquidationPrice, liquidationPrice, type MarginBracket } from '../margin/liquidation.js';
import { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';
import { marginOf } from '../position/legs.js';
import { hasFallenTo } from '../position/prices.js';
import type { SignalPlan } from '../sizing/plan-entry.js';
import type { SizedEntry, TooSmall } from '../sizing/size-entry.js';

/** In USDT but for quantity, leverage and price. */
export interface EntrySize {
  /** The follower's, capped by platform, instrument, plan and margin brackets; 1 for spot. */
  readonly leverage: number;
  /** Of entries and safety orders. */
  readonly qty: Decimal;
  readonly notional: Decimal;
  readonly margin: Decimal;
  /** Of all entries; safety orders pay theirs when they fill. */
  readonly fee: Decimal;
  /** Lost when every order fills and the stop is hit then, with all fees. */
  readonly lossAtStop: Decimal;
  /** Estimated for when every order has filled; null where nothing is liquidated. */
  readonly liquidation: Decimal | null;
  /** Which of the venue's minimums no entry reaches. */
  readonly tooSmall: TooSmall['tooSmall'] | null;
}

/** The size of nothing: of a plan that cannot be traded. */
export function noSize(leverage: number): EntrySize {
  const none = { qty: Decimal.ZERO, notional: Decimal.ZERO, margin: Decimal.ZERO, fee: Decimal.ZERO };
  return { leverage, ...none, lossAtStop: Decimal.ZERO, liquidation: null, tooSmall: null };
}

export function entrySizeOf(plan: SignalPlan, sized: SizedEntry): EntrySize {
  const { legPrices, legQtys, leverage, margin, fee, plannedQty } = sized;
  const notional = Decimal.sum(legPrices.map((price, leg) => price.times(legQtys[leg] ?? Decimal.ZERO)));
  const fees = Decimal.max(fee, percentOf(notional, plan.limits.entryFeePercent));
  const stop = plan.layout?.stopLoss ?? null;
  const loss = stop === null ? margin : stopLossOf(plan, notional, plannedQty, stop);
  const liquidation =
    plan.brackets === undefined
      ? null
      : liquidationOf(plan, sized, plan.brackets, liquidationPrice, ownMargin(leverage));
  return { leverage, qty: plannedQty, notional, margin, fee, lossAtStop: loss.plus(fees), liquidation, tooSmall: null };
}

/**
 * The same with cross margin, for an account with `free` USDT not in use before the entry, which stand for it besides its own
 * margin. Other cross trades of the account are taken to be carried by the margin that they have reserved.
 */
export function crossSizeOf(plan: SignalPlan, sized: SizedEntry, isolated: EntrySize, free: Decimal): EntrySize {
  if (plan.brackets === undefined) return isolated;
  const { notional, fee, margin } = isolated;
  const fees = Decimal.max(fee, percentOf(notional, plan.limits.entryFeePercent));
  // An account that has not even the margin is refused for its balance, not for this.
  const wallet = Decimal.max(free.minus(fees), margin);
  const liquidation = liquidationOf(plan, sized, plan.brackets, exactLiquidationPrice, () => wallet);
  const hasStop = (plan.layout?.stopLoss ?? null) !== null;
  return { ...isolated, liquidation, lossAtStop: hasStop ? isolated.lossAtStop : wallet.plus(fees) };
}

const ownMargin =
  (leverage: number) =>
  (cost: Decimal): Decimal =>
    marginOf(cost, leverage);

/** Order by order, as the market would reach them: the first liquidation price that comes before the next order, or the last. */
function liquidationOf(
  { side }: SignalPlan,
  { legPrices, legQtys }: SizedEntry,
  brackets: readonly MarginBracket[],
  priceOf: typeof liquidationPrice,
  collateralOf: (cost: Decimal) => Decimal,
): Decimal | null {
  let cost = Decimal.ZERO;
  let qty = Decimal.ZERO;
  let price: Decimal | undefined;
  for (const [leg, level] of legPrices.entries()) {
    if (price !== undefined && hasFallenTo(side, level, price)) return price;
    const filled = legQtys[leg] ?? Decimal.ZERO;
    cost = cost.plus(level.times(filled));
    qty = qty.plus(filled);
    price = priceOf({ side, cost, qty, collateral: collateralOf(cost) }, brackets);
  }
  return price ?? null;
}

/** What is shown of an entry that is not large enough: its size at the planned price. */
export function tooSmallSizeOf(plan: SignalPlan, { tooSmall, detail }: TooSmall, leverage: number): EntrySize {
  const price = plan.layout?.plannedEntry ?? Decimal.ZERO;
  const qty = detail.qty === undefined ? Decimal.ZERO : Decimal.of(detail.qty);
  const notional = detail.notional === undefined ? qty.times(price) : Decimal.of(detail.notional);
  return { ...noSize(leverage), qty, notional, margin: marginOf(notional, leverage), tooSmall };
}

/** The distance to the stop, of the whole quantity, with the taker fee of the stop; a stop in profit loses nothing. */
function stopLossOf(plan: SignalPlan, notional: Decimal, qty: Decimal, stop: Decimal): Decimal {
  const atStop = stop.times(qty);
  const loss = plan.side === 'LONG' ? notional.minus(atStop) : atStop.minus(notional);
  return Decimal.max(loss, Decimal.ZERO).plus(percentOf(atStop, plan.limits.takerFeePercent));
}
