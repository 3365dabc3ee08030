/** The failures of keeping sources. */
import { errorsOf } from '../../../platform/errors/app-error.js';

export const sourcesAdminError = errorsOf({
  UNKNOWN_SOURCE: { kind: 'not_found', message: 'There is no such source' },
  SOURCE_EXISTS: { kind: 'conflict', message: 'There is a source of this code' },
});
