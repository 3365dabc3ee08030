/** The failures of listening to Telegram. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const telegramError = errorsOf({
  UNKNOWN_CHAT: { kind: 'not_found', message: 'There is no such chat' },
  OWN_GROUP: { kind: 'conflict', message: 'The platform broadcasts to this group: it cannot be a source' },
  UNKNOWN_TELEGRAM_ADMIN: { kind: 'not_found', message: 'Nobody of this Telegram id is linked' },
  NOT_LISTENING: { kind: 'not_found', message: 'Telegram does not send messages here' },
  WRONG_SECRET: { kind: 'unauthenticated', message: 'The secret is missing or wrong' },
});
