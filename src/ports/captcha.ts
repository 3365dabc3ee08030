/**
 * How strangers show that a person, or at least some work, stands behind a request.
 * Keeps: a plugin makes and checks puzzles and remembers nothing: who asks for them seals the secret into the challenge,
 * lets each be used once and for a short time only.
 */

export interface CaptchaPuzzle {
  /** What the answer is checked against. Never shown. */
  readonly secret: string;
  /** What the client gets: a picture as a data URI, or the numbers of a computation. */
  readonly shown: Readonly<Record<string, string | number>>;
}

export type CaptchaVerdict =
  | 'passed'
  | 'failed'
  /** The provider could not be asked. */
  | 'unavailable';

export interface Captcha {
  readonly code: string;
  /** What clients need besides a puzzle, such as the provider's public key. */
  readonly shown: Readonly<Record<string, string | number>>;
  /** A new puzzle from 32 random bytes; undefined where the client gets it from the provider itself. */
  puzzle(random: Uint8Array): CaptchaPuzzle | undefined;
  /** Whether `answer` solves the puzzle of `secret`, which is empty where there was none. Never throws. */
  check(secret: string, answer: string, address: string): Promise<CaptchaVerdict>;
}
