/** The failures of the engine's routes. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const houseSignalError = errorsOf({
  HOUSE_SIGNAL_NOT_LIVE: { kind: 'not_found', message: 'There is no live signal of this signal_id' },
});
