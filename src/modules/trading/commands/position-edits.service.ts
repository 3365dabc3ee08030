/**
 * Applies edits to positions: a version of a signal to all who trade it, page by page, or an owner's to one.
 * Keeps: a page's positions, their marks and the counts of the edit are one transaction, so an edit that is carried out
 * twice has the effect of one; positions that end up with the same rules share one stored plan.
 */
import { Injectable } from '@nestjs/common';
import { Decimal } from '../../../domain/money/decimal.js';
import { parsePlan, type PlanSpec } from '../../../domain/plan/parse-plan.js';
import { PLAN_FIELDS, type PlanField } from '../../../domain/plan/plan-fields.js';
import type { EditOutcome, PositionEdit } from '../../../domain/position/edit.js';
import { onEdit } from '../../../domain/position/on-edit.js';
import type { PositionState } from '../../../domain/position/position.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { type EditCounts, type SignalEditRow, SignalEditsRepository } from '../../signals/signal-edits.repository.js';
import { CrossLimits } from '../../positions/cross-limits.service.js';
import { type PlanBody, planBody } from '../../trade-plans/plan-body.js';
import { TradePlansRepository } from '../../trade-plans/trade-plans.repository.js';
import { CHANGE_PAGE, type PageResult, PositionChanges } from '../changes/position-changes.service.js';
import { EditLimits } from './edit-limits.service.js';
import { PositionEditsRepository } from './position-edits.repository.js';
import { PositionStateRepository } from '../changes/position-state.repository.js';

export interface PositionEditsParts {
  readonly database: Database;
  readonly positions: PositionStateRepository;
  readonly changes: PositionChanges;
  readonly edits: PositionEditsRepository;
  readonly versions: SignalEditsRepository;
  readonly plans: TradePlansRepository;
  readonly limits: CrossLimits;
  readonly ownLimits: EditLimits;
  readonly clock: Clock;
}

export interface EditedPage {
  readonly after: PageResult;
  readonly outcomes: readonly EditOutcome[];
}

@Injectable()
export class PositionEdits {
  constructor(private readonly parts: PositionEditsParts) {}

  /** Carries a version of a signal to every position that was planned before it. `price` is the market's, if there is one. */
  async applyVersion(row: SignalEditRow, price: string | undefined, onPage: (page: PageResult) => void): Promise<void> {
    const edit = positionEdit(row);
    for (let after = 0; ;) {
      const ids = await this.parts.edits.toMeet(row, after, CHANGE_PAGE);
      if (ids.length === 0) return;
      const page = await this.parts.database.transaction(async () => {
        const edited = await this.applyTo(ids, edit, price, row.version);
        await this.parts.versions.count(row.id, countsOf(edited.outcomes));
        return edited.after;
      });
      onPage(page);
      after = ids.at(-1) ?? after;
    }
  }

  /** Applies an owner's edit to one position, in the running transaction. */
  async applyByHand(positionId: number, edit: PositionEdit, price: string): Promise<EditedPage> {
    return this.applyTo([positionId], edit, price, null);
  }

  /** Applies `edit` to those of `ids` that are live, in the running transaction. */
  async applyTo(
    ids: readonly number[],
    edit: PositionEdit,
    price: string | undefined,
    version: number | null,
  ): Promise<EditedPage> {
    const locked = await this.parts.positions.lockLive(ids);
    const growth = await this.parts.ownLimits.of(locked, edit, this.parts.changes.fees);
    const bodies = await this.#bodies(locked.map(({ id }) => id));
    const situation = {
      price: price === undefined ? undefined : Decimal.of(price),
      fees: this.parts.changes.fees,
      at: this.parts.clock.now(),
    };
    const limits = await this.parts.limits.of(locked.map((position) => ({ ...position, isLive: true })));
    const outcomes = new Map<number, EditOutcome>();
    const after = await this.parts.changes.write(locked, (position) => {
      const { id } = position;
      const own = { managed: bodies.get(id) ?? null, accountLimit: limits.get(id), growth: growth.get(id) };
      const outcome = onEdit(position, edit, { ...situation, ...own });
      outcomes.set(position.id, outcome);
      return outcome.change;
    });
    await this.parts.edits.settleOrders(
      [...outcomes.values()].flatMap(({ change }) => (change === undefined ? [] : [change])),
      situation.at,
    );
    const plans = await this.#newPlans(after, outcomes, bodies, edit.by);
    await this.parts.edits.mark(
      locked.map(({ id }) => id),
      version,
      plans,
    );
    return { after, outcomes: [...outcomes.values()] };
  }

  async #bodies(ids: readonly number[]): Promise<ReadonlyMap<number, PlanBody>> {
    const planIds = await this.parts.edits.planIds(ids);
    const bodies = await this.parts.plans.bodies(new Set(planIds.values()));
    const known = [...planIds].flatMap(([id, planId]) => {
      const body = bodies.get(planId);
      return body === undefined ? [] : [[id, body] as const];
    });
    return new Map(known);
  }

  /** The stored plan of each position whose rules or values have changed. */
  async #newPlans(
    after: readonly PositionState[],
    outcomes: ReadonlyMap<number, EditOutcome>,
    bodies: ReadonlyMap<number, PlanBody>,
    by: PositionEdit['by'],
  ): Promise<ReadonlyMap<number, number>> {
    const stored = new Map<string, number>();
    const plans = new Map<number, number>();
    for (const position of after) {
      const outcome = outcomes.get(position.id);
      const before = bodies.get(position.id);
      const isSame = outcome?.values === undefined && outcome?.change?.before.plan === position.plan;
      if (before === undefined || outcome?.change === undefined || isSame) continue;
      const values = outcome.values ?? before.values;
      const changed = Object.keys(values).filter(
        (field) => values[field as PlanField] !== before.values[field as PlanField],
      );
      const from = by === 'owner' ? ('owner' as const) : ('signal' as const);
      const reasons = { ...before.reasons, ...Object.fromEntries(changed.map((field) => [field, { from }])) };
      const body = planBody(values, reasons, position.plan);
      const text = JSON.stringify(body);
      const id = stored.get(text) ?? (await this.parts.plans.idOf(body));
      stored.set(text, id);
      plans.set(position.id, id);
    }
    return plans;
  }
}

/** What a version asks of positions: its changes, and where the plan says the changed prices, the plan's words. */
function positionEdit(row: SignalEditRow): PositionEdit {
  const { changes } = row;
  const spec = parsePlan(row.plan).spec;
  const to = (field: string): unknown => changes[field]?.to;
  const said: PlanField[] = [
    ...(changes.entry !== undefined && (spec['entry.prices'] ?? null) !== null ? (['entry.prices'] as const) : []),
    ...(changes.targets !== undefined && (spec['targets.values'] ?? null) !== null
      ? (['targets.values', 'targets.unit'] as const)
      : []),
    ...(changes.stop_loss !== undefined && (spec['stop.value'] ?? null) !== null
      ? (['stop.value', 'stop.unit'] as const)
      : []),
  ];
  const fields = new Set([
    ...(Object.keys(changes).filter((field) => Object.hasOwn(PLAN_FIELDS, field)) as PlanField[]),
    ...said,
  ]);
  const plan = Object.fromEntries(
    [...fields].map((field) => [field, spec[field] ?? PLAN_FIELDS[field].fallback]),
  ) as PlanSpec;
  const targets = to('targets') as string[] | undefined;
  return {
    by: 'signal',
    name: `Edit ${row.version} of the signal`,
    meta: { edit: row.version },
    plan,
    ...(to('entry') === undefined ? {} : { entry: Decimal.of(to('entry') as string) }),
    ...(to('stop_loss') === undefined ? {} : { stopLoss: Decimal.of(to('stop_loss') as string) }),
    ...(row.request.stopToEntry === true ? { stopToEntry: true } : {}),
    ...(targets === undefined ? {} : { targets: targets.map((price) => Decimal.of(price)) }),
  };
}

function countsOf(outcomes: readonly EditOutcome[]): EditCounts {
  const reasons: Record<string, number> = {};
  for (const { refused } of outcomes) {
    for (const { field, reason } of refused) reasons[`${field}:${reason}`] = (reasons[`${field}:${reason}`] ?? 0) + 1;
  }
  const count = (result: EditOutcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  return {
    applied: count('APPLIED'),
    partly: count('PARTLY'),
    refused: count('REFUSED'),
    unchanged: count('UNCHANGED'),
    detached: count('DETACHED'),
    reasons,
  };
}
