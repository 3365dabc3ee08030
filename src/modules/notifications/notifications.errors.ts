/** The failures of notifications. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const notificationError = errorsOf({
  NOTIFICATION_NOT_FOUND: { kind: 'not_found', message: 'There is no such notification' },
  LINK_INVALID: { kind: 'invalid', message: 'This link is not one of ours, or is too old' },
});
