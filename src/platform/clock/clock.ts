/**
 * Time as a service: the wall clock, a monotonic clock for durations, and timers that can be cancelled.
 * Keeps: nothing else in the product reads ambient time or sets a raw timer (lint), so tests own the time.
 */

/** Cancels what `after` or `every` set up; calling it twice is harmless. */
export type Cancel = () => void;

export abstract class Clock {
  /** Wall-clock time. May jump: never use it to measure how long something took. */
  abstract now(): Date;

  /** Milliseconds on a clock that only moves forward; its zero means nothing. */
  abstract monotonicMs(): number;

  /** Runs `task` once after `ms` milliseconds. The timer does not keep the process alive. */
  abstract after(ms: number, task: () => void): Cancel;

  /** Runs `task` every `ms` milliseconds until cancelled. */
  abstract every(ms: number, task: () => void): Cancel;

  /** Resolves after `ms` milliseconds, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const cancel = this.after(ms, finish);
      function finish(): void {
        signal?.removeEventListener('abort', abort);
        resolve();
      }
      function abort(): void {
        cancel();
        finish();
      }
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }

  override monotonicMs(): number {
    return performance.now();
  }

  override after(ms: number, task: () => void): Cancel {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  }

  override every(ms: number, task: () => void): Cancel {
    const timer = setInterval(task, ms);
    timer.unref();
    return () => clearInterval(timer);
  }
}
