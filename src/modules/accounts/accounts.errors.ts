/** The failures of accounts. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const accountError = errorsOf({
  ACCOUNT_NOT_FOUND: { kind: 'not_found', message: 'There is no such exchange account' },
  OWNER_NOT_FOUND: { kind: 'not_found', message: 'There is no such user' },
  ACCOUNT_LIMIT: { kind: 'not_allowed', message: 'Your plan does not include another exchange account' },
  ACCOUNT_EXISTS: { kind: 'conflict', message: 'You already have an account of this exchange' },
  ACCOUNT_IN_USE: { kind: 'conflict', message: 'Positions belong to this account' },
  ACCOUNT_INACTIVE: { kind: 'invalid', message: 'This exchange account is switched off' },
  VENUE_UNAVAILABLE: { kind: 'unavailable', message: 'This server has no connection to the exchange' },
});
