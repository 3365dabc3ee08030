/**
 * Waits a moment for a piece of work to be done, for answers that should already see its effect.
 * Keeps: bounded: after the limit the answer goes out and the work goes on by itself.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';

const LIMIT_MS = 2_000;
const PAUSE_MS = 10;

@Injectable()
export class WorkWaiter {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** True when the item is no longer open; false when the limit passed first. */
  async settled(queue: string, key: string, limitMs = LIMIT_MS): Promise<boolean> {
    const start = this.clock.monotonicMs();
    while (this.clock.monotonicMs() - start < limitMs) {
      const row = await this.database.first<{ state: string }>(
        'SELECT state FROM work_items WHERE queue = $1 AND key = $2',
        [queue, key],
        { name: 'work_state' },
      );
      if (row === undefined || row.state !== 'open') return true;
      await this.clock.sleep(PAUSE_MS);
    }
    return false;
  }
}
