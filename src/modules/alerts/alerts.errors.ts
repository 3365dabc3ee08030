/** The failures of alerts, of what is shown of them, and of where they arrive. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const alertError = errorsOf({
  UNKNOWN_ALERT_ADDRESS: { kind: 'not_found', message: 'Nothing takes alerts at this address' },
  ALERT_UNUSABLE: { kind: 'invalid', message: 'The body is no alert that can be carried out' },
  ALERT_SECRET: { kind: 'unauthenticated', message: 'The body does not show the secret of this address' },
  ALERT_SENDER: { kind: 'not_allowed', message: 'Alerts for this address are not taken from where this one came' },
  ALERT_NOT_FOUND: { kind: 'not_found', message: 'There is no such alert' },
  ALERT_NOT_SETTLED: { kind: 'conflict', message: 'The alert is still being carried out' },
  ALERT_TOKEN_NOT_FOUND: { kind: 'not_found', message: 'There is no such address for alerts' },
  ALERT_TOKEN_LIMIT: {
    kind: 'conflict',
    message: 'The source has as many addresses as there may be; revoke one first',
  },
  ALERT_NAME_OPEN: {
    kind: 'invalid',
    message: 'A name can be guessed: it needs a secret in the body or a list of addresses beside it',
  },
  ALERT_NAME_TAKEN: { kind: 'conflict', message: 'This name is taken' },
  ALERT_SOURCE_NOT_FOUND: { kind: 'not_found', message: 'There is no such source, or it is not yours' },
});
