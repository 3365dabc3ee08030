/** The failures of leaving and of taking one's data along. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const privacyError = errorsOf({
  LIVE_POSITIONS_OPEN: { kind: 'conflict', message: 'Close your positions on exchanges first' },
  STAFF_ACCOUNT: { kind: 'conflict', message: 'An administrator has to take your role away first' },
  NO_DELETION: { kind: 'not_found', message: 'No deletion of this account is waiting' },
  NO_EXPORT: { kind: 'not_found', message: 'There is no export; ask for one' },
  EXPORT_NOT_READY: { kind: 'conflict', message: 'The export is not ready yet; we will send a mail' },
});
