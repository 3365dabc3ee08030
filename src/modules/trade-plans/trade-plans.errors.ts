/** The failures of plans. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const planError = errorsOf({
  SIGNAL_NOT_FOUND: { kind: 'not_found', message: 'There is no such signal' },
  SOURCE_NOT_FOUND: { kind: 'not_found', message: 'There is no such source' },
  USER_NOT_FOUND: { kind: 'not_found', message: 'There is no such user' },
  NOT_YOUR_SOURCE: { kind: 'not_allowed', message: 'Providers change the plan of their own source only' },
});
