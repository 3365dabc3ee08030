/**
 * The system's clock with the wall time moved forward: timers and durations stay real, days pass when the test says so.
 */
import { SystemClock } from '../../src/platform/clock/clock.js';

export class ShiftedClock extends SystemClock {
  #aheadMs = 0;

  override now(): Date {
    return new Date(super.now().getTime() + this.#aheadMs);
  }

  /** Moves the wall time to `time`, which must not be in the past. */
  moveTo(time: Date): void {
    const ahead = time.getTime() - super.now().getTime();
    if (ahead < this.#aheadMs) throw new RangeError('this clock only moves forward');
    this.#aheadMs = ahead;
  }
}
