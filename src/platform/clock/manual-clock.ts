/**
 * A clock that moves only when told to: the one that tests inject.
 * Keeps: timers fire in the order of their due times, each seeing `now()` at its own due time.
 */
import { type Cancel, Clock } from './clock.js';

interface Timer {
  dueMs: number;
  everyMs: number | undefined;
  task: () => void;
}

export class ManualClock extends Clock {
  #nowMs: number;
  #elapsedMs = 0;
  readonly #timers = new Set<Timer>();

  constructor(start: Date | string = '2026-01-01T00:00:00.000Z') {
    super();
    this.#nowMs = new Date(start).getTime();
  }

  override now(): Date {
    return new Date(this.#nowMs);
  }

  override monotonicMs(): number {
    return this.#elapsedMs;
  }

  override after(ms: number, task: () => void): Cancel {
    return this.#add({ dueMs: this.#elapsedMs + ms, everyMs: undefined, task });
  }

  override every(ms: number, task: () => void): Cancel {
    return this.#add({ dueMs: this.#elapsedMs + ms, everyMs: ms, task });
  }

  /** Moves wall and monotonic time forward together, firing what falls due on the way. */
  advance(ms: number): void {
    const end = this.#elapsedMs + ms;
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#moveTo(Math.max(next.dueMs, this.#elapsedMs));
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.dueMs += next.everyMs;
      next.task();
    }
    this.#moveTo(end);
  }

  /** Sets the wall clock alone, forward or back, as an operator or NTP does. */
  jumpTo(time: Date | string): void {
    this.#nowMs = new Date(time).getTime();
  }

  #add(timer: Timer): Cancel {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #nextDue(end: number): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= end && (found === undefined || timer.dueMs < found.dueMs)) found = timer;
    }
    return found;
  }

  #moveTo(elapsedMs: number): void {
    this.#nowMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }
}
