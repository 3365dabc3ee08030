/**
 * The durable note of a price that crossed triggers, written before anything is applied.
 * Keeps: a crossing that was seen is applied in full, also when the process dies half-way: the next leader applies what
 * it finds here before it looks at new prices. Applying one twice changes nothing.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { Randomness } from '../../../platform/ids/randomness.js';
import { WorkQueue } from '../../../platform/work/work-queue.js';
import type { Peaks } from './armory.js';

const NO_PEAKS: Peaks = { LONG: [], SHORT: [] };

/** Not served by the runner: only the leader's trigger engine reads it. */
export const CROSSING_QUEUE = 'crossing';

export interface Crossing {
  readonly symbol: string;
  readonly price: string;
  readonly at: Date;
  /** The best prices that positions trailed from at that moment. */
  readonly peaks: Peaks;
}

export interface NotedCrossing extends Crossing {
  readonly key: string;
  /** The newest position there was: no clock of another machine decides which ones the price concerns. */
  readonly newestPosition: number;
}

interface NotedPayload {
  readonly symbol: string;
  readonly price: string;
  readonly at: string;
  readonly newest_position: number;
  readonly peaks?: Peaks;
}

@Injectable()
export class CrossingsRepository {
  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** A key for `note`, made before its first attempt: a note whose answer was lost is then not noted twice. */
  keyOf(crossing: Crossing): string {
    return `${crossing.symbol}:${crossing.at.getTime()}:${this.randomness.hexCode(12)}`;
  }

  async note(key: string, crossing: Crossing): Promise<void> {
    const row = await this.database.first<{ newest: number }>('SELECT coalesce(max(id), 0) AS newest FROM positions');
    const newest_position = row?.newest ?? 0;
    const { symbol, price, at, peaks } = crossing;
    const payload = { symbol, price, at: at.toISOString(), newest_position, peaks };
    await this.work.enqueue([{ queue: CROSSING_QUEUE, key, payload }]);
  }

  async settle(key: string): Promise<void> {
    await this.database.execute(
      `UPDATE work_items SET state = 'done', finished_at = $3 WHERE queue = $1 AND key = $2 AND state = 'open'`,
      [CROSSING_QUEUE, key, this.clock.now()],
    );
  }

  /** Crossings that were noted and not settled, oldest first. */
  async unsettled(): Promise<NotedCrossing[]> {
    const rows = await this.database.query<{ key: string; payload: NotedPayload }>(
      `SELECT key, payload FROM work_items WHERE queue = $1 AND state = 'open' ORDER BY id`,
      [CROSSING_QUEUE],
    );
    return rows.map(({ key, payload: { symbol, price, at, newest_position, peaks } }) => ({
      key,
      symbol,
      price,
      at: new Date(at),
      newestPosition: newest_position,
      peaks: peaks ?? NO_PEAKS,
    }));
  }
}
