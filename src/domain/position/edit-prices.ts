/**
 * The prices of an edit: the entry that waits, the targets, the stop.
 * Keeps: nothing that an edit moves may fire on the price of the moment: a stop stays behind it, targets and entries
 * before it; hit targets stay as they are; a stop only moves toward profit once something is held.
 */
import { Decimal } from '../money/decimal.js';
import { roundToStep } from '../money/money.js';
import { percentsFrom, stopOf, targetsOf, weightsFor } from '../plan/lay-out.js';
import type { PlanValues } from '../plan/plan-fields.js';
import { lotsToQty } from '../sizing/ladder.js';
import { apply, type Draft, type EditRefusal, type EditSituation, type PositionEdit, refuse } from './edit.js';
import { withRungs } from './ladder-of.js';
import { liquidationPriceOf } from './liquidation.js';
import { marginFor, openLegQty } from './legs.js';
import { better, hasFallenTo, hasReached, moved, tickTowardProfit } from './prices.js';
import type { PositionState } from './position.js';

const named = (edit: PositionEdit, ...fields: (keyof PlanValues)[]): boolean =>
  fields.some((field) => edit.plan?.[field] !== undefined);

/** The values with those of `fields` that the edit names. */
function valuesWith(draft: Draft, edit: PositionEdit, ...fields: (keyof PlanValues)[]): PlanValues | null {
  if (draft.values === null) return null;
  const given = fields.filter((field) => edit.plan?.[field] !== undefined);
  return { ...draft.values, ...Object.fromEntries(given.map((field) => [field, edit.plan?.[field]])) };
}

const tickOf = ({ plan }: PositionState): Decimal => Decimal.of(plan.instrument.tickSize);

/** The order keeps its notional or less, so that what is reserved for it suffices. */
export function editEntry(draft: Draft, edit: PositionEdit, { price }: EditSituation): Draft {
  const position = draft.change.after;
  const isNamed = named(edit, 'entry.prices');
  if (edit.entry === undefined && !isNamed) return draft;
  const prices = edit.plan?.['entry.prices'] ?? [];
  if (isNamed && prices.length !== 1) return refuse(draft, 'entry', 'ENTRY_IS_LAID_OUT');
  if (!isNamed && edit.by === 'signal' && (draft.values?.['entry.prices'] ?? null) !== null) {
    return refuse(draft, 'entry', 'OWN_PLAN');
  }
  const wanted = isNamed ? Decimal.of(prices[0] as string) : (edit.entry as Decimal);
  const entry = chased(position, draft.values, edit, wanted);
  const before = position.legPrices[0] as Decimal;
  if (entry.eq(before)) return draft;
  if (position.status !== 'PENDING') return refuse(draft, 'entry', 'ENTRY_ALREADY_FILLED');
  if (position.legPrices.length !== 1) return refuse(draft, 'entry', 'ENTRY_IS_LAID_OUT');
  const reason = entryRefusal(position, entry, edit, price);
  if (reason !== undefined) return refuse(draft, 'entry', reason);
  const lotStep = Decimal.of(position.plan.instrument.lotStep);
  const affordable = before.times(position.plannedQty).wholeTimes(entry.times(lotStep));
  const qty = Decimal.min(position.plannedQty, lotsToQty(affordable, lotStep));
  if (!qty.isPositive) return refuse(draft, 'entry', 'ENTRY_TOO_FAR');
  const atEntry = { ...position, legPrices: [entry], entryPrice: entry, legQtys: [qty], plannedQty: qty };
  const margin = marginFor(atEntry);
  const change = {
    ...draft.change,
    after: { ...withRungs(atEntry, qty), margin },
    marginDelta: draft.change.marginDelta.plus(margin).minus(position.margin),
  };
  const values = isNamed ? valuesWith(draft, edit, 'entry.prices') : draft.values;
  return apply(draft, { field: 'entry', from: before.toString(), to: entry.toString() }, { change, values });
}

/** A chased entry waits at its cap, not at the entry itself. */
function chased(position: PositionState, values: PlanValues | null, edit: PositionEdit, entry: Decimal): Decimal {
  if (edit.by === 'owner' || values?.['entry.kind'] !== 'CHASE') return entry;
  const cap = moved(position.side, entry, Decimal.of(values['entry.chase_percent']));
  return roundToStep(cap, tickOf(position));
}

function entryRefusal(
  position: PositionState,
  entry: Decimal,
  edit: PositionEdit,
  price: Decimal | undefined,
): EditRefusal | undefined {
  const { side, plan } = position;
  const stop = edit.stopLoss ?? position.stopLoss;
  if (stop !== null && hasReached(side, stop, entry)) return 'STOP_ON_WRONG_SIDE';
  const target = edit.targets?.[0] ?? (position.targetPrices[0] as Decimal);
  if (hasReached(side, entry, target)) return 'TARGETS_ON_WRONG_SIDE';
  if (price === undefined) return undefined;
  const isThere = plan.entryTrigger === 'BREAKOUT' ? hasReached(side, price, entry) : hasFallenTo(side, price, entry);
  return isThere ? 'ENTRY_BEYOND_PRICE' : undefined;
}

export function editTargets(draft: Draft, edit: PositionEdit, { price }: EditSituation): Draft {
  const position = draft.change.after;
  const isNamed = named(edit, 'targets.values', 'targets.unit');
  if (edit.targets === undefined && !isNamed) return draft;
  if (!isNamed && edit.by === 'signal' && (draft.values?.['targets.values'] ?? null) !== null) {
    return refuse(draft, 'targets', 'OWN_PLAN');
  }
  const values = valuesWith(draft, edit, 'targets.values', 'targets.unit');
  const targets = isNamed && values !== null ? plannedTargets(position, values, edit) : (edit.targets ?? []);
  const before = position.targetPrices;
  const isSame =
    targets.length === before.length && targets.every((target, index) => target.eq(before[index] as Decimal));
  if (isSame) return draft;
  const reason = targetsRefusal(position, draft.values, targets, price);
  if (reason !== undefined) return refuse(draft, 'targets', reason);
  const part = { field: 'targets', from: before.join(', '), to: targets.join(', ') };
  const after = withTargets(position, values, targets);
  return apply(draft, part, { change: { ...draft.change, after }, values: isNamed ? values : draft.values });
}

function plannedTargets(position: PositionState, values: PlanValues, edit: PositionEdit): readonly Decimal[] {
  const { side, entryPrice, stopLoss } = position;
  const signal = {
    side,
    stopLoss: edit.stopLoss ?? stopLoss ?? entryPrice,
    targets: edit.targets ?? position.targetPrices,
  };
  return targetsOf({ values, signal }, entryPrice, edit.stopLoss ?? stopLoss, tickOf(position));
}

function targetsRefusal(
  { side, status, entryPrice, targetPrices, targetHitAt, trail }: PositionState,
  values: PlanValues | null,
  targets: readonly Decimal[],
  price: Decimal | undefined,
): EditRefusal | undefined {
  if (trail?.takesProfit === true) return 'TARGETS_TRAIL';
  if (values === null && targets.length !== targetPrices.length) return 'TARGET_COUNT_IS_FIXED';
  const hits = targetHitAt.filter((hit) => hit !== null).length;
  const keepsHits = targetPrices.every((hit, index) => targetHitAt[index] === null || targets[index]?.eq(hit) === true);
  if (!keepsHits) return 'TARGET_ALREADY_HIT';
  if (targets.length <= hits) return 'NO_TARGET_LEFT';
  const rises = targets.every((target, index) => {
    const floor = index === 0 ? entryPrice : (targets[index - 1] as Decimal);
    return (targetHitAt[index] ?? null) !== null || (hasReached(side, target, floor) && !target.eq(floor));
  });
  if (!rises) return 'TARGETS_ON_WRONG_SIDE';
  const isBehind = status !== 'PENDING' && price !== undefined && hasReached(side, price, targets[hits] as Decimal);
  return isBehind ? 'TARGET_BEHIND_PRICE' : undefined;
}

function withTargets(position: PositionState, values: PlanValues | null, targets: readonly Decimal[]): PositionState {
  const { plan, targetQtys, targetHitAt } = position;
  const isCounted = targets.length === plan.weights.length;
  const isAnchored = plan.targetAnchor === 'AVERAGE';
  const next: PositionState = {
    ...position,
    targetPrices: targets,
    targetHitAt: targets.map((_, index) => targetHitAt[index] ?? null),
    targetQtys: targets.map((_, index) => targetQtys[index] ?? Decimal.ZERO),
    plan: {
      ...plan,
      weights: isCounted || values === null ? plan.weights : weightsFor(values, targets.length),
      targetPercents:
        isCounted && !isAnchored
          ? plan.targetPercents
          : percentsFrom(isAnchored ? position.entryPrice : (position.legPrices[0] as Decimal), targets),
    },
  };
  const same = isCounted && !isAnchored ? { ...next, plan } : next;
  return isCounted ? same : withRungs(same, laddered(same));
}

/** What the ladder shares: what is held, or all entries while nothing is. */
export function laddered(position: PositionState): Decimal {
  if (position.status !== 'PENDING') return position.remainingQty;
  return Decimal.sum(position.legQtys.slice(0, position.legQtys.length - position.safetyLegs));
}

export function editStop(draft: Draft, edit: PositionEdit, situation: EditSituation): Draft {
  const position = draft.change.after;
  const isNamed = named(edit, 'stop.value', 'stop.unit');
  if (edit.stopLoss === undefined && !isNamed) return draft;
  if (!isNamed && edit.by === 'signal' && (draft.values?.['stop.value'] ?? null) !== null) {
    return refuse(draft, 'stop_loss', 'OWN_PLAN');
  }
  const values = valuesWith(draft, edit, 'stop.value', 'stop.unit');
  const said = isNamed && values !== null ? plannedStop(position, values, edit) : (edit.stopLoss ?? null);
  const stop = edit.stopToEntry === true ? atEntry(position) : said;
  const before = position.stopLoss;
  if (stop === before || (stop !== null && before?.eq(stop) === true)) return draft;
  const reason = stop === null ? 'STOP_ONLY_TOWARD_PROFIT' : stopRefusal(position, stop, edit, situation);
  if (reason !== undefined) return refuse(draft, 'stop_loss', reason);
  const part = { field: 'stop_loss', from: before?.toString() ?? 'none', to: String(stop) };
  const change = { ...draft.change, after: { ...position, stopLoss: stop } };
  return apply(draft, part, { change, values: isNamed ? values : draft.values });
}

/** The tick that protects more. */
function atEntry(position: PositionState): Decimal {
  return tickTowardProfit(position.side, position.entryPrice, tickOf(position));
}

function plannedStop(position: PositionState, values: PlanValues, edit: PositionEdit): Decimal | null {
  const { side, entryPrice, stopLoss, targetPrices } = position;
  const said = edit.stopLoss ?? stopLoss;
  if (values['stop.unit'] === 'NONE' || (values['stop.value'] === null && said === null)) return null;
  const signal = { side, stopLoss: said ?? entryPrice, targets: targetPrices };
  return stopOf({ values, signal }, entryPrice, tickOf(position));
}

function stopRefusal(
  position: PositionState,
  stop: Decimal,
  edit: PositionEdit,
  { price, fees, accountLimit }: EditSituation,
): EditRefusal | undefined {
  const { side, stopLoss, status, legPrices } = position;
  if (!stop.isPositive) return 'STOP_ON_WRONG_SIDE';
  if (status === 'PENDING') {
    const isWrong = legPrices.some(
      (leg, index) => openLegQty(position, index).isPositive && hasReached(side, stop, leg),
    );
    return isWrong ? 'STOP_ON_WRONG_SIDE' : undefined;
  }
  const isLooser = stopLoss !== null && better(side, stop, stopLoss) !== stop;
  if (isLooser && edit.allowsLooser !== true) return 'STOP_ONLY_TOWARD_PROFIT';
  const limit = liquidationPriceOf(position, fees) ?? accountLimit?.(position);
  if (limit !== undefined && hasFallenTo(side, stop, limit)) return 'STOP_BEYOND_LIQUIDATION';
  return price !== undefined && hasFallenTo(side, price, stop) ? 'STOP_BEYOND_PRICE' : undefined;
}
