/** The failures of broadcasting. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const broadcastError = errorsOf({
  DELIVERY_NOT_GIVEN_UP: { kind: 'not_found', message: 'There is no such delivery that was given up' },
  BROADCAST_FAILED: { kind: 'failed', message: 'A test message was not delivered' },
  USER_NOT_FOUND: { kind: 'not_found', message: 'There is no such user' },
  TRIAL_ONLY: { kind: 'not_allowed', message: 'This is for people on TRIAL' },
});
