/**
 * Durable work: enqueue in the transaction that causes it, claim with a lease and a fence, complete conditionally.
 * Keeps: at most one holder of the highest fence; a holder whose lease was taken over can no longer complete or fail the
 * item, nor commit what it wrote together with completing it. Does not run handlers: `WorkRunner` does.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';

export interface NewWork {
  readonly queue: string;
  /** Unique within the queue: enqueuing it again has no effect. */
  readonly key: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Open items of one queue that share this run one after the other, in the order in which they were committed. */
  readonly serialKey?: string;
  /** Lower runs first; default 100. */
  readonly priority?: number;
  /** Without it the item is due at once, whatever the clocks of other machines say. */
  readonly availableAt?: Date;
}

export interface ClaimedWork {
  readonly id: number;
  readonly queue: string;
  readonly key: string;
  readonly payload: Record<string, unknown>;
  readonly fence: number;
  /** How often it was claimed, this time included. */
  readonly attempts: number;
}

/** The lease was lost to another holder: roll back whatever was done under it. */
export class LeaseLostError extends Error {
  constructor(work: ClaimedWork) {
    super(`Work item ${work.id} of ${work.queue} was taken over by another worker`);
    this.name = 'LeaseLostError';
  }
}

/** The channel on which queues are announced; the payload is the queue's name. */
export const WORK_CHANNEL = 'verzek_work';

const CLAIM = `
  UPDATE work_items SET fence = fence + 1, attempts = attempts + 1, available_at = $4, leased_by = $5
  WHERE id = ANY (ARRAY (
    SELECT id FROM work_items AS candidate
    WHERE queue = $1 AND state = 'open' AND available_at <= $2
      AND (serial_key IS NULL OR NOT EXISTS (
        SELECT 1 FROM work_items AS earlier
        WHERE earlier.queue = candidate.queue AND earlier.state = 'open'
          AND earlier.serial_key = candidate.serial_key AND earlier.id < candidate.id))
    ORDER BY priority, id LIMIT $3 FOR UPDATE SKIP LOCKED))
  RETURNING id, queue, key, payload, fence, attempts, priority`;

/**
 * CTEs `held` and `queued` that enqueue what the CTE `from` has (queue, key, payload, serial_key, priority, available_at,
 * place), for statements that write what causes the work. `queued` has the queue of each item that was new: announce them.
 * Whoever adds to a run holds it until the commit, and draws ids only then: an item of a lower id that becomes visible after
 * one of a higher id would be claimed beside it.
 */
export const enqueueing = (from: string, now: string): string => `
  held AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtextextended(queue || ' ' || serial_key, 2))
    FROM (SELECT DISTINCT queue, serial_key FROM ${from} WHERE serial_key IS NOT NULL ORDER BY queue, serial_key) AS run
  ), queued AS (
    INSERT INTO work_items (queue, key, payload, serial_key, priority, available_at, created_at)
    SELECT queue, key, payload, serial_key, priority, coalesce(available_at, '-infinity'), ${now}
    FROM (SELECT count(*) FROM held) AS runs, ${from} ORDER BY place
    ON CONFLICT (queue, key) DO NOTHING
    RETURNING queue
  )`;

const ENQUEUE = `
  WITH item AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::int[], $6::timestamptz[])
      WITH ORDINALITY AS item (queue, key, payload, serial_key, priority, available_at, place)
  ), ${enqueueing('item', '$7')}
  SELECT pg_notify($8, queue), count(*) AS made FROM queued GROUP BY queue`;

export interface QueueDepth {
  readonly queue: string;
  readonly open: number;
  readonly dead: number;
  readonly oldest_due: Date | null;
  /** Since when the oldest open item is there, due or not, leased or not. */
  readonly oldest_open: Date | null;
}

/** The first open item of a serial run stands for the run: `min` of (id, since when it is due). */
const DEPTH = `
  SELECT queue, sum(open)::bigint AS open, sum(dead)::bigint AS dead,
    min(due) FILTER (WHERE due <= $1) AS oldest_due, min(since) AS oldest_open
  FROM (
    SELECT queue, count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state = 'dead') AS dead,
      CASE WHEN serial_key IS NULL THEN min(greatest(created_at, available_at)) FILTER (WHERE state = 'open')
        ELSE to_timestamp((min(ARRAY[id, extract(epoch FROM greatest(created_at, available_at))])
          FILTER (WHERE state = 'open'))[2]::double precision) END AS due,
      min(created_at) FILTER (WHERE state = 'open') AS since
    FROM work_items WHERE state <> 'done' GROUP BY queue, serial_key) AS run
  GROUP BY queue ORDER BY queue`;

@Injectable()
export class WorkQueue {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds work, in the running transaction if there is one, and announces it on commit.
   * Answers how many items were new.
   */
  async enqueue(items: readonly NewWork[]): Promise<number> {
    if (items.length === 0) return 0;
    const params = [
      items.map((item) => item.queue),
      items.map((item) => item.key),
      items.map((item) => JSON.stringify(item.payload ?? {})),
      items.map((item) => item.serialKey ?? null),
      items.map((item) => item.priority ?? 100),
      items.map((item) => item.availableAt ?? null),
      this.clock.now(),
      WORK_CHANNEL,
    ];
    const rows = await this.database.query<{ made: number }>(ENQUEUE, params, { name: 'work_enqueue' });
    return rows.reduce((sum, { made }) => sum + made, 0);
  }

  /** Leases up to `limit` due items to `holder` for `leaseMs`. */
  async claim(queue: string, holder: string, limit: number, leaseMs: number): Promise<ClaimedWork[]> {
    const now = this.clock.now();
    const until = new Date(now.getTime() + leaseMs);
    const rows = await this.database.query<ClaimedWork & { priority: number }>(
      CLAIM,
      [queue, now, limit, until, holder],
      { name: 'work_claim' },
    );
    return rows.sort((a, b) => a.priority - b.priority || a.id - b.id);
  }

  /** Marks the item done. Inside a transaction it makes that transaction's writes conditional on the lease. */
  async complete(work: ClaimedWork): Promise<void> {
    const touched = await this.database.execute(
      `UPDATE work_items SET state = 'done', finished_at = $3, leased_by = NULL, last_error = NULL
       WHERE id = $1 AND fence = $2 AND state = 'open'`,
      [work.id, work.fence, this.clock.now()],
      { name: 'work_complete' },
    );
    if (touched === 0) throw new LeaseLostError(work);
  }

  /** Empties the item's payload, in the running transaction: what it held need not outlive the work. */
  async forget(work: ClaimedWork): Promise<void> {
    await this.database.execute(`UPDATE work_items SET payload = '{}' WHERE id = $1`, [work.id]);
  }

  /** Prolongs the lease; false when it is already lost. */
  async extend(work: ClaimedWork, leaseMs: number): Promise<boolean> {
    const until = new Date(this.clock.now().getTime() + leaseMs);
    const touched = await this.database.execute(
      `UPDATE work_items SET available_at = $3
       WHERE id = $1 AND fence = $2 AND state = 'open' AND leased_by IS NOT NULL`,
      [work.id, work.fence, until],
    );
    return touched === 1;
  }

  /**
   * Gives the item back after a failure, to be tried again at `retryAt`; without it the item is dead. Where its turn had
   * merely not come, the claim does not count as an attempt.
   */
  async fail(work: ClaimedWork, error: string, retryAt: Date | undefined, isAttempt = true): Promise<void> {
    const now = this.clock.now();
    await this.database.execute(
      `UPDATE work_items
       SET state = CASE WHEN $4::timestamptz IS NULL THEN 'dead' ELSE 'open' END,
           finished_at = CASE WHEN $4::timestamptz IS NULL THEN $5::timestamptz END,
           available_at = coalesce($4, available_at), last_error = $3, leased_by = NULL, attempts = attempts - $6::int
       WHERE id = $1 AND fence = $2 AND state = 'open'`,
      [work.id, work.fence, error.slice(0, 1_000), retryAt ?? null, now, isAttempt ? 0 : 1],
    );
  }

  /**
   * Ends the leases of `holder` on items that it does not work on: the answer to its claim, or its giving back, was lost.
   * `until` names each queue with the end of the oldest lease that may still be on its way. Answers the queues concerned.
   */
  async releaseForgotten(
    holder: string,
    working: readonly number[],
    until: readonly (readonly [queue: string, leaseEnd: Date])[],
  ): Promise<string[]> {
    const rows = await this.database.query<{ queue: string }>(
      `UPDATE work_items SET available_at = $5, leased_by = NULL
       FROM unnest($1::text[], $2::timestamptz[]) AS served (queue, lease_end)
       WHERE work_items.queue = served.queue AND state = 'open' AND leased_by = $3 AND id <> ALL ($4::bigint[])
         AND available_at < lease_end
       RETURNING work_items.queue`,
      [until.map(([queue]) => queue), until.map(([, end]) => end), holder, working, this.clock.now()],
    );
    return [...new Set(rows.map(({ queue }) => queue))];
  }

  /** Ends the leases that others than `holder` have on these queues: their holder is known to be gone. */
  async release(queues: readonly string[], holder: string): Promise<void> {
    await this.database.execute(
      `UPDATE work_items SET available_at = $3, leased_by = NULL
       WHERE queue = ANY ($1::text[]) AND state = 'open' AND leased_by <> $2`,
      [queues, holder, this.clock.now()],
    );
  }

  /** Puts dead items of a queue back to work; answers how many. */
  async revive(queue: string): Promise<number> {
    const count = await this.database.execute(
      `UPDATE work_items SET state = 'open', finished_at = NULL, attempts = 0, available_at = $2
       WHERE queue = $1 AND state = 'dead'`,
      [queue, this.clock.now()],
    );
    if (count > 0) await this.database.query('SELECT pg_notify($1, $2)', [WORK_CHANNEL, queue]);
    return count;
  }

  /** Deletes finished items older than `before`, at most `limit` at a time. */
  purge(before: Date, limit: number): Promise<number> {
    return this.database.execute(
      `DELETE FROM work_items WHERE id = ANY (ARRAY (
         SELECT id FROM work_items WHERE state = 'done' AND finished_at < $1 ORDER BY finished_at LIMIT $2))`,
      [before, limit],
    );
  }

  /**
   * Open and dead items by queue, since when the oldest one is due, and since when the oldest one waits for its turn without
   * being due: for health and metrics. What stands behind a serial item is due no sooner than that one.
   */
  depth(): Promise<QueueDepth[]> {
    return this.database.query(DEPTH, [this.clock.now()]);
  }
}
