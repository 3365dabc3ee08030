/** The failures of positions. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const positionError = errorsOf({
  POSITION_NOT_FOUND: { kind: 'not_found', message: 'There is no such position' },
  POSITION_PENDING: { kind: 'conflict', message: 'It waits for its entry: close it whole, without qty' },
  POSITION_CLOSED: { kind: 'invalid', message: 'The position is already closed' },
  EDIT_REFUSED: { kind: 'refused', message: 'Nothing of this is possible any more' },
  IDEMPOTENCY_KEY_REUSED: { kind: 'conflict', message: 'This idempotency key was used for something else' },
  NOT_DETACHED: { kind: 'conflict', message: 'The position follows its signal' },
  SIGNAL_ENDED: { kind: 'conflict', message: 'Its signal has ended' },
});
