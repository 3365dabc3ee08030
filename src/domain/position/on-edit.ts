/**
 * What an edit of the plan does to one position: the signal's own edit, or its owner's by hand.
 * Keeps: what is still possible is applied, what is not is answered with its reason; a stop only moves toward profit once
 * something is held; targets that were hit stay as they are; an owner's edit detaches the position from its signal.
 */
import { Decimal } from '../money/decimal.js';
import { lotsToQty } from '../sizing/ladder.js';
import { unchanged } from './exits.js';
import { withRungs } from './ladder-of.js';
import { marginFor } from './legs.js';
import { better, hasFallenTo, hasReached } from './prices.js';
import { isTerminalPosition } from './position-status.js';
import type { LogEntry, PositionChange, PositionState } from './position.js';

export const EDIT_REFUSALS = [
  'POSITION_ENDED',
  'DETACHED',
  'STOP_ONLY_TOWARD_PROFIT',
  'STOP_BEYOND_PRICE',
  'STOP_ON_WRONG_SIDE',
  'TARGET_ALREADY_HIT',
  'TARGET_COUNT_IS_FIXED',
  'TARGETS_ON_WRONG_SIDE',
  'ENTRY_ALREADY_FILLED',
  'ENTRY_TOO_FAR',
] as const;
export type EditRefusal = (typeof EDIT_REFUSALS)[number];

export interface PositionEdit {
  readonly by: 'signal' | 'owner';
  readonly stopLoss?: Decimal;
  /** All targets, those that were hit included. */
  readonly targets?: readonly Decimal[];
  /** The price of the one entry order that still waits. */
  readonly entry?: Decimal;
}

export interface RefusedPart {
  readonly field: 'stop_loss' | 'targets' | 'entry' | 'position';
  readonly reason: EditRefusal;
}

export interface EditOutcome {
  /** Undefined when nothing of the edit was possible or different. */
  readonly change: PositionChange | undefined;
  readonly refused: readonly RefusedPart[];
}

/** `price` is the current market price; undefined while there is none. */
export function onEdit(position: PositionState, edit: PositionEdit, price: Decimal | undefined): EditOutcome {
  if (isTerminalPosition(position.status)) return refusedWhole('POSITION_ENDED');
  if (position.isDetached && edit.by === 'signal') return refusedWhole('DETACHED');
  const refused: RefusedPart[] = [];
  let change = unchanged(position);
  for (const part of [editEntry, editTargets, editStop]) {
    const result = part(change, edit, price);
    if (result === undefined) continue;
    if ('reason' in result) refused.push(result);
    else change = result;
  }
  if (change.log.length === 0) return { change: undefined, refused };
  if (edit.by === 'signal') return { change, refused };
  return { change: { ...change, after: { ...change.after, isDetached: true } }, refused };
}

function refusedWhole(reason: EditRefusal): EditOutcome {
  return { change: undefined, refused: [{ field: 'position', reason }] };
}

type Part = PositionChange | RefusedPart | undefined;

/** The order keeps its notional or less, so that what is reserved for it suffices. */
function editEntry(change: PositionChange, edit: PositionEdit): Part {
  const position = change.after;
  const { entry } = edit;
  if (entry === undefined || entry.eq(position.legPrices[0] as Decimal)) return undefined;
  if (position.status !== 'PENDING' || position.legPrices.length !== 1) {
    return { field: 'entry', reason: 'ENTRY_ALREADY_FILLED' };
  }
  const stop = edit.stopLoss ?? position.stopLoss;
  if (stop !== null && hasReached(position.side, stop, entry)) return { field: 'entry', reason: 'STOP_ON_WRONG_SIDE' };
  const lotStep = Decimal.of(position.plan.instrument.lotStep);
  const affordable = position.entryPrice.times(position.plannedQty).wholeTimes(entry.times(lotStep));
  const qty = Decimal.min(position.plannedQty, lotsToQty(affordable, lotStep));
  if (!qty.isPositive) return { field: 'entry', reason: 'ENTRY_TOO_FAR' };
  const moved = { ...position, legPrices: [entry], entryPrice: entry, legQtys: [qty], plannedQty: qty };
  const margin = marginFor(moved);
  return {
    ...change,
    after: { ...withRungs(moved, qty), margin },
    log: [...change.log, edited('Entry', position.entryPrice.toString(), entry.toString(), edit.by)],
    marginDelta: change.marginDelta.plus(margin).minus(position.margin),
  };
}

function editTargets(change: PositionChange, edit: PositionEdit): Part {
  const { targets } = edit;
  const position = change.after;
  if (targets === undefined) return undefined;
  const before = position.targetPrices;
  if (targets.length !== before.length) return { field: 'targets', reason: 'TARGET_COUNT_IS_FIXED' };
  if (targets.every((price, index) => price.eq(before[index] as Decimal))) return undefined;
  const isHitMoved = targets.some(
    (price, index) => position.targetHitAt[index] !== null && !price.eq(before[index] as Decimal),
  );
  if (isHitMoved) return { field: 'targets', reason: 'TARGET_ALREADY_HIT' };
  const rises = targets.every((price, index) => {
    const floor = index === 0 ? position.entryPrice : (targets[index - 1] as Decimal);
    return hasReached(position.side, price, floor) && !price.eq(floor);
  });
  if (!rises) return { field: 'targets', reason: 'TARGETS_ON_WRONG_SIDE' };
  const log = edited('Targets', before.join(', '), targets.join(', '), edit.by);
  return { ...change, after: { ...position, targetPrices: targets }, log: [...change.log, log] };
}

function editStop(change: PositionChange, edit: PositionEdit, price: Decimal | undefined): Part {
  const { stopLoss } = edit;
  const position = change.after;
  const before = position.stopLoss;
  if (stopLoss === undefined || before?.eq(stopLoss) === true) return undefined;
  const reason = stopRefusal(position, stopLoss, price);
  if (reason !== undefined) return { field: 'stop_loss', reason };
  const log = edited('Stop', before?.toString() ?? 'none', stopLoss.toString(), edit.by);
  return { ...change, after: { ...position, stopLoss }, log: [...change.log, log] };
}

function stopRefusal(position: PositionState, stop: Decimal, price: Decimal | undefined): EditRefusal | undefined {
  const { side, stopLoss, status, entryPrice } = position;
  if (status === 'PENDING') return hasReached(side, stop, entryPrice) ? 'STOP_ON_WRONG_SIDE' : undefined;
  if (stopLoss !== null && better(side, stop, stopLoss) !== stop) return 'STOP_ONLY_TOWARD_PROFIT';
  return price !== undefined && hasFallenTo(side, price, stop) ? 'STOP_BEYOND_PRICE' : undefined;
}

function edited(what: string, from: string, to: string, by: PositionEdit['by']): LogEntry {
  const whose = by === 'owner' ? 'by hand, which detaches the position from its signal' : 'by its signal';
  return { type: 'EDITED', message: `${what} changed from ${from} to ${to} ${whose}`, meta: { what, from, to, by } };
}
