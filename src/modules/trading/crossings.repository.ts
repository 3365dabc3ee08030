/**
 * The durable note of a price that crossed triggers, written before anything is applied.
 * Keeps: a crossing that was seen is applied in full, also when the process dies half-way: the next leader applies what
 * it finds here before it looks at new prices. Applying one twice changes nothing.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { WorkQueue } from '../../platform/work/work-queue.js';

/** Not served by the runner: only the leader's trigger engine reads it. */
export const CROSSING_QUEUE = 'crossing';

export interface Crossing {
  readonly symbol: string;
  readonly price: string;
  readonly at: Date;
}

export interface NotedCrossing extends Crossing {
  readonly key: string;
}

@Injectable()
export class CrossingsRepository {
  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async note(crossing: Crossing): Promise<string> {
    const key = `${crossing.symbol}:${crossing.at.getTime()}:${this.randomness.hexCode(12)}`;
    const payload = { symbol: crossing.symbol, price: crossing.price, at: crossing.at.toISOString() };
    await this.work.enqueue([{ queue: CROSSING_QUEUE, key, payload }]);
    return key;
  }

  async settle(key: string): Promise<void> {
    await this.database.execute(
      `UPDATE work_items SET state = 'done', finished_at = $3 WHERE queue = $1 AND key = $2 AND state = 'open'`,
      [CROSSING_QUEUE, key, this.clock.now()],
    );
  }

  /** Crossings that were noted and not settled, oldest first. */
  async unsettled(): Promise<NotedCrossing[]> {
    const rows = await this.database.query<{ key: string; payload: { symbol: string; price: string; at: string } }>(
      `SELECT key, payload FROM work_items WHERE queue = $1 AND state = 'open' ORDER BY id`,
      [CROSSING_QUEUE],
    );
    return rows.map(({ key, payload }) => ({ ...payload, key, at: new Date(payload.at) }));
  }
}
