/** The failures of signing in and of access. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const authError = errorsOf({
  UNAUTHENTICATED: { kind: 'unauthenticated', message: 'Sign in first' },
  WRONG_CREDENTIALS: { kind: 'unauthenticated', message: 'Wrong e-mail address or password' },
  WRONG_API_KEY: { kind: 'unauthenticated', message: 'The X-API-KEY header is wrong' },
  SESSION_ENDED: { kind: 'unauthenticated', message: 'The session has ended; sign in again' },
  EMAIL_TAKEN: { kind: 'invalid', message: 'This e-mail address is already registered' },
  EMAIL_NOT_VERIFIED: { kind: 'not_allowed', message: 'Verify your e-mail address first' },
  NOT_ALLOWED: { kind: 'not_allowed', message: 'You may not do this' },
  UNKNOWN_USER: { kind: 'not_found', message: 'There is no such user' },
  NOT_YOURSELF: { kind: 'conflict', message: 'You may not take your own access' },
  MFA_REQUIRED: { kind: 'unauthenticated', message: 'Enter the code of your authenticator app' },
  MFA_REFUSED: { kind: 'unauthenticated', message: 'This code is wrong, or was used before' },
  MFA_WRONG_CODE: { kind: 'invalid', message: 'This is not the code that the app should show' },
  TWO_FACTOR_ON: { kind: 'conflict', message: 'Two-factor sign-in is on already' },
  TWO_FACTOR_OFF: { kind: 'conflict', message: 'Two-factor sign-in is not on' },
  TWO_FACTOR_NOT_ENROLLED: { kind: 'conflict', message: 'Ask for a new secret first; one is good for 15 minutes' },
  STEP_UP_REQUIRED: { kind: 'not_allowed', message: 'Show your second factor or your password again' },
  STEP_UP_REFUSED: { kind: 'not_allowed', message: 'The code or the password is wrong' },
  UNKNOWN_SESSION: { kind: 'not_found', message: 'There is no such session' },
  CAPTCHA_REQUIRED: { kind: 'invalid', message: 'Solve the puzzle of /api/captcha/generate first' },
  CAPTCHA_WRONG: { kind: 'invalid', message: 'The puzzle is not solved, or was used before: ask for a new one' },
  CAPTCHA_UNAVAILABLE: { kind: 'unavailable', message: 'The puzzle cannot be checked at the moment' },
  TOKEN_INVALID: { kind: 'invalid', message: 'The token is invalid, used or expired' },
  BUSY: { kind: 'too_many', message: 'Too many sign-ins at the moment; try again in a few seconds' },
  BOOTSTRAP_REFUSED: { kind: 'not_allowed', message: 'There is an administrator already, or the token is wrong' },
});
