/** The failures of plans and subscriptions. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const paymentError = errorsOf({
  PLAN_BY_PAYMENT: { kind: 'not_allowed', message: 'Plans change through payments' },
  SUBSCRIBER_NOT_FOUND: { kind: 'not_found', message: 'There is no such user' },
});
