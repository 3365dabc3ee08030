/** The failures of stopping and resuming trading. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const safetyError = errorsOf({
  SWITCH_NOT_FOUND: { kind: 'not_found', message: 'There is no such switch' },
  SCOPE_NOT_FOUND: { kind: 'not_found', message: 'There is no such user or account' },
  SCOPE_NOT_ALLOWED: { kind: 'not_allowed', message: 'You may stop trading for yourself and your own accounts only' },
  SET_BY_STAFF: { kind: 'not_allowed', message: 'Staff have set this switch; only they may change it' },
  STRONGER_SWITCH: { kind: 'conflict', message: 'A switch without an end is set there already: clear it first' },
  KILL_SWITCH_ACTIVE: { kind: 'conflict', message: 'The kill switch is set: send confirm "RESUME" to clear it' },
  BREAKER_NOT_FOUND: { kind: 'not_found', message: 'There is no such circuit breaker' },
});
