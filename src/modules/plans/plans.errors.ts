/** The failure of what a plan does not include. */
import type { PlanFeature, PlanTier, Tier } from '../../domain/subscription/plans.js';
import { type AppError, errorsOf } from '../../platform/errors/app-error.js';

const planError = errorsOf({
  PLAN_REQUIRED: { kind: 'not_allowed', message: 'Your plan does not include this' },
});

/** `plans` are those that include the feature, cheapest first. */
export function planRequired(feature: PlanFeature, plan: Tier, plans: readonly PlanTier[]): AppError {
  return planError('PLAN_REQUIRED', { feature, plan, plans });
}
