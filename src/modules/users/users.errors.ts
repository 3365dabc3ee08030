/** The failures of users and their settings. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const userError = errorsOf({
  USER_NOT_FOUND: { kind: 'not_found', message: 'There is no such user' },
  EMAIL_NOT_VERIFIED: { kind: 'not_allowed', message: 'Verify your e-mail address first' },
  PLAN_WITHOUT_AUTO_TRADING: { kind: 'not_allowed', message: 'Your plan does not include auto-trading' },
  POSITION_MODE_IN_USE: {
    kind: 'conflict',
    message: 'You hold both sides of a symbol: close one before you switch to one-way mode',
  },
  NOTIFICATIONS_OFF: { kind: 'not_allowed', message: 'Switch notifications on first' },
  SESSION_ENDED: { kind: 'unauthenticated', message: 'The session has ended; sign in again' },
  DEVICE_NOT_FOUND: { kind: 'not_found', message: 'This device is not registered' },
});
