/**
 * A plan as it is stored and read again: what was resolved and why, and the rules that positions follow.
 * Keeps: reading what was written gives the same rules; decimals are text in between.
 */
import { Decimal } from '../../domain/money/decimal.js';
import type { PlanField, PlanValues } from '../../domain/plan/plan-fields.js';
import type { PositionPlan, StopRule } from '../../domain/plan/position-plan.js';
import type { Reason } from '../../domain/plan/resolve-plan.js';

export interface PlanBody {
  readonly values: PlanValues;
  readonly reasons: Readonly<Record<PlanField, Reason>>;
  readonly rules: unknown;
}

/** Decimals become text by their `toJSON`. */
export function planBody(values: PlanValues, reasons: PlanBody['reasons'], rules: PositionPlan): PlanBody {
  return { values, reasons, rules };
}

type Text<T> = T extends Decimal
  ? string
  : T extends readonly (infer Item)[]
    ? Text<Item>[]
    : T extends object
      ? { [K in keyof T]: Text<T[K]> }
      : T;

export function readRules(stored: unknown): PositionPlan {
  const rules = stored as Text<PositionPlan>;
  return {
    entryTrigger: rules.entryTrigger,
    cancelAtTarget: rules.cancelAtTarget,
    ...(rules.maxDeviation === undefined ? {} : { maxDeviation: Decimal.of(rules.maxDeviation) }),
    weights: rules.weights,
    targetAnchor: rules.targetAnchor,
    targetPercents: rules.targetPercents.map((percent) => Decimal.of(percent)),
    stopRules: rules.stopRules.map(readStopRule),
    trailingTakeProfit: optional(rules.trailingTakeProfit),
    safetyLevels: rules.safetyLevels.map((level) => ({ takeProfitPercent: optional(level.takeProfitPercent) })),
    exitAfterSeconds: rules.exitAfterSeconds,
    // Plans from before this rule say nothing of it.
    onOpposite: (rules as Partial<typeof rules>).onOpposite ?? null,
    instrument: rules.instrument,
  };
}

const optional = (text: string | null): Decimal | null => (text === null ? null : Decimal.of(text));

function readStopRule(rule: { trigger: object; action: StopRule['action']; percent: string | null }): StopRule {
  const trigger = rule.trigger as { target?: number; percent?: string };
  return {
    action: rule.action,
    percent: optional(rule.percent),
    trigger:
      trigger.target === undefined ? { percent: Decimal.of(trigger.percent ?? '0') } : { target: trigger.target },
  };
}
