/** The failures of reports. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const reportError = errorsOf({
  REPORT_NOT_FOUND: { kind: 'not_found', message: 'There is no report of this day' },
  NOT_ALLOWED: { kind: 'not_allowed', message: 'The platform report is for staff' },
});
