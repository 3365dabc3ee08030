/**
 * Edits in memory: of signals, whose versions then reach positions as work, and of positions by their owners.
 * Keeps: the same edit twice changes nothing more; detached positions are left alone by their signal.
 */
import { Decimal } from '../../../src/domain/money/decimal.js';
import { PLAN_FIELDS, type PlanField } from '../../../src/domain/plan/plan-fields.js';
import type { PlanSpec } from '../../../src/domain/plan/parse-plan.js';
import type { PositionEdit } from '../../../src/domain/position/edit.js';
import { onEdit } from '../../../src/domain/position/on-edit.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import { editSignal, type SignalEditRequest } from '../../../src/domain/signal/edit-signal.js';
import type { StoredSignal } from './books.js';
import type { Leader } from './leader.js';
import type { Surroundings } from './surroundings.js';

/** Where a price of an edit is said in a plan, it is edited there. */
const SAID_IN: Readonly<Record<string, readonly PlanField[]>> = {
  entry: ['entry.prices'],
  targets: ['targets.values', 'targets.unit'],
  stop_loss: ['stop.value', 'stop.unit'],
};

export class Editing {
  #versions = 0;

  constructor(
    private readonly world: Surroundings,
    private readonly leader: Leader,
  ) {}

  /** As the API does: the signal changes at once, its positions by work. */
  editSignal(stored: StoredSignal, request: SignalEditRequest): void {
    const { state, draft, dispatched } = stored;
    const market = this.world.latest(state.symbol);
    const editable = { ...draft, status: state.status, targetHitAt: state.targetHitAt, isDispatched: dispatched };
    const edited = editSignal(editable, request, market === undefined ? undefined : Decimal.of(market));
    if ('problems' in edited || Object.keys(edited.changes).length === 0) return;
    const { after } = edited;
    stored.draft = after;
    stored.state = {
      ...state,
      entry: Decimal.of(after.entry),
      stopLoss: Decimal.of(after.stopLoss),
      targetPrices: after.targets.map((target) => Decimal.of(target)),
      targetHitAt: after.targets.map((_, index) => state.targetHitAt[index] ?? null),
    };
    this.#versions += 1;
    const edit = positionEdit(edited.changes, after.plan, this.#versions);
    const task = { kind: 'edit' as const, signal: state.id, edit };
    this.world.books.enqueue('signal', `${state.id}:edit:${this.#versions}`, state.symbol, task);
  }

  carryOut(signal: number, edit: PositionEdit): void {
    const { books } = this.world;
    const stored = books.signals.get(signal) as StoredSignal;
    const changed: PositionState[] = [];
    for (const position of books.livePositions(stored.state.symbol)) {
      if (position.signalId === signal) changed.push(this.#editOne(position, edit));
    }
    this.leader.track(changed, stored.dispatched ? [stored.state] : []);
  }

  /** An owner's edit, at once. */
  editByHand(position: PositionState, parts: Pick<PositionEdit, 'entry' | 'stopLoss' | 'targets'>): void {
    this.#versions += 1;
    this.leader.track([
      this.#editOne(position, { by: 'owner', name: 'By hand', meta: { edit: this.#versions }, ...parts }),
    ]);
  }

  #editOne(position: PositionState, edit: PositionEdit): PositionState {
    const { books, now } = this.world;
    const text = this.world.latest(position.symbol);
    const managed = books.managed.get(position.id) ?? null;
    const situation = {
      price: text === undefined ? undefined : Decimal.of(text),
      fees: this.world.fees,
      at: now,
      managed,
    };
    const { change, values, applied } = onEdit(position, edit, situation);
    if (change === undefined) return position;
    if (position.isDetached && edit.by === 'signal' && applied.length > 0) {
      throw new Error(`position.detached-is-left-alone: ${position.id}`);
    }
    books.write(change);
    if (managed !== null && values !== undefined) books.managed.set(position.id, { ...managed, values });
    const again = onEdit(change.after, edit, { ...situation, managed: books.managed.get(position.id) ?? null });
    if (again.applied.length > 0) {
      const told = JSON.stringify([applied, again.applied]);
      throw new Error(`position.same-again-changes-nothing: edit of ${position.id}: ${told}`);
    }
    return change.after;
  }
}

function positionEdit(
  changes: Readonly<Record<string, { readonly to: unknown }>>,
  spec: PlanSpec,
  version: number,
): PositionEdit {
  const said = Object.entries(SAID_IN).flatMap(([name, fields]) =>
    changes[name] !== undefined && (spec[fields[0] as PlanField] ?? null) !== null ? fields : [],
  );
  const named = Object.keys(changes).filter((field): field is PlanField => Object.hasOwn(PLAN_FIELDS, field));
  const fields = new Set([...named, ...said]);
  const plan = Object.fromEntries([...fields].map((field) => [field, spec[field] ?? PLAN_FIELDS[field].fallback]));
  const [entry, stop, targets] = ['entry', 'stop_loss', 'targets'].map((name) => changes[name]?.to);
  return {
    by: 'signal',
    name: `Edit ${version} of the signal`,
    meta: { edit: version },
    plan: plan as PlanSpec,
    ...(entry === undefined ? {} : { entry: Decimal.of(entry as string) }),
    ...(stop === undefined ? {} : { stopLoss: Decimal.of(stop as string) }),
    ...(targets === undefined ? {} : { targets: (targets as string[]).map((price) => Decimal.of(price)) }),
  };
}
