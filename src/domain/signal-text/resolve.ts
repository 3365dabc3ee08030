/**
 * Makes one trade of the fields of a message: which prices are entries and which targets, and which side it is.
 * Keeps: what is said outweighs what is inferred, and a contradiction of the two is refused; prices keep the order of the
 * text.
 */
import type { Side } from '../instrument/side.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { Bucket, Fields, PriceRead } from './fields.js';
import type { Refusal, RefusalCode, SignalField } from './refusals.js';
import { type DecimalMark, settleNumbers } from './settle-numbers.js';
import type { Span } from './token.js';

export interface PricePoint {
  readonly price: DecimalText;
  readonly span: Span;
  readonly percent: DecimalText | null;
  readonly isPercentAside: boolean;
  readonly isRangeEnd: boolean;
  readonly isHit: boolean;
  readonly nth: number | null;
}

export interface Call {
  readonly side: Side | null;
  readonly isSideImplied: boolean;
  readonly sideSpan: Span | null;
  readonly entries: readonly PricePoint[];
  readonly targets: readonly PricePoint[];
  readonly stop: PricePoint | null;
  readonly refusals: readonly Refusal[];
}

/** Any two prices of one message. */
const FARTHEST = Decimal.of('10');

/** `symbolAt` is the token of the pair, if there is one. */
export function resolve(fields: Fields, text: string, mark: DecimalMark, symbolAt: number | null): Call {
  const settled = settleNumbers(fields.prices, mark);
  const refusals: Refusal[] = [];
  const refuse = (code: RefusalCode, field: SignalField, span: Span | null = null): void => {
    refusals.push({ code, field, span, text: span === null ? '' : text.slice(span[0], span[1]) });
  };
  const said = sideOf(fields);
  const { entries, targets } = share(settled.prices, said.side, fields, symbolAt);
  const stops = distinct(settled.prices.filter(({ bucket }) => bucket === 'STOP'));
  const used = new Set([...entries, ...targets, ...stops]);
  for (const price of settled.unclear) if (used.has(price)) refuse('UNCLEAR_NUMBER', fieldOf(price.bucket), price.span);
  for (const price of used) if (price.value === null) refuse('UNCLEAR_NUMBER', fieldOf(price.bucket), price.span);
  if (said.isBoth) refuse('BOTH_SIDES', 'side', said.span);
  if (stops.length > 1) refuse('SEVERAL_STOPS', 'stop', stops[1]?.span ?? null);
  const points = {
    entries: entries.flatMap(pointOf),
    targets: distinct(targets).flatMap(pointOf),
    stop: stops.flatMap(pointOf)[0] ?? null,
  };
  const implied = said.side === null && !said.isBoth ? impliedSide(points) : null;
  const side = said.side ?? implied ?? said.order;
  if (side !== null) checkSides(points, side, refuse);
  checkDistances(points, refuse);
  return { ...points, side, isSideImplied: said.side === null && side !== null, sideSpan: said.span, refusals };
}

function pointOf({ value, ...rest }: PriceRead): PricePoint[] {
  return value === null || !Decimal.of(value).isPositive ? [] : [{ ...rest, price: value }];
}

const fieldOf = (bucket: Bucket): SignalField =>
  bucket === 'TARGET' ? 'targets' : bucket === 'STOP' ? 'stop' : 'entry';

/** One of each price. */
function distinct(prices: readonly PriceRead[]): PriceRead[] {
  const seen = new Set<string | null>();
  return prices.filter(({ value }) => !seen.has(value) && seen.add(value));
}

interface SaidSide {
  readonly side: Side | null;
  readonly isBoth: boolean;
  readonly span: Span | null;
  /** What BUY or SELL says where nothing says more. */
  readonly order: Side | null;
}

/** LONG and SHORT before BUY and SELL, mentions where sides stand before those in sentences. */
function sideOf({ sides, prices }: Fields): SaidSide {
  const nothing = { side: null, isBoth: false, span: null, order: null };
  for (const isPlain of [true, false]) {
    const words = sides.filter((mention) => !mention.isOrder && mention.isPlain === isPlain);
    const first = words[0];
    if (first === undefined) continue;
    const isBoth = words.some(({ side }) => side !== first.side);
    return { ...nothing, side: isBoth ? null : first.side, isBoth, span: first.span };
  }
  const orders = sides.filter(({ isOrder }) => isOrder);
  const first = orders[0];
  if (first === undefined) return nothing;
  const isOne = orders.every(({ side }) => side === first.side);
  // "Buy … Sell …" are the entries and the targets of a long; prices tell whether it is so.
  const labels = prices.some(({ bucket }) => bucket === 'SELL') && prices.some(({ bucket }) => bucket === 'TARGET');
  if (isOne) {
    const isTargetsOnly = first.side === 'SHORT' && !labels && prices.some(({ bucket }) => bucket === 'SELL');
    const isEntered = prices.some(({ bucket }) => bucket === 'ENTRY');
    if (isTargetsOnly && isEntered) return { ...nothing, order: null };
    return { ...nothing, side: first.side, span: first.span };
  }
  const isLong = prices.some(({ bucket }) => bucket === 'BUY') && prices.some(({ bucket }) => bucket === 'SELL');
  return { ...nothing, order: isLong ? 'LONG' : first.side, span: first.span };
}

interface Shares {
  readonly entries: readonly PriceRead[];
  readonly targets: readonly PriceRead[];
}

/** Prices behind BUY, SELL and the side are entries or targets by what else is there. */
function share(prices: readonly PriceRead[], side: Side | null, fields: Fields, symbolAt: number | null): Shares {
  const of = (...buckets: Bucket[]) => prices.filter(({ bucket }) => buckets.includes(bucket));
  const [buy, sell, labelled] = [of('BUY'), of('SELL'), of('TARGET')];
  let entries = of('ENTRY', 'AVERAGING');
  if (entries.length === 0 && of('SIDE').length > 0) entries = of('SIDE');
  let from: Bucket = 'ENTRY';
  if (entries.length === 0) {
    const isSold = buy.length === 0 || (side === 'SHORT' && sell.length > 0 && labelled.length === 0);
    const isEntry = isSold && sell.length > 0 && (labelled.length > 0 || side === 'SHORT' || buy.length > 0);
    from = isEntry ? 'SELL' : 'BUY';
    entries = isEntry ? sell : buy;
  }
  if (entries.length === 0) entries = of('NOW').slice(0, 1);
  if (entries.length === 0)
    entries = loose(fields, of('LOOSE'), labelled.length > 0 && of('STOP').length > 0 ? symbolAt : null);
  if (labelled.length > 0) return { entries, targets: labelled };
  return { entries, targets: from === 'SELL' ? buy : sell };
}

/** `BTC LONG 65000`: alone and close to the side, or behind the pair where targets and a stop follow. */
function loose(fields: Fields, prices: readonly PriceRead[], symbolAt: number | null): PriceRead[] {
  const side = fields.sides[0];
  if (prices.length === 0 || prices.length > 2) return [];
  const isClose = (at: number): boolean => {
    const isBehind = symbolAt !== null && at > symbolAt && at - symbolAt <= 7;
    return isBehind || (side !== undefined && Math.abs(at - side.at) <= 4);
  };
  return prices.every(({ at }) => isClose(at)) ? [...prices] : [];
}

type Points = Pick<Call, 'entries' | 'targets' | 'stop'>;

const exact = ({ price }: PricePoint): Decimal => Decimal.of(price);

/** By where targets lie, and the stop. */
function impliedSide({ entries, targets, stop }: Points): Side | null {
  const entry = entries[0];
  if (entry === undefined) {
    if (stop === null || targets[0] === undefined) return null;
    return exact(targets[0]).gt(exact(stop)) ? 'LONG' : 'SHORT';
  }
  const [above, below] = [
    targets.length > 0 && targets.every((target) => exact(target).gt(exact(entry))),
    targets.length > 0 && targets.every((target) => exact(target).lt(exact(entry))),
  ];
  const isStopBelow = stop === null ? null : exact(stop).lt(exact(entry));
  if (above && isStopBelow !== false) return 'LONG';
  if (below && isStopBelow !== true) return 'SHORT';
  if (targets.length === 0 && isStopBelow !== null) return isStopBelow ? 'LONG' : 'SHORT';
  return null;
}

/** The entry that is reached first. */
export function nearest(entries: readonly PricePoint[], side: Side): PricePoint | undefined {
  const isNearer = (a: PricePoint, b: PricePoint) => (side === 'LONG' ? exact(a).gt(exact(b)) : exact(a).lt(exact(b)));
  return entries.reduce<PricePoint | undefined>(
    (best, entry) => (best === undefined || isNearer(entry, best) ? entry : best),
    undefined,
  );
}

type Refuse = (code: RefusalCode, field: SignalField, span?: Span | null) => void;

function checkSides({ entries, targets, stop }: Points, side: Side, refuse: Refuse): void {
  const isBeyond = (a: Decimal, b: Decimal) => (side === 'LONG' ? a.gt(b) : a.lt(b));
  const wrongStop = stop !== null && entries.some((entry) => !isBeyond(exact(entry), exact(stop)));
  const first = nearest(entries, side);
  const wrong = first === undefined ? undefined : targets.find((target) => !isBeyond(exact(target), exact(first)));
  const isOtherSide = wrongStop && targets.length > 0 && wrong !== undefined;
  if (isOtherSide) return refuse('SIDE_AGAINST_PRICES', 'side', stop.span);
  if (wrongStop) refuse('STOP_ON_WRONG_SIDE', 'stop', stop.span);
  if (wrong !== undefined) refuse('TARGET_ON_WRONG_SIDE', 'targets', wrong.span);
  if (first !== undefined || stop === null) return;
  const crossed = targets.find((target) => !isBeyond(exact(target), exact(stop)));
  if (crossed !== undefined) refuse('TARGET_ON_WRONG_SIDE', 'targets', crossed.span);
}

function checkDistances({ entries, targets, stop }: Points, refuse: Refuse): void {
  const all = [...entries, ...targets, ...(stop === null ? [] : [stop])];
  const first = all[0];
  if (first === undefined) return;
  const far = all.find((point) => {
    const [a, b] = [exact(point), exact(first)];
    return a.gt(b.times(FARTHEST)) || b.gt(a.times(FARTHEST));
  });
  if (far === undefined) return;
  refuse('PRICES_FAR_APART', entries.includes(far) ? 'entry' : far === stop ? 'stop' : 'targets', far.span);
}
