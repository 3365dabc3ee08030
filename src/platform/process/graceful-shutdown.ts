/**
 * Ends a process in order: the last thing opened is closed first, each within its share of one overall limit.
 * Keeps: the first signal drains, a second one ends at once; a closer that hangs or fails does not keep the ones
 * before it from being closed. Must not be told of anything that is not open yet.
 */
import type { Clock } from '../clock/clock.js';

/**
 * A Ctrl-C often arrives twice within milliseconds, from the terminal and again from npm, which passes it on.
 * Signals this close together are one wish.
 */
const SAME_WISH_MS = 700;

/** Share of the time left that a closer may take while others wait behind it. */
const SHARE = 0.75;

const EXIT_INTERRUPTED = 130;

export interface ShutdownOptions {
  readonly clock: Clock;
  /** Ends the process. */
  readonly exit: (code: number) => void;
  /** Receives one plain sentence per step worth telling. */
  readonly log: (sentence: string) => void;
}

interface Closer {
  readonly name: string;
  readonly close: () => Promise<unknown>;
}

export class GracefulShutdown {
  readonly #closers: Closer[] = [];
  #limitMs = 20_000;
  #beganAt: number | undefined;
  #booted: Promise<void> = Promise.resolve();

  constructor(private readonly options: ShutdownOptions) {}

  /** True once the process is to end: a boot that is under way should stop at its next step. */
  get requested(): boolean {
    return this.#beganAt !== undefined;
  }

  /** Sets the overall limit in seconds; the default is 20. */
  limitTo(seconds: number): void {
    this.#limitMs = seconds * 1_000;
  }

  /** Registers what to close; called in the order in which things are opened. */
  onClose(name: string, close: () => Promise<unknown>): void {
    this.#closers.push({ name, close });
  }

  /** Runs the boot; an end that is asked for meanwhile waits for it, so that nothing is opened behind its back. */
  async boot(work: () => Promise<void>): Promise<void> {
    const running = work();
    this.#booted = running.catch(() => undefined);
    await running;
  }

  /** What to do on SIGINT or SIGTERM. */
  signal(name: string): void {
    if (this.#beganAt === undefined) {
      this.options.log(`${name}: finishing what is under way (once more to end at once)`);
      void this.end(0);
    } else if (this.options.clock.monotonicMs() - this.#beganAt >= SAME_WISH_MS) {
      this.options.exit(EXIT_INTERRUPTED);
    }
  }

  /** Closes everything and ends the process with that code, or 1 when something did not close. Works once. */
  async end(code: number): Promise<void> {
    if (this.#beganAt !== undefined) return;
    const { clock, exit } = this.options;
    this.#beganAt = clock.monotonicMs();
    const deadline = this.#beganAt + this.#limitMs;
    let clean = await this.#within('start-up', this.#booted, this.#limitMs * SHARE);
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      const left = Math.max(0, deadline - clock.monotonicMs());
      const share = this.#closers.length > 0 ? left * SHARE : left;
      const closed = await this.#within(closer.name, attempt(closer.close), share);
      clean = clean && closed;
    }
    exit(clean ? code : code || 1);
  }

  async #within(name: string, work: Promise<unknown>, ms: number): Promise<boolean> {
    const { clock, log } = this.options;
    return new Promise((resolve) => {
      const cancel = clock.after(ms, () => {
        log(`${name} did not close in time`);
        resolve(false);
      });
      const settle = (clean: boolean): void => {
        cancel();
        resolve(clean);
      };
      work.then(
        () => settle(true),
        (error: unknown) => {
          log(`${name} did not close cleanly: ${error instanceof Error ? error.message : String(error)}`);
          settle(false);
        },
      );
    });
  }
}

/** A closer that throws at once is treated like one that rejects. */
async function attempt(close: () => Promise<unknown>): Promise<unknown> {
  return close();
}
