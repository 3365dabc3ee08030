/** The failures of paper accounts. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const paperError = errorsOf({
  PAPER_ACCOUNT_NOT_FOUND: { kind: 'not_found', message: 'There is no paper account' },
  PAPER_POSITIONS_LIVE: {
    kind: 'conflict',
    message: 'Positions are open or wait for their entry: close them, or send close_positions',
  },
  PAPER_POSITIONS_CLOSING: { kind: 'conflict', message: 'Positions are being closed: try again in a moment' },
});
