/**
 * What a new password must be: long enough, and none of those that are tried first. Pure.
 */
import { isGuessable } from '../../domain/sign-in/guessable-password.js';
import { invalidInput } from '../../platform/http/validation.js';

/** Throws 400 naming `field`; `email` is the owner's address, where it is known. */
export function requireGoodPassword(field: string, password: string, minLength: number, email?: string): void {
  if (password.length < minLength) throw invalidInput([{ field, rule: `must have at least ${minLength} characters` }]);
  const names = email === undefined ? [] : [email, email.split('@')[0] ?? ''];
  if (isGuessable(password, names)) throw invalidInput([{ field, rule: 'must not be one that is easy to guess' }]);
}
