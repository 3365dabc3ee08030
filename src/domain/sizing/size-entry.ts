/**
 * Quantities for a laid-out plan: how much each entry and safety order buys with a margin per trade and a leverage.
 * Keeps: pure; quantity = margin × leverage ÷ the price that it fills at, floored to the lot step; an order below the
 * venue's minimum gives its money to the next one; margin covers every order, so that no fill can ever lack it; the rungs
 * sum to the entries.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import { MONEY_SCALE, percentOf } from '../money/money.js';
import type { Layout } from '../plan/lay-out.js';
import { marginOf } from '../position/legs.js';
import { lotsToQty, minLotsAt, splitLots } from './ladder.js';

export interface SizedEntry {
  /** Prices and quantities of the orders that remain: entries, then safety orders. */
  readonly legPrices: readonly Decimal[];
  readonly legQtys: readonly Decimal[];
  /** How many of the legs are safety orders. */
  readonly safetyLegs: number;
  /** What a market entry fills at; the planned average of entries that wait. */
  readonly entryPrice: Decimal;
  /** Sum of the entries. */
  readonly qty: Decimal;
  /** Sum of entries and safety orders. */
  readonly plannedQty: Decimal;
  readonly leverage: number;
  /** USDT reserved, rounded up to 8 places. */
  readonly margin: Decimal;
  /** USDT that all entries will cost in fees. */
  readonly fee: Decimal;
  /** USDT charged at once; 0 while the entries wait. */
  readonly entryFee: Decimal;
  readonly targetQtys: readonly Decimal[];
}

export interface TooSmall {
  readonly tooSmall: 'BELOW_MIN_QTY' | 'BELOW_MIN_NOTIONAL';
  readonly detail: Readonly<Record<string, string>>;
}

interface Order {
  readonly price: Decimal;
  readonly lots: bigint;
}

/** What a market entry of a quantity really fills at: never better for more of it. */
export type FilledAt = (qty: Decimal) => Decimal;

/** USDT of margin that all orders of a layout come to at most, with `perTrade` for the entries. */
export function investmentOf({ maxInvestment, safety }: Layout, perTrade: Decimal): Decimal {
  const entries = maxInvestment === null ? perTrade : Decimal.min(perTrade, maxInvestment);
  const all = entries.times(Decimal.sum([Decimal.ONE, ...safety.map(({ factor }) => factor)]));
  return maxInvestment === null ? all : Decimal.min(all, maxInvestment);
}

/**
 * USDT of exposure from which on at least one entry is large enough for the venue, rounded up to 8 places: of entries that are
 * too small the money goes on to the next.
 */
export function smallestExposure(
  { legs, entryType }: Pick<Layout, 'legs' | 'entryType'>,
  rules: InstrumentRules,
  filledAt?: FilledAt,
): Decimal {
  const lotStep = Decimal.of(rules.lotStep);
  let share = Decimal.ZERO;
  const needed = legs.map((leg) => {
    share = share.plus(leg.share);
    const qty = lotsToQty(minLotsAt(leg.price, rules), lotStep);
    const takes = entryType === 'MARKET' && filledAt !== undefined;
    const price = takes ? Decimal.max(leg.price, filledAt(qty)) : leg.price;
    return price.times(qty).times(Decimal.HUNDRED).dividedBy(share, MONEY_SCALE, 'ceil');
  });
  return needed.reduce((least, exposure) => Decimal.min(least, exposure));
}

/** Makes the sizer of one layout; `feePercent` is that of the entries. Without `filledAt` they fill at their own price. */
export function entrySizer(
  layout: Layout,
  rules: InstrumentRules,
  feePercent: Decimal,
  filledAt?: FilledAt,
): (perTradeUsdt: DecimalText, leverage: number) => SizedEntry | TooSmall {
  const lotStep = Decimal.of(rules.lotStep);
  return (perTradeUsdt, leverage) => {
    const margin = Decimal.of(perTradeUsdt);
    const invested = layout.maxInvestment === null ? margin : Decimal.min(margin, layout.maxInvestment);
    const exposure = invested.times(Decimal.ofInteger(leverage));
    const planned = entryOrders(layout.legs, exposure, lotStep, rules);
    const takes = layout.entryType === 'MARKET' && filledAt !== undefined;
    const entries = takes ? executed(layout, planned, exposure, lotStep, rules, filledAt) : planned;
    if (entries.length === 0) return tooSmall(layout, exposure, lotStep, rules);
    const safety = safetyOrders(layout, exposure, leverage, entries, lotStep, rules);
    const orders = [...entries, ...safety];
    const lots = lotsOf(entries);
    const notional = notionalOf(orders, lotStep);
    const fee = percentOf(notionalOf(entries, lotStep), feePercent);
    const minLots = layout.targets.map((price) => minLotsAt(price, rules));
    return {
      legPrices: orders.map(({ price }) => price),
      legQtys: orders.map((order) => lotsToQty(order.lots, lotStep)),
      safetyLegs: safety.length,
      entryPrice: takes ? (entries[0] as Order).price : layout.plannedEntry,
      qty: lotsToQty(lots, lotStep),
      plannedQty: lotsToQty(lotsOf(orders), lotStep),
      leverage,
      margin: marginOf(notional, leverage),
      fee,
      entryFee: layout.entryType === 'MARKET' ? fee : Decimal.ZERO,
      targetQtys: splitLots(lots, layout.plan.weights, minLots).map((rung) => lotsToQty(rung, lotStep)),
    };
  };
}

const lotsOf = (orders: readonly Order[]): bigint => orders.reduce((sum, { lots }) => sum + lots, 0n);

const notionalOf = (orders: readonly Order[], lotStep: Decimal): Decimal =>
  Decimal.sum(orders.map(({ price, lots }) => price.times(lotsToQty(lots, lotStep))));

/** An entry that is too small gives its money to the next; the last one to the one before it. */
function entryOrders(legs: Layout['legs'], exposure: Decimal, lotStep: Decimal, rules: InstrumentRules): Order[] {
  const orders: Order[] = [];
  let carried = Decimal.ZERO;
  for (const { price, share } of legs) {
    const money = percentOf(exposure, share).plus(carried);
    const lots = money.wholeTimes(price.times(lotStep));
    const isTooSmall = lots < minLotsAt(price, rules);
    carried = isTooSmall ? money : Decimal.ZERO;
    if (!isTooSmall) orders.push({ price, lots });
  }
  const last = orders.at(-1);
  if (last !== undefined && carried.isPositive) {
    const more = carried.wholeTimes(last.price.times(lotStep));
    orders[orders.length - 1] = { price: last.price, lots: last.lots + more };
  }
  return orders;
}

/**
 * A market entry as it fills: sized at what the whole of it would cost, so that it costs no more than it may, then at the
 * price of the quantity that this comes to.
 */
function executed(
  layout: Layout,
  planned: readonly Order[],
  exposure: Decimal,
  lotStep: Decimal,
  rules: InstrumentRules,
  filledAt: FilledAt,
): Order[] {
  const [order] = planned;
  if (order === undefined) return [];
  const dearest = Decimal.max(order.price, filledAt(lotsToQty(order.lots, lotStep)));
  const sized = entryOrders(
    layout.legs.map(({ share }) => ({ price: dearest, share })),
    exposure,
    lotStep,
    rules,
  );
  return sized.map(({ lots }) => ({ lots, price: filledAt(lotsToQty(lots, lotStep)) }));
}

/** Levels run until one is too small or would pass the largest investment; what lies behind it is left out as well. */
function safetyOrders(
  layout: Layout,
  exposure: Decimal,
  leverage: number,
  entries: readonly Order[],
  lotStep: Decimal,
  rules: InstrumentRules,
): Order[] {
  const orders: Order[] = [];
  let notional = notionalOf(entries, lotStep);
  for (const { price, factor } of layout.safety) {
    const lots = exposure.times(factor).wholeTimes(price.times(lotStep));
    if (lots < minLotsAt(price, rules)) break;
    notional = notional.plus(price.times(lotsToQty(lots, lotStep)));
    if (layout.maxInvestment !== null && marginOf(notional, leverage).gt(layout.maxInvestment)) break;
    orders.push({ price, lots });
  }
  return orders;
}

function tooSmall(layout: Layout, exposure: Decimal, lotStep: Decimal, rules: InstrumentRules): TooSmall {
  const qty = lotsToQty(exposure.wholeTimes(layout.plannedEntry.times(lotStep)), lotStep);
  if (qty.isZero || qty.lt(Decimal.of(rules.minQty))) {
    return { tooSmall: 'BELOW_MIN_QTY', detail: { qty: qty.toString(), min_qty: rules.minQty } };
  }
  const notional = qty.times(layout.plannedEntry).toString();
  return { tooSmall: 'BELOW_MIN_NOTIONAL', detail: { notional, min_notional: rules.minNotional } };
}
