/** The failures of support. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const supportError = errorsOf({
  TICKET_NOT_FOUND: { kind: 'not_found', message: 'There is no such ticket' },
  TICKET_CLOSED: { kind: 'conflict', message: 'This ticket is closed; write a new one' },
  NOT_STAFF: { kind: 'refused', message: 'A ticket can be given to an administrator only' },
  TOO_MANY_TICKETS: { kind: 'conflict', message: 'Too many tickets are open: wait for an answer, or close one' },
});
