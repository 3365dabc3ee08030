/**
 * What an edit of the plan does to one position: the signal's own edit, or its owner's by hand.
 * Keeps: what is still possible is applied, what is not is answered with its reason, and both stand in one line of the
 * log; what an edit adds or puts at risk passes the gates of entries that ask for amounts; an owner's edit detaches the
 * position from its signal; what ends up as it was is not written.
 */
import { editEntry, editStop, editTargets } from './edit-prices.js';
import { editLegs } from './edit-legs.js';
import { growthRefusal } from './edit-growth.js';
import { editRules } from './edit-rules.js';
import {
  type Draft,
  type EditOutcome,
  type EditResult,
  type EditSituation,
  type PositionEdit,
  refuse,
  type RefusedPart,
} from './edit.js';
import type { PlanSpec } from '../plan/parse-plan.js';
import { unchanged } from './exits.js';
import { isTerminalPosition } from './position-status.js';
import type { LogEntry, PositionChange, PositionState } from './position.js';

const PARTS = [editLegs, editEntry, editTargets, editStop, editRules];

export function onEdit(position: PositionState, edit: PositionEdit, situation: EditSituation): EditOutcome {
  const start = unchanged(position);
  if (isTerminalPosition(position.status)) {
    const refused: RefusedPart[] = [{ field: 'position', reason: 'POSITION_ENDED' }];
    return { result: 'REFUSED', change: undefined, applied: [], refused, values: undefined };
  }
  const values = situation.managed?.values ?? null;
  const empty: Draft = { change: start, values, applied: [], refused: [] };
  if (position.isDetached && edit.by === 'signal') {
    const refused: RefusedPart[] = [{ field: 'position', reason: 'DETACHED' }];
    return logged({ ...empty, refused }, edit, 'DETACHED');
  }
  const draft = withinLimits(empty, edit, situation);
  const { applied, refused } = draft;
  if (applied.length === 0 && refused.length === 0) {
    return { result: 'UNCHANGED', change: undefined, applied, refused, values: undefined };
  }
  const outcome = logged(draft, edit, refused.length === 0 ? 'APPLIED' : applied.length === 0 ? 'REFUSED' : 'PARTLY');
  const changed = draft.values === values ? {} : { values: draft.values ?? undefined };
  return { ...outcome, ...changed, change: edit.by === 'owner' ? detached(outcome.change) : outcome.change };
}

/**
 * All parts of an edit; where together they pass a limit, all but the prices that were moved. Additions were looked at one by
 * one.
 */
function withinLimits(empty: Draft, edit: PositionEdit, situation: EditSituation): Draft {
  const draft = partByPart(empty, edit, situation);
  const reason = growthRefusal(empty.change.before, draft.change.after, situation);
  if (reason === undefined) return draft;
  const moved = draft.applied.filter(({ field }) => MOVED.has(field));
  const rest = partByPart(empty, withoutMoves(edit), situation);
  return moved.reduce((refused, { field }) => refuse(refused, field, reason), rest);
}

function partByPart(empty: Draft, edit: PositionEdit, situation: EditSituation): Draft {
  return PARTS.reduce((before, part) => (isOver(before) ? before : part(before, edit, situation)), empty);
}

/** What may take a trade nearer to its limits without adding to it. */
const MOVED: ReadonlySet<string> = new Set(['entry', 'stop_loss']);

const MOVES: ReadonlySet<string> = new Set(['entry', 'stopLoss', 'entry.prices', 'stop.unit', 'stop.value']);

function withoutMoves(edit: PositionEdit): PositionEdit {
  const kept = <T extends object>(fields: T) => Object.entries(fields).filter(([field]) => !MOVES.has(field));
  const plan = Object.fromEntries(kept(edit.plan ?? {})) as PlanSpec;
  return { ...(Object.fromEntries(kept(edit)) as unknown as PositionEdit), plan };
}

/** Taking back all entries ends a position that holds nothing: there is nothing more to edit. */
const isOver = ({ change }: Draft): boolean => isTerminalPosition(change.after.status);

function logged(draft: Draft, edit: PositionEdit, result: EditResult): EditOutcome {
  const { applied, refused, change } = draft;
  const done = applied.map(({ field, from, to }) => `${field} from ${from} to ${to}`);
  const not = refused.map(({ field, reason }) => `not ${field} (${reason})`);
  const entry: LogEntry = {
    type: 'EDITED',
    message: `${edit.name}: ${[...done, ...not].join('; ')}`,
    meta: { ...edit.meta, by: edit.by, result, applied, refused },
  };
  return { result, applied, refused, values: undefined, change: { ...change, log: [entry, ...change.log] } };
}

/** Edited by its owner: the signal does not reach it any more. */
function detached(change: PositionChange | undefined): PositionChange | undefined {
  if (
    change === undefined ||
    isTerminalPosition(change.after.status) ||
    change.after.isDetached ||
    change.after.signalId === null
  )
    return change;
  const isApplied = change.log.some(({ meta }) => meta.result === 'APPLIED' || meta.result === 'PARTLY');
  if (!isApplied) return change;
  const entry: LogEntry = {
    type: 'DETACHED',
    message: 'Detached from its signal: edits, reports and cancel of the signal do not reach it any more',
    meta: {},
  };
  return { ...change, after: { ...change.after, isDetached: true }, log: [...change.log, entry] };
}
