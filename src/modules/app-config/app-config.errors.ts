/** The failures of remote configuration. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const appConfigError = errorsOf({
  CONFIG_VERSION_EXISTS: { kind: 'conflict', message: 'There is a configuration of this version' },
  CONFIG_NOT_FOUND: { kind: 'not_found', message: 'There is no such configuration' },
  APP_TOO_OLD: { kind: 'outdated', message: 'This version of the app is too old; please update it' },
  FEATURE_OFF: { kind: 'not_allowed', message: 'This is switched off now' },
  MAINTENANCE: { kind: 'unavailable', message: 'We are working on the service; please come back soon' },
});
