/**
 * The form of codes that people send back: long ones for linking an account, short ones for confirming a command.
 * Keeps: only hashes are stored.
 */
import { createHash } from 'node:crypto';

const START = /^\/start(?:@\w{1,64})? ([\w-]{32,64})$/;

/** The code for linking that a text brings, if it has the form of one. */
export function codeOf(text: string): string | undefined {
  return START.exec(text.trim())?.[1];
}

export function codeHash(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
