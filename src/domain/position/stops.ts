/**
 * Where the stop of a position lies and how its plan moves it.
 * Keeps: a stop only ever moves toward profit; it always covers all that remains, because it has no quantity of its own;
 * prices are rounded to the tick that protects more for fixed stops, and to the tick behind the price for trailing ones.
 *
 * Break-even (long) = cost × (1 + f) ÷ (quantity × (1 − f)), f the taker fee: closing there pays back both fees.
 */
import { Decimal } from '../money/decimal.js';
import type { StopRule } from '../plan/position-plan.js';
import { AVERAGE_PRICE_SCALE } from '../pnl/pnl.js';
import { better, hasFallenTo, hasReached, moved, tickTowardLoss, tickTowardProfit } from './prices.js';
import type { FeeRates, LogEntry, PositionChange, PositionState, Trail } from './position.js';

const PERCENT = Decimal.of('0.01');

/** What stands between the position and its loss now; null without any. */
export function effectiveStop(position: Pick<PositionState, 'side' | 'stopLoss' | 'trail' | 'plan'>): Decimal | null {
  const { side, stopLoss, trail } = position;
  if (trail === null) return stopLoss;
  const behind = trailStop(position, trail);
  return stopLoss === null ? behind : better(side, stopLoss, behind);
}

function trailStop(position: Pick<PositionState, 'side' | 'plan'>, trail: Trail): Decimal {
  const level = moved(position.side, trail.peak, trail.percent.negated());
  return tickTowardLoss(position.side, level, Decimal.of(position.plan.instrument.tickSize));
}

/** Whether it is the trailing take-profit, not a stop, that closes at `price`. */
export function isTakeProfitExit(position: PositionState, price: Decimal): boolean {
  const { side, stopLoss, trail } = position;
  if (trail === null || !trail.takesProfit) return false;
  const byTrail = hasFallenTo(side, price, trailStop(position, trail));
  return byTrail && (stopLoss === null || better(side, stopLoss, trailStop(position, trail)) !== stopLoss);
}

/** The position with the best price since its trail began; the same when it is no better. */
export function withPeak(position: PositionState, peak: Decimal): PositionState {
  const { trail, side } = position;
  if (trail === null || !hasReached(side, peak, trail.peak) || peak.eq(trail.peak)) return position;
  return { ...position, trail: { ...trail, peak } };
}

/** Price in profit, in percent of the average entry, at which a rule's percent trigger acts. */
export function triggerPrice(position: Pick<PositionState, 'side' | 'entryPrice'>, percent: Decimal): Decimal {
  return moved(position.side, position.entryPrice, percent);
}

/** Stop rules with a percent trigger that have not acted yet. */
export function waitingPercentRules(
  position: Pick<PositionState, 'side' | 'entryPrice' | 'rulesFired' | 'plan'>,
): { index: number; price: Decimal }[] {
  return position.plan.stopRules.flatMap((rule, index) => {
    if (!('percent' in rule.trigger) || (position.rulesFired & (1 << index)) !== 0) return [];
    return [{ index, price: triggerPrice(position, rule.trigger.percent) }];
  });
}

/** Applies the percent triggers that `price` has reached. */
export function rulesAtPrice(change: PositionChange, price: Decimal, fees: FeeRates, at: Date): PositionChange {
  let result = change;
  for (const { index, price: level } of waitingPercentRules(change.after)) {
    if (!hasReached(result.after.side, price, level)) continue;
    const rule = result.after.plan.stopRules[index] as StopRule;
    const fired = { ...result.after, rulesFired: result.after.rulesFired | (1 << index) };
    result = act({ ...result, after: fired }, rule, { target: 0, price: level, market: price }, fees, at);
  }
  return result;
}

/**
 * Applies the rules that the targets from `from` to `to` (1-based, just hit) set off. `price` is the market. A trial also
 * moves the stop to where the market has been already.
 */
export function rulesAtTargets(
  change: PositionChange,
  from: number,
  to: number,
  price: Decimal,
  fees: FeeRates,
  at: Date,
  isTrial = false,
): PositionChange {
  let result = change;
  for (let target = from; target <= to; target += 1) {
    for (const rule of result.after.plan.stopRules) {
      if (!('target' in rule.trigger) || !isDue(rule, rule.trigger.target, target)) continue;
      const level = result.after.targetPrices[target - 1] as Decimal;
      result = act(result, rule, { target, price: level, market: price, isTrial }, fees, at);
    }
  }
  return result;
}

/** Moving stops follow every target from their trigger on; the others act once, at it. */
function isDue(rule: StopRule, trigger: number, target: number): boolean {
  const follows =
    rule.action === 'MOVING_TARGET' || rule.action === 'MOVING_2_TARGET' || rule.action === 'BELOW_TRIGGER';
  return follows ? target >= trigger : target === trigger;
}

interface Occasion {
  /** The target hit, 1-based; 0 for a percent trigger. */
  readonly target: number;
  /** The trigger's own price. */
  readonly price: Decimal;
  readonly market: Decimal;
  /** The stop may go where the market has been already: for who asks what would come of it. */
  readonly isTrial?: boolean;
}

function act(change: PositionChange, rule: StopRule, on: Occasion, fees: FeeRates, at: Date): PositionChange {
  const position = change.after;
  switch (rule.action) {
    case 'BREAKEVEN':
      return moveBehind(change, on, breakEven(position, fees), rule.action);
    case 'MOVING_TARGET':
      return moveBehind(change, on, targetBehind(position, on.target - 1), rule.action);
    case 'MOVING_2_TARGET':
      return moveBehind(change, on, targetBehind(position, on.target - 2), rule.action);
    case 'BELOW_TRIGGER':
      return moveBehind(change, on, behind(position, on.price, rule.percent as Decimal), rule.action);
    case 'BELOW_HIGHEST':
      return startTrail(change, { percent: rule.percent as Decimal, since: at, peak: on.market, takesProfit: false });
  }
}

/**
 * A stop that the market has already passed would be no protection but an exit at once, for whatever it brings: it stays
 * where it is. Happens where a target lies closer than the fees, or was reported while the market is elsewhere.
 */
function moveBehind(change: PositionChange, on: Occasion, price: Decimal | undefined, why: string): PositionChange {
  const isPassed = price !== undefined && hasFallenTo(change.after.side, on.market, price);
  if (isPassed && on.isTrial !== true) return change;
  return moveStop(change, price, why);
}

/** The price of target `number`; the average entry for 0, nothing below. */
function targetBehind(position: PositionState, number: number): Decimal | undefined {
  if (number < 0) return undefined;
  return number === 0 ? onTick(position, position.entryPrice) : position.targetPrices[number - 1];
}

function behind(position: PositionState, price: Decimal, percent: Decimal): Decimal {
  return onTick(position, moved(position.side, price, percent.negated()));
}

/** The tick that protects more. */
function onTick({ side, plan }: PositionState, price: Decimal): Decimal {
  return tickTowardProfit(side, price, Decimal.of(plan.instrument.tickSize));
}

export function breakEven(position: PositionState, fees: FeeRates): Decimal {
  const fee = fees.takerPercent.times(PERCENT);
  const [paid, kept] =
    position.side === 'LONG'
      ? [Decimal.ONE.plus(fee), Decimal.ONE.minus(fee)]
      : [Decimal.ONE.minus(fee), Decimal.ONE.plus(fee)];
  const price = position.cost
    .times(paid)
    .dividedBy(position.remainingQty.times(kept), AVERAGE_PRICE_SCALE, position.side === 'LONG' ? 'ceil' : 'floor');
  return onTick(position, price);
}

/** Moves the stop to `price` when that protects more than where it is; else the same change. */
export function moveStop(change: PositionChange, price: Decimal | undefined, why: string): PositionChange {
  const position = change.after;
  if (price === undefined || !price.isPositive || position.remainingQty.isZero) return change;
  const before = position.stopLoss;
  if (before !== null && !isTighter(position, price, before)) return change;
  const log: LogEntry = {
    type: 'STOP_MOVED',
    message: `Stop moved from ${before?.toString() ?? 'none'} to ${price.toString()} (${why.toLowerCase()})`,
    meta: { from: before?.toString() ?? null, to: price.toString(), why },
  };
  return { ...change, after: { ...position, stopLoss: price }, log: [...change.log, log] };
}

function isTighter(position: PositionState, price: Decimal, than: Decimal): boolean {
  return better(position.side, price, than) === price && !price.eq(than);
}

/** Starts to trail, or tightens a trail that is on; a take-profit that trails stays one. */
export function startTrail(change: PositionChange, trail: Trail): PositionChange {
  const position = change.after;
  const before = position.trail;
  const merged =
    before === null
      ? trail
      : {
          percent: Decimal.min(before.percent, trail.percent),
          since: before.since,
          peak: better(position.side, before.peak, trail.peak),
          takesProfit: before.takesProfit || trail.takesProfit,
        };
  const log: LogEntry = {
    type: 'TRAILING',
    message: `${merged.takesProfit ? 'Take-profit' : 'Stop'} trails ${merged.percent.toString()} % behind the best price`,
    meta: { percent: merged.percent.toString(), peak: merged.peak.toString() },
  };
  return { ...change, after: { ...position, trail: merged }, log: [...change.log, log] };
}
