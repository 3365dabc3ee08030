/**
 * Hashes and checks passwords with argon2id (19 MiB, 2 passes; OWASP's first choice). Hashes that the old system made
 * with bcrypt are checked as well; `isOutdated` tells which to make anew.
 * Keeps: at most two run at once in a process, one where there are two cores, because they share the cores with trading and
 * the thread pool with DNS; a bounded number waits, beyond it the answer is 429. Checks and new hashes wait in queues of
 * their own that are served in turn, so neither can keep the other out. An unknown user costs a check too.
 */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import bcrypt from 'bcrypt';
import { authError } from './auth.errors.js';

/** One core is left to everything else; a third would keep name look-ups waiting. */
export const PASSWORDS_AT_ONCE = Math.max(1, Math.min(2, availableParallelism() - 1));

/** How many may wait: sign-ins, and new passwords. */
const WAITING = { check: 200, hash: 50 } as const;

type Line = keyof typeof WAITING;

const BCRYPT = /^\$2[abxy]\$/;

const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

@Injectable()
export class PasswordService {
  readonly #waiting: Record<Line, (() => void)[]> = { check: [], hash: [] };
  #served: Line = 'hash';
  #running = 0;
  #decoy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.#inTurn('hash', () => hash(password, OPTIONS));
  }

  /** False for a wrong password, and for no user at all, after the same work. */
  async check(password: string, storedHash: string | undefined): Promise<boolean> {
    const against = storedHash ?? (await (this.#decoy ??= hash('no such user', OPTIONS)));
    const matches = await this.#inTurn('check', () => verifyHash(against, password).catch(() => false));
    return matches && storedHash !== undefined;
  }

  /** Whether a hash should be replaced as soon as its password is known. */
  isOutdated(storedHash: string): boolean {
    return BCRYPT.test(storedHash);
  }

  async #inTurn<T>(line: Line, task: () => Promise<T>): Promise<T> {
    if (this.#running >= PASSWORDS_AT_ONCE) {
      if (this.#waiting[line].length >= WAITING[line]) throw authError('BUSY', { retry_after: 5 });
      await new Promise<void>((resolve) => this.#waiting[line].push(resolve));
    } else this.#running += 1;
    try {
      return await task();
    } finally {
      const next = this.#next();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Whose turn it is: the line that was not served last, if anybody stands in it. */
  #next(): (() => void) | undefined {
    const other: Line = this.#served === 'check' ? 'hash' : 'check';
    for (const line of [other, this.#served]) {
      const first = this.#waiting[line].shift();
      if (first === undefined) continue;
      this.#served = line;
      return first;
    }
    return undefined;
  }
}

/** `$2x$` and `$2y$` are other libraries' names of the same algorithm, which this one knows only as `$2b$`. */
function verifyHash(stored: string, password: string): Promise<boolean> {
  return BCRYPT.test(stored) ? bcrypt.compare(password, stored.replace(BCRYPT, '$2b$$')) : verify(stored, password);
}
