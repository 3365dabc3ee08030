/** The failures of signals and their callbacks. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const signalError = errorsOf({
  SIGNAL_NOT_FOUND: { kind: 'not_found', message: 'There is no such signal' },
  SOURCE_NOT_FOUND: { kind: 'not_found', message: 'There is no such source' },
  SOURCE_DISABLED: {
    kind: 'not_allowed',
    message: 'This source is disabled: it posts, edits and reports nothing until staff enable it',
  },
  SIGNAL_REPEATED: {
    kind: 'too_many',
    message: 'This symbol and side were posted a moment ago; wait, or send an Idempotency-Key to repeat safely',
  },
  IDEMPOTENCY_KEY_REUSED: {
    kind: 'conflict',
    message: 'This idempotency key was used for another signal',
  },
  NOT_YOUR_SIGNAL: { kind: 'not_allowed', message: 'Providers report on their own signals only' },
  SIGNAL_VERSION: { kind: 'conflict', message: 'The signal was edited since: read it again' },
  EDIT_REFUSED: { kind: 'refused', message: 'Nothing of this is possible any more' },
  SIGNAL_ENDED: { kind: 'conflict', message: 'The signal has already ended' },
});
