/**
 * What a user has set of plans: their layer, their caps, and the older dollar-cost-averaging settings, which are the
 * safety orders of that layer where it says nothing itself.
 * Keeps: pure; stored text that is no longer valid is left out, field by field, and never stops an entry.
 */
import { parsePlan, type PlanProblem, type PlanSpec, planText } from './parse-plan.js';
import { PLAN_FIELDS } from './plan-fields.js';
import type { PlanCaps } from './resolve-plan.js';

export interface UserPlan {
  readonly spec: PlanSpec;
  readonly caps: PlanCaps;
}

/** Dollar-cost averaging as the mobile app knows it: equal steps of equal size. */
export interface DcaSettings {
  readonly enabled: boolean;
  readonly steps: number;
  readonly stepPercent: string;
}

export const NO_CAPS: PlanCaps = {
  maxSafetyLevels: null,
  maxInvestmentUsdt: null,
  allowsNoStop: false,
  allowsCross: false,
};

export const NO_USER_PLAN: UserPlan = { spec: {}, caps: NO_CAPS };

const CAP_FIELDS = ['max_safety_levels', 'max_investment_usdt', 'allow_no_stop', 'allow_cross_margin'];
const FLAGS = ['allow_no_stop', 'allow_cross_margin'];

/** `stored` is `{ plan: {…}, caps: {…} }`, both optional. */
export function readUserPlan(stored: unknown, dca: DcaSettings | null): UserPlan {
  const { plan, caps } = Object(stored) as { plan?: unknown; caps?: unknown };
  const averaged: PlanSpec =
    dca === null || !dca.enabled ? {} : { 'safety.levels': dca.steps, 'safety.step_percent': dca.stepPercent };
  return { spec: { ...averaged, ...parsePlan(plan ?? {}).spec }, caps: readCaps(caps).caps };
}

export function readCaps(given: unknown): { readonly caps: PlanCaps; readonly problems: readonly PlanProblem[] } {
  const problems: PlanProblem[] = [];
  const fields = Object(given ?? {}) as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    if (!CAP_FIELDS.includes(name)) problems.push({ field: `caps.${name}`, rule: 'is not a cap' });
  }
  for (const name of FLAGS) {
    if (typeof (fields[name] ?? false) !== 'boolean')
      problems.push({ field: `caps.${name}`, rule: 'must be true or false' });
  }
  const { spec, problems: ranges } = parsePlan({
    safety: { levels: fields.max_safety_levels, max_investment_usdt: fields.max_investment_usdt },
  });
  for (const { field, rule } of ranges) {
    const name = field.endsWith('levels') ? 'max_safety_levels' : 'max_investment_usdt';
    problems.push({ field: `caps.${name}`, rule });
  }
  const caps: PlanCaps = {
    maxSafetyLevels: spec['safety.levels'] ?? null,
    maxInvestmentUsdt: spec['safety.max_investment_usdt'] ?? null,
    allowsNoStop: fields.allow_no_stop === true,
    allowsCross: fields.allow_cross_margin === true,
  };
  return { caps, problems };
}

/** The form in which caps are stored and shown. */
export function capsText(caps: PlanCaps): Record<string, unknown> {
  return {
    max_safety_levels: caps.maxSafetyLevels,
    max_investment_usdt: caps.maxInvestmentUsdt,
    allow_no_stop: caps.allowsNoStop,
    allow_cross_margin: caps.allowsCross,
  };
}

/** Every field with its default: what a plan is when nobody says anything. */
export function defaultPlan(): Record<string, Record<string, unknown>> {
  return planText(Object.fromEntries(Object.entries(PLAN_FIELDS).map(([field, { fallback }]) => [field, fallback])));
}
