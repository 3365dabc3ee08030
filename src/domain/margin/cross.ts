/**
 * Cross margin: one wallet stands for all cross positions of an account, so they are liquidated together.
 * Keeps: pure and exact. An account is liquidated when its equity (wallet and open PnL) has fallen to the sum of the
 * maintenance margins of its positions at mark prices, each in the bracket of its notional there. As long as every symbol
 * stays within its bounds that cannot be so, however their prices move together.
 * Source: Binance, "Liquidation Protocols" (USDⓈ-M futures, cross margin mode): margin ratio = maintenance margin ÷ margin balance.
 */
import type { Side } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { asPercent, MONEY_UNIT, percentOf } from '../money/money.js';
import { maintenanceMargin, type MarginBracket } from './liquidation.js';

export const MARGIN_MODES = ['ISOLATED', 'CROSS'] as const;
/** `ISOLATED`: a trade can lose its own margin. `CROSS`: what the account has beside isolated trades stands for it. */
export type MarginMode = (typeof MARGIN_MODES)[number];

export interface CrossHolding {
  readonly symbol: string;
  readonly side: Side;
  /** What the quantity was bought or sold for, in USDT. */
  readonly cost: Decimal;
  /** In the base asset, above 0. */
  readonly qty: Decimal;
}

export interface CrossAccount {
  /** USDT: the balance, less what isolated trades have reserved. */
  readonly wallet: Decimal;
  readonly holdings: readonly CrossHolding[];
}

/** Mark prices by symbol. */
export type Marks = ReadonlyMap<string, Decimal>;

/** A price at `below` or under it, or at `above` or over it, lies outside; null where there is no such price. */
export interface PriceBounds {
  readonly below: Decimal | null;
  readonly above: Decimal | null;
}

const UNBOUNDED: PriceBounds = { below: null, above: null };

/** Decimal places of a bound, as many as a price has. */
const PRICE_SCALE = 12;

/** Of prices and shares in between. */
const EXACT_SCALE = 24;

/** A bound lies at least this part of the mark away from it: closer than any tick, and still another number for a book. */
const NEAREST = Decimal.of('0.000000001');

/** Open PnL of a position at a price, in USDT, before fees. */
export function openPnl({ side, cost, qty }: Omit<CrossHolding, 'symbol'>, price: Decimal): Decimal {
  const gain = qty.times(price).minus(cost);
  return side === 'LONG' ? gain : gain.negated();
}

export function crossEquity({ wallet, holdings }: CrossAccount, marks: Marks): Decimal {
  return Decimal.sum([wallet, ...holdings.map((holding) => openPnl(holding, markOf(holding, marks)))]);
}

/** USDT that must be left of the equity. */
export function crossMaintenance(
  { holdings }: CrossAccount,
  marks: Marks,
  brackets: readonly MarginBracket[],
): Decimal {
  return Decimal.sum(holdings.map((holding) => maintenanceMargin(holding.qty.times(markOf(holding, marks)), brackets)));
}

/** What stands for cross positions, and how much of it is needed. */
export interface CrossMarginFigures {
  /** USDT: the wallet with open PnL at mark prices. */
  readonly equity: Decimal;
  /** USDT that must be left of it. */
  readonly maintenance: Decimal;
  /** Maintenance in percent of the equity: liquidated at 100; null where no equity is left. */
  readonly ratioPercent: Decimal | null;
}

export function crossFigures(
  account: CrossAccount,
  marks: Marks,
  brackets: readonly MarginBracket[],
): CrossMarginFigures {
  const equity = crossEquity(account, marks);
  const maintenance = crossMaintenance(account, marks, brackets);
  return { equity, maintenance, ratioPercent: equity.isPositive ? asPercent(maintenance, equity) : null };
}

/** USDT that the account may still lose: equity less maintenance. Every symbol that is held needs a mark. */
export function crossSlack(account: CrossAccount, marks: Marks, brackets: readonly MarginBracket[]): Decimal {
  return crossEquity(account, marks).minus(crossMaintenance(account, marks, brackets));
}

/** Whether that is nothing; less than the smallest amount of money is nothing. */
export function isUsedUp(slack: Decimal): boolean {
  return slack.lt(MONEY_UNIT);
}

/**
 * The prices of `symbol` at which the account is liquidated while all others stay at their marks: what is shown as the
 * liquidation price. Rounded toward the mark, so none is too far away; the mark itself where it is there already.
 */
export function liquidationBounds(
  account: CrossAccount,
  symbol: string,
  marks: Marks,
  brackets: readonly MarginBracket[],
): PriceBounds {
  const own = account.holdings.filter((holding) => holding.symbol === symbol);
  const mark = marks.get(symbol);
  if (mark === undefined || own.length === 0) return UNBOUNDED;
  const slack = crossSlack(account, marks, brackets);
  if (isUsedUp(slack)) return { below: mark, above: mark };
  const { below, above } = boundsOf(own, mark, slack, brackets);
  return {
    below: positive(below?.rounded(PRICE_SCALE, 'ceil')),
    above: positive(above?.rounded(PRICE_SCALE, 'floor')),
  };
}

/** Of the bounds the one that a position on `side` runs into: where the account has one only, it is that one. */
export function boundAgainst(side: Side, { below, above }: PriceBounds): Decimal | null {
  return side === 'LONG' ? (below ?? above) : (above ?? below);
}

/**
 * For each symbol that is held the bounds within which nothing needs to be asked: all of them together can use up what the
 * account may still lose, each its part by its notional. With one symbol they are its liquidation prices, to the smallest amount of money. Undefined for
 * an account that has nothing left to lose.
 */
export function watchBounds(
  account: CrossAccount,
  marks: Marks,
  brackets: readonly MarginBracket[],
): ReadonlyMap<string, PriceBounds> | undefined {
  const slack = crossSlack(account, marks, brackets);
  if (isUsedUp(slack)) return undefined;
  // Any more than that leaves less than the smallest amount, which is nothing.
  const left = slack.minus(MONEY_UNIT);
  const notionals = account.holdings.map((holding) => holding.qty.times(markOf(holding, marks)));
  const total = Decimal.sum(notionals);
  const bounds = new Map<string, PriceBounds>();
  for (const symbol of new Set(account.holdings.map((holding) => holding.symbol))) {
    const own = account.holdings.filter((holding) => holding.symbol === symbol);
    const mark = marks.get(symbol) as Decimal;
    const notional = mark.times(Decimal.sum(own.map(({ qty }) => qty)));
    const share = left.times(notional).dividedBy(total, EXACT_SCALE, 'floor');
    bounds.set(symbol, keptOff(mark, boundsOf(own, mark, share, brackets)));
  }
  return bounds;
}

/** Rounded away from the mark: a price of at most 12 places lies outside exactly where it lies beyond the exact bound. */
function keptOff(mark: Decimal, { below, above }: PriceBounds): PriceBounds {
  const gap = mark.times(NEAREST);
  return {
    below: positive(below === null ? undefined : Decimal.min(below, mark.minus(gap)).rounded(PRICE_SCALE, 'floor')),
    above: positive(above === null ? undefined : Decimal.max(above, mark.plus(gap)).rounded(PRICE_SCALE, 'ceil')),
  };
}

/**
 * Where positions of one symbol have lost `loss` from `mark` on, in equity less maintenance. That is concave in the
 * price and straight between the prices at which a position changes its bracket.
 */
function boundsOf(
  own: readonly CrossHolding[],
  mark: Decimal,
  loss: Decimal,
  brackets: readonly MarginBracket[],
): PriceBounds {
  const valueAt = (price: Decimal): Decimal =>
    Decimal.sum(
      own.map((holding) => openPnl(holding, price).minus(maintenanceMargin(holding.qty.times(price), brackets))),
    );
  const start = { price: mark, value: valueAt(mark) };
  const target = start.value.minus(loss);
  const kinks = kinksOf(own, brackets);
  const down = [...kinks.filter((price) => price.lt(mark)).reverse(), Decimal.ZERO];
  const up = kinks.filter((price) => price.gt(mark));
  return {
    below: walk(start, down, target, valueAt).root ?? null,
    above: rising(walk(start, up, target, valueAt), own, target, brackets),
  };
}

/** Prices at which a position changes its bracket, ascending. */
function kinksOf(own: readonly CrossHolding[], brackets: readonly MarginBracket[]): Decimal[] {
  const limits = brackets.flatMap(({ upTo }) => (upTo === null ? [] : [upTo]));
  return own
    .flatMap(({ qty }) => limits.map((limit) => limit.dividedBy(qty, EXACT_SCALE, 'half_even')))
    .sort((a, b) => a.compare(b));
}

interface Point {
  readonly price: Decimal;
  readonly value: Decimal;
}

interface Walked {
  readonly root?: Decimal;
  /** Where the walk has come to without meeting it. */
  readonly at: Point;
}

function walk(start: Point, prices: readonly Decimal[], target: Decimal, valueAt: (price: Decimal) => Decimal): Walked {
  let at = start;
  for (const price of prices) {
    const next = { price, value: valueAt(price) };
    if (next.value.lte(target) && next.value.lt(at.value)) return { root: between(next, at, target), at };
    at = next;
  }
  return { at };
}

/** On the straight line between two points whose values enclose `target`. */
function between(low: Point, high: Point, target: Decimal): Decimal {
  const height = high.value.minus(low.value);
  const weighed = low.price.times(height).plus(target.minus(low.value).times(high.price.minus(low.price)));
  return weighed.dividedBy(height, EXACT_SCALE, 'half_even');
}

/** Above the last kink every position is in its last bracket. */
function rising(
  { root, at }: Walked,
  own: readonly CrossHolding[],
  target: Decimal,
  brackets: readonly MarginBracket[],
): Decimal | null {
  if (root !== undefined) return root;
  const { ratePercent } = brackets.at(-1) as MarginBracket;
  const slopes = own.map(({ side, qty }) => (side === 'LONG' ? qty : qty.negated()).minus(percentOf(qty, ratePercent)));
  const fall = Decimal.sum(slopes).negated();
  if (!fall.isPositive) return null;
  return at.price.plus(at.value.minus(target).dividedBy(fall, EXACT_SCALE, 'half_even'));
}

const positive = (price: Decimal | undefined): Decimal | null =>
  price === undefined || !price.isPositive ? null : price;

function markOf({ symbol }: CrossHolding, marks: Marks): Decimal {
  const mark = marks.get(symbol);
  if (mark === undefined) throw new RangeError(`there is no mark price of ${symbol}`);
  return mark;
}
