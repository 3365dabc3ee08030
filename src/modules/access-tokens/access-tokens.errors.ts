/** The failures of tokens for programs. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const accessTokenError = errorsOf({
  UNKNOWN_TOKEN: { kind: 'not_found', message: 'There is no such token' },
  UNKNOWN_SOURCE: { kind: 'not_found', message: 'There is no such source' },
  TOKEN_LIMIT: { kind: 'conflict', message: 'You have as many tokens as there may be; revoke one first' },
  SCOPE_NOT_ALLOWED: { kind: 'not_allowed', message: 'You may not give a program this scope' },
  SCOPE_MISSING: { kind: 'not_allowed', message: 'The token of this program may not do this' },
  IMPERSONATION_READ_ONLY: {
    kind: 'not_allowed',
    message: 'In a user’s place you only read, and nothing of keys, sessions or the second factor',
  },
  NOT_IMPERSONATED: { kind: 'not_allowed', message: 'Nobody reads in the place of an administrator' },
  UNKNOWN_USER: { kind: 'not_found', message: 'There is no such user' },
  SIGNATURE_REFUSED: {
    kind: 'unauthenticated',
    message: 'The signature, its key, its time or its nonce is not good, or the call was made before',
  },
});
