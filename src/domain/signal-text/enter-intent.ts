/**
 * The intent of a call that a message makes, with what its source leaves unsaid.
 * Keeps: prices as they stand in the text; shares only where every price has one and they make a hundred.
 */
import { splitSymbol } from '../instrument/instrument.js';
import type { Side } from '../instrument/side.js';
import type { EnterIntent } from '../intent/intent.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { PlanSpec } from '../plan/parse-plan.js';
import type { Fields } from './fields.js';
import { type Call, nearest, type PricePoint } from './resolve.js';
import type { TextProfile } from './text-profile.js';

const MOST_ENTRIES = 10;
const SATOSHI = Decimal.of('0.00000001');
const SATOSHI_QUOTES = new Set(['BTC', 'ETH', 'BNB']);

export function enterIntent(symbol: string, side: Side, call: Call, fields: Fields, profile: TextProfile): EnterIntent {
  const scale = scaleOf(symbol, call);
  const targets = ladder(call.targets.map(scale), side);
  const entry = nearest(call.entries, side);
  const stopPercent = fields.stopPercents[0]?.value ?? (call.stop === null ? profile.stopPercent : null);
  const leverages = fields.leverage.map(({ value }) => value);
  return {
    kind: 'ENTER',
    symbol,
    side,
    entry: entry === undefined ? null : scale(entry),
    stopLoss: call.stop === null ? null : scale(call.stop),
    targets,
    tradeType: fields.isSpot ? 'SPOT' : profile.tradeType,
    leverage: leverages.length > 0 ? Math.max(...leverages) : profile.leverage,
    confidence: fields.confidence,
    plan: {
      ...entryPlan(call, fields, side, scale),
      ...targetPlan(call, fields, profile, targets.length),
      ...(call.stop === null && stopPercent !== null ? { 'stop.unit': 'PERCENT', 'stop.value': stopPercent } : {}),
      ...(fields.stopRules.length === 0 ? {} : { 'stop.rules': fields.stopRules }),
      ...(fields.trailingTakeProfit === null ? {} : { 'targets.trailing_percent': fields.trailingTakeProfit }),
      ...(fields.marginMode === null ? {} : { 'margin.mode': fields.marginMode }),
    },
    meta: metaOf(fields, leverages),
    ref: fields.ref,
  };
}

type Scale = (point: PricePoint) => DecimalText;

/** Whole numbers of a pair that is quoted in a coin are satoshis. */
function scaleOf(symbol: string, { entries, targets, stop }: Call): Scale {
  const prices = [...entries, ...targets, ...(stop === null ? [] : [stop])].map(({ price }) => price);
  const quote = splitSymbol(symbol)?.quote ?? '';
  const isShort = SATOSHI_QUOTES.has(quote) && prices.every((price) => !price.includes('.'));
  return ({ price }) => (isShort ? Decimal.of(price).times(SATOSHI).toString() : price);
}

/** Nearest first, one of each. */
function ladder(prices: readonly DecimalText[], side: Side): DecimalText[] {
  const sorted = [...new Set(prices)].sort((a, b) => Decimal.of(a).compare(Decimal.of(b)));
  return side === 'LONG' ? sorted : sorted.reverse();
}

/** A long above, or a short below, what the price is now. */
export function isBreakoutOf({ breakout }: Fields, side: Side): boolean {
  return breakout === (side === 'LONG' ? 'ABOVE' : 'BELOW');
}

function entryPlan({ entries }: Call, fields: Fields, side: Side, scale: Scale): PlanSpec {
  const first = entries[0];
  if (first === undefined) return fields.isMarket ? { 'entry.kind': 'MARKET' } : {};
  if (entries.length === 1) {
    return isBreakoutOf(fields, side) ? { 'entry.kind': 'BREAKOUT', 'entry.prices': [scale(first)] } : {};
  }
  const prices = ladder(entries.map(scale), side === 'LONG' ? 'SHORT' : 'LONG').slice(0, MOST_ENTRIES);
  if (prices.length < 2) return {};
  const isZone = prices.length === 2 && fields.isZone;
  if (isZone) return { 'entry.kind': 'ZONE', 'entry.prices': prices };
  const shares = inProportion(prices.map((price) => entries.find((entry) => scale(entry) === price)?.percent ?? null));
  return { 'entry.kind': 'LADDER', 'entry.prices': prices, ...(shares === null ? {} : { 'entry.shares': shares }) };
}

function targetPlan({ targets }: Call, fields: Fields, profile: TextProfile, count: number): PlanSpec {
  if (count > 0) {
    const shares = targets.map(({ percent }) => percent);
    const isShared = isHundred(shares) && shares.length === count;
    return isShared ? { 'targets.split': 'SHARES', 'targets.shares': shares } : {};
  }
  const said = fields.targetPercents.map(({ value }) => value);
  const percents = said.length > 0 ? said : profile.targetPercents;
  return percents === null ? {} : { 'targets.unit': 'PERCENT', 'targets.values': percents };
}

/** Percent of a deposit, or of the trade: a hundred together. Null where not every price has some. */
function inProportion(percents: readonly (DecimalText | null)[]): DecimalText[] | null {
  const given = percents.flatMap((percent) => (percent === null ? [] : [Decimal.of(percent)]));
  const sum = Decimal.sum(given);
  if (given.length !== percents.length || given.some((percent) => !percent.isPositive)) return null;
  const shares = given.slice(1).map((percent) => percent.times(Decimal.HUNDRED).dividedBy(sum, 2, 'floor'));
  return [Decimal.HUNDRED.minus(Decimal.sum(shares)), ...shares].map(String);
}

function isHundred(shares: readonly (DecimalText | null)[]): shares is readonly DecimalText[] {
  if (shares.length === 0 || shares.some((share) => share === null)) return false;
  return Decimal.sum(shares.map((share) => Decimal.of(share as string))).eq(Decimal.HUNDRED);
}

function metaOf(fields: Fields, leverages: readonly number[]): Record<string, unknown> {
  const [low, high] = [Math.min(...leverages), Math.max(...leverages)];
  return {
    ...(leverages.length > 1 && low < high ? { leverage_min: low } : {}),
    ...(fields.riskPercent === null ? {} : { risk_percent: fields.riskPercent }),
    ...(fields.amountPercent === null ? {} : { amount_percent: fields.amountPercent }),
    ...(fields.timeframe === null ? {} : { timeframe: fields.timeframe }),
    ...(fields.exchanges.length === 0 ? {} : { exchanges: fields.exchanges.slice(0, 10) }),
    ...(fields.stopPercents.length > 1 ? { stop_percents: fields.stopPercents.map(({ value }) => value) } : {}),
  };
}
