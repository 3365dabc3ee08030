/** The failures of keeping the house's bots. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const strategyError = errorsOf({
  UNKNOWN_STRATEGY: { kind: 'not_found', message: 'There is no such bot' },
});
