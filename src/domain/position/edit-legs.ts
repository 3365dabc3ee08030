/**
 * The orders of an edit by hand: entries and safety orders that are taken back, entries that are added.
 * Keeps: a leg is never taken out of the row, so the names of orders stay unique: what is taken back keeps what it has
 * filled; what is added waits behind the market, before the stop and the next target, passes the gates of an entry that ask
 * how much is held, and is reserved at once.
 */
import { Decimal } from '../money/decimal.js';
import { floorToStep, roundToStep } from '../money/money.js';
import { MAX_RUNGS } from '../plan/plan-fields.js';
import { lotsToQty, minLotsAt } from '../sizing/ladder.js';
import { apply, type Draft, type EditRefusal, type EditSituation, type PositionEdit, refuse } from './edit.js';
import { growthRefusal } from './edit-growth.js';
import { laddered } from './edit-prices.js';
import { cancelPending } from './entries.js';
import { withRungs } from './ladder-of.js';
import { hasOpenEntries, isSafetyLeg, legName, marginFor, openLegQty } from './legs.js';
import { hasFallenTo, hasReached } from './prices.js';
import type { PositionState } from './position.js';

/** A limit order to be added. */
export interface AddedEntry {
  readonly price: Decimal;
  /** In the base asset. */
  readonly qty: Decimal;
}

export function editLegs(draft: Draft, edit: PositionEdit, situation: EditSituation): Draft {
  let result = draft;
  for (const leg of edit.cancelEntries ?? []) result = takeBack(result, leg);
  for (const entry of edit.addEntries ?? []) result = add(result, entry, situation);
  const position = result.change.after;
  const isNothing = position.status === 'PENDING' && !position.legQtys.some((_, leg) => isWaitingEntry(position, leg));
  if (!isNothing) return result;
  const change = cancelPending(result.change, 'MANUAL', situation.at, 'All entries were taken back by hand');
  return { ...result, change };
}

function isWaitingEntry(position: PositionState, leg: number): boolean {
  return !isSafetyLeg(position, leg) && openLegQty(position, leg).isPositive;
}

function takeBack(draft: Draft, name: string): Draft {
  const position = draft.change.after;
  const field = `entries.${name}`;
  const leg = position.legPrices.findIndex((_, index) => legName(position, index) === name);
  if (leg < 0) return refuse(draft, field, 'ENTRY_NOT_FOUND');
  const open = openLegQty(position, leg);
  if (!open.isPositive) return refuse(draft, field, 'ENTRY_ALREADY_FILLED');
  const legQtys = position.legQtys.map((qty, index) => (index === leg ? (position.legFilled[leg] as Decimal) : qty));
  const price = position.legPrices[leg] as Decimal;
  const part = { field, from: `${open.toString()} at ${price.toString()}`, to: 'none' };
  // The last entry of a position that holds nothing: it is cancelled as a whole, with the quantity that it had.
  const isLast =
    position.status === 'PENDING' && !legQtys.some((qty, at) => qty.isPositive && !isSafetyLeg(position, at));
  const left = isLast ? { ...position, entriesClosed: true } : sized({ ...position, legQtys });
  return apply(draft, part, reserved(draft, left));
}

function add(draft: Draft, entry: AddedEntry, situation: EditSituation): Draft {
  const position = draft.change.after;
  const { instrument } = position.plan;
  const price = roundToStep(entry.price, Decimal.of(instrument.tickSize));
  const lotStep = Decimal.of(instrument.lotStep);
  const qty = floorToStep(entry.qty, lotStep);
  const entries = position.legPrices.length - position.safetyLegs;
  const name = `ENTRY${entries + 1}`;
  const field = `entries.${name}`;
  const isTooSmall = !qty.isPositive || qty.lt(lotsToQty(minLotsAt(price, instrument), lotStep));
  const reason = isTooSmall ? 'ENTRY_TOO_SMALL' : placeRefusal(position, price, situation.price);
  if (reason !== undefined) return refuse(draft, field, reason);
  const added = sized(withLeg(reopened(position), entries, price, qty));
  const step = reserved(draft, added);
  const limit = growthRefusal(draft.change.before, step.change.after, situation);
  if (limit !== undefined) return refuse(draft, field, limit);
  return apply(draft, { field, from: 'none', to: `${qty.toString()} at ${price.toString()}` }, step);
}

function placeRefusal(position: PositionState, price: Decimal, market: Decimal | undefined): EditRefusal | undefined {
  const { side, stopLoss, plan, targetPrices, targetHitAt } = position;
  if (plan.entryTrigger === 'BREAKOUT') return 'ENTRY_IS_LAID_OUT';
  if (position.legPrices.length - position.safetyLegs >= MAX_RUNGS) return 'TOO_MANY_ENTRIES';
  if (stopLoss !== null && hasReached(side, stopLoss, price)) return 'ENTRY_BEYOND_STOP';
  const target = targetPrices[targetHitAt.indexOf(null)];
  if (target !== undefined && hasReached(side, price, target)) return 'TARGETS_ON_WRONG_SIDE';
  return market !== undefined && hasFallenTo(side, market, price) ? 'ENTRY_BEYOND_PRICE' : undefined;
}

/** Entries were withdrawn for good when a target was hit: those stay as they are, new ones may wait again. */
function reopened(position: PositionState): PositionState {
  return position.entriesClosed ? { ...position, entriesClosed: false, legQtys: position.legFilled } : position;
}

/** Before the safety orders, whose names count from the last entry. */
function withLeg(position: PositionState, at: number, price: Decimal, qty: Decimal): PositionState {
  const insert = (values: readonly Decimal[], value: Decimal) => [...values.slice(0, at), value, ...values.slice(at)];
  return {
    ...position,
    legPrices: insert(position.legPrices, price),
    legQtys: insert(position.legQtys, qty),
    legFilled: insert(position.legFilled, Decimal.ZERO),
  };
}

function sized(position: PositionState): PositionState {
  const sum = { ...position, plannedQty: Decimal.sum(position.legQtys) };
  const expiring = hasOpenEntries(sum) ? sum : { ...sum, entryExpiresAt: null };
  return sum.status === 'PENDING' ? withRungs(expiring, laddered(expiring)) : expiring;
}

function reserved({ change }: Draft, position: PositionState): Pick<Draft, 'change'> {
  if (position.status === 'PENDING' && position.entriesClosed) return { change: { ...change, after: position } };
  const after = { ...position, margin: marginFor(position) };
  return {
    change: { ...change, after, marginDelta: change.marginDelta.plus(after.margin).minus(change.after.margin) },
  };
}
