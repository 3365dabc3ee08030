/**
 * Hashes and checks passwords with argon2id. Hashes that the old system made with bcrypt are checked as well; `isOutdated`
 * tells which to make anew.
 * Keeps: at most two run at once in a process, one where there are two cores, because they share the cores with trading; a
 * bounded number waits, beyond it the answer is 429. Checks and new hashes wait in queues of their own that are served in
 * turn, so neither can keep the other out. An unknown user costs a check too.
 */
import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { authError } from './auth.errors.js';
import { PasswordThreads } from './password-threads.js';

/** One core is left to everything else. */
export const PASSWORDS_AT_ONCE = Math.max(1, Math.min(2, availableParallelism() - 1));

/** How many may wait: sign-ins, and new passwords. */
const WAITING = { check: 200, hash: 50 } as const;

type Line = keyof typeof WAITING;

const BCRYPT = /^\$2[abxy]\$/;

@Injectable()
export class PasswordService implements OnApplicationShutdown {
  readonly #threads = new PasswordThreads();
  readonly #waiting: Record<Line, (() => void)[]> = { check: [], hash: [] };
  #served: Line = 'hash';
  #running = 0;
  #decoy: Promise<string> | undefined;

  onApplicationShutdown(): Promise<void> {
    return this.#threads.close();
  }

  hash(password: string): Promise<string> {
    return this.#inTurn('hash', () => this.#make(password));
  }

  /** False for a wrong password, and for no user at all, after the same work. */
  async check(password: string, storedHash: string | undefined): Promise<boolean> {
    const against = storedHash ?? (await (this.#decoy ??= this.#make('no such user')));
    const matches = await this.#inTurn('check', () => this.#verify(against, password).catch(() => false));
    return matches && storedHash !== undefined;
  }

  /** Whether a hash should be replaced as soon as its password is known. */
  isOutdated(storedHash: string): boolean {
    return BCRYPT.test(storedHash);
  }

  async #make(password: string): Promise<string> {
    return String(await this.#threads.run({ kind: 'hash', password }));
  }

  /** `$2x$` and `$2y$` are other libraries' names of the same algorithm, which this one knows only as `$2b$`. */
  async #verify(stored: string, password: string): Promise<boolean> {
    const task = BCRYPT.test(stored)
      ? ({ kind: 'bcrypt', stored: stored.replace(BCRYPT, '$2b$$'), password } as const)
      : ({ kind: 'argon2', stored, password } as const);
    return (await this.#threads.run(task)) === true;
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
