/**
 * A resolved plan applied to one signal and the market of the moment: which orders, at which prices, under which rules.
 * Keeps: pure and without quantities, so that all followers with the same plan share the answer; every price is a
 * multiple of the tick; orders beyond the stop are left out and their share goes to the others; what cannot be traded as
 * planned is refused with its reason, never bent.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { EntryType, Side } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { asPercent, roundToStep } from '../money/money.js';
import { AVERAGE_PRICE_SCALE } from '../pnl/pnl.js';
import { hasFallenTo, hasReached, moved } from '../position/prices.js';
import { entryMode } from '../sizing/entry-mode.js';
import { weightsOf } from '../sizing/ladder.js';
import type { PlanValues, StopRuleText } from './plan-fields.js';
import type { PositionPlan, StopRule } from './position-plan.js';

/** What the signal itself says. */
export interface SignalPrices {
  readonly symbol: string;
  readonly side: Side;
  readonly entry: Decimal;
  readonly stopLoss: Decimal;
  readonly targets: readonly Decimal[];
}

export interface EntryLeg {
  readonly price: Decimal;
  /** Of the whole size, in percent. */
  readonly share: Decimal;
}

export interface SafetyOrder {
  readonly price: Decimal;
  /** Size in units of the whole entry. */
  readonly factor: Decimal;
}

export interface Layout {
  readonly entryType: EntryType;
  readonly legs: readonly EntryLeg[];
  readonly safety: readonly SafetyOrder[];
  /** Average price if every entry fills, rounded half-even to 12 places. */
  readonly plannedEntry: Decimal;
  readonly stopLoss: Decimal | null;
  readonly targets: readonly Decimal[];
  /** Seconds; null when entries wait for ever. */
  readonly entryExpiresAfter: number | null;
  /** USDT of margin for entries and safety orders together. */
  readonly maxInvestment: Decimal | null;
  /** Highest leverage that a layer of the plan named. */
  readonly leverage: number | null;
  readonly plan: PositionPlan;
}

export const LAYOUT_REFUSALS = [
  'PRICE_BEYOND_STOP',
  'PRICE_BEYOND_TARGET',
  'PRICE_DEVIATION',
  'NO_PRICE',
  'STOP_ON_WRONG_SIDE',
  'TARGETS_ON_WRONG_SIDE',
] as const;
export type LayoutRefusal = (typeof LAYOUT_REFUSALS)[number];

export interface LayoutQuestion {
  readonly signal: SignalPrices;
  readonly values: PlanValues;
  readonly rules: InstrumentRules;
  /** Current price; undefined while the symbol has none. */
  readonly market: Decimal | undefined;
  /** How much worse than its entry an AUTO entry at market may be, in percent. */
  readonly tolerancePercent: Decimal;
}

const PERCENT_SCALE = 8;

export function layOut(question: LayoutQuestion): Layout | { readonly refusal: LayoutRefusal } {
  const { signal, values, rules } = question;
  const tick = Decimal.of(rules.tickSize);
  const entries = entriesOf(question, tick);
  if ('refusal' in entries) return entries;
  const { entryType } = entries;
  const base = averageOf(entries.legs);
  const stopLoss = stopOf(question, base, tick);
  const legs = withinStop(entries.legs, signal.side, stopLoss);
  if (legs.length === 0 || stopLoss?.isPositive === false) return { refusal: 'STOP_ON_WRONG_SIDE' };
  if (stopLoss !== null && question.market !== undefined && hasFallenTo(signal.side, question.market, stopLoss)) {
    return { refusal: 'PRICE_BEYOND_STOP' };
  }
  const plannedEntry = averageOf(legs);
  const targets = targetsOf(question, plannedEntry, stopLoss, tick);
  if (!rises(signal.side, targetFloor(question, legs, plannedEntry), targets)) {
    return { refusal: 'TARGETS_ON_WRONG_SIDE' };
  }
  const safety = safetyOf(question, plannedEntry, stopLoss, tick);
  return {
    entryType,
    legs,
    safety,
    plannedEntry,
    stopLoss,
    targets,
    entryExpiresAfter: values['entry.expires_after'],
    maxInvestment:
      values['safety.max_investment_usdt'] === null ? null : Decimal.of(values['safety.max_investment_usdt']),
    leverage: values['margin.leverage'],
    plan: positionPlan(question, plannedEntry, targets, safety, entryType),
  };
}

interface Entries {
  readonly entryType: EntryType;
  readonly legs: readonly EntryLeg[];
}

type EntriesOrRefusal = Entries | { readonly refusal: LayoutRefusal };

function entriesOf(question: LayoutQuestion, tick: Decimal): EntriesOrRefusal {
  const { signal, values, market } = question;
  const prices = values['entry.prices']?.map((price) => roundToStep(Decimal.of(price), tick));
  const entry = prices?.[0] ?? signal.entry;
  switch (values['entry.kind']) {
    case 'AUTO':
      return autoEntry(question);
    case 'MARKET':
      return marketEntry(question, entry);
    case 'CHASE':
      return chasedEntry(question, entry, tick);
    case 'BREAKOUT':
      return market !== undefined && hasReached(signal.side, market, entry)
        ? marketEntry(question, entry)
        : { entryType: 'BREAKOUT', legs: [whole(entry)] };
    case 'LIMIT':
      return { entryType: 'LIMIT', legs: [whole(entry)] };
    case 'LADDER':
      return { entryType: 'LIMIT', legs: shared(prices ?? [entry], values['entry.shares'] ?? [], signal.side) };
    case 'ZONE':
      return { entryType: 'LIMIT', legs: zone(prices ?? [entry], values['entry.zone_orders'], signal.side, tick) };
  }
}

const whole = (price: Decimal): EntryLeg => ({ price, share: Decimal.HUNDRED });

function autoEntry(question: LayoutQuestion): EntriesOrRefusal {
  const { signal, market, tolerancePercent } = question;
  const { side, entry, stopLoss } = signal;
  const mode = entryMode(
    { side, entry, stopLoss, firstTarget: signal.targets[0] as Decimal, tolerancePercent },
    market,
  );
  if (mode.type === 'REFUSED') return { refusal: mode.reason };
  if (mode.type === 'MARKET' && deviates(question, entry)) return { refusal: 'PRICE_DEVIATION' };
  return { entryType: mode.type, legs: [whole(mode.price)] };
}

function marketEntry(question: LayoutQuestion, entry: Decimal): EntriesOrRefusal {
  const { signal, market } = question;
  if (market === undefined) return { refusal: 'NO_PRICE' };
  if (deviates(question, entry)) return { refusal: 'PRICE_DEVIATION' };
  if (hasFallenTo(signal.side, market, signal.stopLoss)) return { refusal: 'PRICE_BEYOND_STOP' };
  if (hasReached(signal.side, market, signal.targets[0] as Decimal)) return { refusal: 'PRICE_BEYOND_TARGET' };
  return { entryType: 'MARKET', legs: [whole(market)] };
}

/** At market while the price is within the cap, else a limit order that waits at the cap. */
function chasedEntry(question: LayoutQuestion, entry: Decimal, tick: Decimal): EntriesOrRefusal {
  const { signal, values, market } = question;
  const cap = roundToStep(moved(signal.side, entry, Decimal.of(values['entry.chase_percent'])), tick);
  const isWithin = market !== undefined && hasFallenTo(signal.side, market, cap);
  return isWithin ? marketEntry(question, entry) : { entryType: 'LIMIT', legs: [whole(cap)] };
}

function deviates({ values, market }: LayoutQuestion, entry: Decimal): boolean {
  const most = values['entry.max_deviation_percent'];
  if (most === null || market === undefined) return false;
  return asPercent(market.minus(entry).abs(), entry, PERCENT_SCALE).gt(Decimal.of(most));
}

/**
 * Nearest to the market first: the highest price of a long. Shares that were written for another number of prices cannot be
 * applied: even then, so that together they never pass the whole.
 */
function shared(prices: readonly Decimal[], shares: readonly string[], side: Side): EntryLeg[] {
  const even = Decimal.HUNDRED.dividedBy(Decimal.ofInteger(prices.length), PERCENT_SCALE, 'floor');
  const isMeant = shares.length === prices.length;
  const legs = prices.map((price, index) => {
    const share = isMeant ? shares[index] : undefined;
    return { price, share: share === undefined ? even : Decimal.of(share) };
  });
  return legs.sort((a, b) => (side === 'LONG' ? b.price.compare(a.price) : a.price.compare(b.price)));
}

function zone(ends: readonly Decimal[], orders: number, side: Side, tick: Decimal): EntryLeg[] {
  const [from, to] = [ends[0] as Decimal, ends.at(-1) as Decimal];
  const steps = Decimal.ofInteger(orders - 1);
  const prices = Array.from({ length: orders }, (_, index) => {
    const distance = to.minus(from).times(Decimal.ofInteger(index)).dividedBy(steps, AVERAGE_PRICE_SCALE, 'half_even');
    return roundToStep(from.plus(distance), tick);
  });
  const distinct = prices.filter((price, index) => prices.findIndex((other) => other.eq(price)) === index);
  return shared(distinct, [], side);
}

/** Legs at or beyond the stop are left out; the others take their share. */
function withinStop(legs: readonly EntryLeg[], side: Side, stop: Decimal | null): EntryLeg[] {
  if (stop === null) return [...legs];
  const kept = legs.filter(({ price }) => !hasFallenTo(side, price, stop));
  if (kept.length === legs.length || kept.length === 0) return kept;
  const total = Decimal.sum(kept.map(({ share }) => share));
  return kept.map(({ price, share }) => ({
    price,
    share: share.times(Decimal.HUNDRED).dividedBy(total, PERCENT_SCALE, 'floor'),
  }));
}

/** Average of prices for sizes that are shares of an amount of money: Σ share ÷ Σ (share ÷ price). */
function averageOf(legs: readonly EntryLeg[]): Decimal {
  const [first] = legs;
  if (legs.length === 1 && first !== undefined) return first.price;
  const amount = Decimal.sum(legs.map(({ share }) => share));
  const units = Decimal.sum(legs.map(({ share, price }) => share.dividedBy(price, 24, 'half_even')));
  return amount.dividedBy(units, AVERAGE_PRICE_SCALE, 'half_even');
}

/** What of a question says where stop and targets are. */
export type PriceQuestion = Pick<LayoutQuestion, 'values'> & {
  readonly signal: Pick<SignalPrices, 'side' | 'stopLoss' | 'targets'>;
};

/** The stop of a trade that is entered at `base`; null where the plan has none, on purpose. */
export function stopOf({ signal, values }: PriceQuestion, base: Decimal, tick: Decimal): Decimal | null {
  const value = values['stop.value'];
  if (values['stop.unit'] === 'NONE') return null;
  if (value === null) return signal.stopLoss;
  if (values['stop.unit'] === 'PRICE') return roundToStep(Decimal.of(value), tick);
  return roundToStep(moved(signal.side, base, Decimal.of(value).negated()), tick);
}

/** The targets of a trade that is entered at `entry`. */
export function targetsOf(
  { signal, values }: PriceQuestion,
  entry: Decimal,
  stop: Decimal | null,
  tick: Decimal,
): readonly Decimal[] {
  const written = values['targets.values'];
  if (written === null) return signal.targets;
  const risk = entry.minus(stop ?? signal.stopLoss).abs();
  return written.map((text) => {
    const value = Decimal.of(text);
    if (values['targets.unit'] === 'PRICE') return roundToStep(value, tick);
    if (values['targets.unit'] === 'PERCENT') return roundToStep(moved(signal.side, entry, value), tick);
    const distance = risk.times(value);
    return roundToStep(signal.side === 'LONG' ? entry.plus(distance) : entry.minus(distance), tick);
  });
}

/**
 * What the targets must lie beyond: every entry that may be the only one to fill. Targets that follow the average move
 * with what has filled.
 */
function targetFloor({ values }: LayoutQuestion, legs: readonly EntryLeg[], plannedEntry: Decimal): Decimal {
  return values['targets.anchor'] === 'AVERAGE' ? plannedEntry : (legs[0] as EntryLeg).price;
}

function rises(side: Side, entry: Decimal, targets: readonly Decimal[]): boolean {
  return targets.every((target, index) => {
    const floor = index === 0 ? entry : (targets[index - 1] as Decimal);
    return target.isPositive && hasReached(side, target, floor) && !target.eq(floor);
  });
}

/** Each level lies a distance behind the one before it; levels at or beyond the stop, or at zero, are left out. */
function safetyOf(question: LayoutQuestion, entry: Decimal, stop: Decimal | null, tick: Decimal): SafetyOrder[] {
  const { signal, values } = question;
  if (values['safety.symbols_off'].includes(signal.symbol)) return [];
  const orders: SafetyOrder[] = [];
  let price = entry;
  let distance = Decimal.of(values['safety.step_percent']);
  let factor = Decimal.of(values['safety.size_multiplier']);
  for (let level = 0; level < values['safety.levels']; level += 1) {
    const before = price;
    price = roundToStep(moved(signal.side, price, distance.negated()), tick);
    if (!price.isPositive || price.eq(before)) break;
    if (stop !== null && hasFallenTo(signal.side, price, stop)) break;
    orders.push({ price, factor });
    distance = distance.times(Decimal.of(values['safety.step_multiplier'])).rounded(PERCENT_SCALE, 'half_even');
    factor = factor.times(Decimal.of(values['safety.size_multiplier'])).rounded(PERCENT_SCALE, 'half_even');
  }
  return orders;
}

function positionPlan(
  question: LayoutQuestion,
  entry: Decimal,
  targets: readonly Decimal[],
  safety: readonly SafetyOrder[],
  entryType: EntryType,
): PositionPlan {
  const { values, rules } = question;
  const own = values['safety.take_profit_percents'] ?? [];
  const deviation = optional(values['entry.max_deviation_percent']);
  return {
    entryTrigger: entryType === 'BREAKOUT' ? 'BREAKOUT' : 'LIMIT',
    cancelAtTarget: values['entry.cancel_at_target'],
    ...(entryType === 'BREAKOUT' && deviation !== null ? { maxDeviation: deviation } : {}),
    weights: weightsFor(values, targets.length),
    targetAnchor: values['targets.anchor'],
    targetPercents: percentsFrom(entry, targets),
    stopRules: stopRulesOf(values),
    trailingTakeProfit: optional(values['targets.trailing_percent']),
    safetyLevels: safety.map((_, level) => ({ takeProfitPercent: optional(own[level] ?? null) })),
    exitAfterSeconds: values['exit.after'],
    onOpposite: values['exit.on_opposite_signal'],
    instrument: {
      tickSize: rules.tickSize,
      lotStep: rules.lotStep,
      minQty: rules.minQty,
      minNotional: rules.minNotional,
    },
  };
}

/** The share of each of `targets` targets in the ladder. */
export function weightsFor(values: PlanValues, targets: number): readonly number[] {
  const shares = (values['targets.shares'] ?? []).map((share) => Decimal.of(share));
  return weightsOf(splitFor(values, targets), targets, shares);
}

/** The distances of targets from an entry, in percent. */
export function percentsFrom(entry: Decimal, targets: readonly Decimal[]): readonly Decimal[] {
  return targets.map((target) => asPercent(target.minus(entry).abs(), entry, PERCENT_SCALE));
}

export function stopRulesOf(values: PlanValues): readonly StopRule[] {
  return values['stop.rules'].map(stopRule);
}

/** Shares that were written for another number of targets cannot be applied: even then. */
function splitFor(values: PlanValues, targets: number): PlanValues['targets.split'] {
  const isMeant = values['targets.split'] !== 'SHARES' || values['targets.shares']?.length === targets;
  return isMeant ? values['targets.split'] : 'EVEN';
}

const optional = (text: string | null): Decimal | null => (text === null ? null : Decimal.of(text));

function stopRule(text: StopRuleText): StopRule {
  return {
    action: text.action,
    trigger:
      text.at_target === undefined ? { percent: Decimal.of(text.at_percent ?? '0') } : { target: text.at_target },
    percent: optional(text.percent ?? null),
  };
}
