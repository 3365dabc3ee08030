/**
 * The rules of an edit: how targets share, how the stop moves, when entries and the trade end.
 * Keeps: what was laid out and reserved when the trade was planned (legs, safety orders, leverage) does not change any
 * more; new stop rules also act for targets that are hit already, unless that would stop the trade on the spot.
 */
import type { PlanField, PlanValues } from '../plan/plan-fields.js';
import { stopRulesOf, weightsFor } from '../plan/lay-out.js';
import type { PositionPlan } from '../plan/position-plan.js';
import { Decimal } from '../money/decimal.js';
import { apply, type Draft, type EditRefusal, type EditSituation, type PositionEdit, refuse, textOf } from './edit.js';
import { laddered } from './edit-prices.js';
import { withRungs } from './ladder-of.js';
import { hasOpenEntries } from './legs.js';
import { stopReached } from './on-price.js';
import type { PositionState } from './position.js';
import { rulesAtTargets } from './stops.js';

const MS_PER_SECOND = 1_000;

/** Fields that `edit-prices.ts` reads. */
const PRICES: readonly PlanField[] = ['entry.prices', 'targets.unit', 'targets.values', 'stop.unit', 'stop.value'];

export function editRules(draft: Draft, edit: PositionEdit, situation: EditSituation): Draft {
  let result = draft;
  for (const field of Object.keys(edit.plan ?? {}) as PlanField[]) {
    if (PRICES.includes(field)) continue;
    result = editRule(result, field, edit.plan?.[field], situation);
  }
  return result;
}

function editRule(draft: Draft, field: PlanField, to: unknown, situation: EditSituation): Draft {
  if (draft.values === null) return refuse(draft, field, 'NO_PLAN');
  const from = draft.values[field];
  if (textOf(from) === textOf(to)) return draft;
  const reason = ruleRefusal(draft.change.after, field);
  if (reason !== undefined) return refuse(draft, field, reason);
  const values = { ...draft.values, [field]: to };
  const part = { field, from: textOf(from), to: textOf(to) };
  const after = withRule(draft.change.after, field, values, situation.at);
  const change = { ...draft.change, after };
  const applied = apply(draft, part, { change, values });
  return field === 'stop.rules' ? caughtUp(applied, situation) : applied;
}

function ruleRefusal(position: PositionState, field: PlanField): EditRefusal | undefined {
  switch (field) {
    case 'stop.rules':
    case 'targets.anchor':
    case 'targets.split':
    case 'targets.shares':
    case 'exit.after':
    case 'exit.on_opposite_signal':
      return undefined;
    case 'targets.trailing_percent':
      return position.trail?.takesProfit === true ? 'TARGETS_TRAIL' : undefined;
    case 'entry.expires_after':
      return hasOpenEntries(position) ? undefined : 'ENTRY_ALREADY_FILLED';
    case 'entry.cancel_at_target':
      return position.status === 'PENDING' ? undefined : 'ENTRY_ALREADY_FILLED';
    case 'margin.leverage':
      return 'LEVERAGE_IS_FIXED';
    case 'margin.mode':
      return 'MARGIN_MODE_IS_FIXED';
    default:
      return field.startsWith('safety.') ? 'SAFETY_IS_FIXED' : 'ENTRY_IS_LAID_OUT';
  }
}

function withRule(position: PositionState, field: PlanField, values: PlanValues, at: Date): PositionState {
  const ruled = (plan: Partial<PositionPlan>): PositionState => ({ ...position, plan: { ...position.plan, ...plan } });
  switch (field) {
    case 'stop.rules':
      return { ...ruled({ stopRules: stopRulesOf(values) }), rulesFired: 0 };
    case 'targets.split':
    case 'targets.shares': {
      const shared = ruled({ weights: weightsFor(values, position.targetPrices.length) });
      return withRungs(shared, laddered(shared));
    }
    case 'targets.anchor':
      return ruled({ targetAnchor: values['targets.anchor'] });
    case 'targets.trailing_percent': {
      const percent = values['targets.trailing_percent'];
      return ruled({ trailingTakeProfit: percent === null ? null : Decimal.of(percent) });
    }
    case 'entry.cancel_at_target':
      return ruled({ cancelAtTarget: values['entry.cancel_at_target'] });
    case 'entry.expires_after':
      return { ...position, entryExpiresAt: after(at, values['entry.expires_after']) };
    case 'exit.after': {
      const exitAfterSeconds = values['exit.after'];
      const exitAt = position.openedAt === null ? null : after(position.openedAt, exitAfterSeconds);
      return { ...ruled({ exitAfterSeconds }), exitAt };
    }
    case 'exit.on_opposite_signal':
      return ruled({ onOpposite: values['exit.on_opposite_signal'] });
    default:
      throw new Error(`${field} is not a rule that an edit can change`);
  }
}

function after(at: Date, seconds: number | null): Date | null {
  return seconds === null ? null : new Date(at.getTime() + seconds * MS_PER_SECOND);
}

/** What the new stop rules say of targets that are hit already. */
function caughtUp(draft: Draft, { price, fees, at }: EditSituation): Draft {
  const hits = draft.change.after.targetHitAt.filter((hit) => hit !== null).length;
  if (hits === 0 || price === undefined) return draft;
  const change = rulesAtTargets(draft.change, 1, hits, price, fees, at, true);
  return stopReached(change.after, price) ? refuse(draft, 'stop.rules', 'STOP_BEYOND_PRICE') : { ...draft, change };
}
