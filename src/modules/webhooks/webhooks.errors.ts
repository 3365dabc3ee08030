/** The failures of webhooks. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const webhookError = errorsOf({
  WEBHOOK_NOT_FOUND: { kind: 'not_found', message: 'There is no such webhook' },
  WEBHOOK_LIMIT: { kind: 'conflict', message: 'You have as many webhooks as there may be; remove one first' },
  WEBHOOK_SCOPE: { kind: 'not_allowed', message: 'Only administrators may be told of everybody’s payments' },
  WEBHOOK_OFF: { kind: 'conflict', message: 'This webhook is switched off; switch it on first' },
  DELIVERY_NOT_FOUND: { kind: 'not_found', message: 'There is no such delivery' },
  DELIVERY_PENDING: { kind: 'conflict', message: 'This delivery is on its way' },
});
