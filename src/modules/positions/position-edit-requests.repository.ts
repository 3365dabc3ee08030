/**
 * Requests to edit a position, what came of them, and giving a position back to its signal.
 * Keeps: a request and its audit row are one transaction; a request that is repeated is one, and its key names no other;
 * attaching is conditional on the locked row, and has its line in the log.
 */
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { AppliedPart, EditResult, RefusedPart } from '../../domain/position/edit.js';
import { isTerminalPosition, type PositionStatus } from '../../domain/position/position-status.js';
import { isTerminalSignal, type SignalStatus } from '../../domain/signal/signal.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { type NewWork, WorkQueue } from '../../platform/work/work-queue.js';
import type { PositionEditOrder } from './position-work.js';
import { positionError } from './positions.errors.js';

export interface StoredOutcome {
  readonly result: EditResult;
  readonly applied: AppliedPart[];
  readonly refused: RefusedPart[];
}

interface AttachedRow {
  user_id: number;
  signal_id: number | null;
  status: PositionStatus;
  is_detached: boolean;
  signal_status: SignalStatus | null;
}

@Injectable()
export class PositionEditRequests {
  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  async ask(work: NewWork, order: PositionEditOrder, actorId: number): Promise<void> {
    await this.database.transaction(async () => {
      if ((await this.work.enqueue([work])) === 0) return;
      const subject = `position:${String(work.payload?.position_id)}`;
      await this.audit.record({ actorKind: 'user', actorId, action: 'position.edit', subject, after: { ...order } });
    });
  }

  /** Orders a close, once for each key of the work. Throws 409 where the key was used for another quantity. */
  async askClose(work: NewWork, positionId: number, qty: string | null, actorId: number): Promise<void> {
    await this.database.transaction(async () => {
      if ((await this.work.enqueue([work])) === 0) {
        const sql = `SELECT payload ->> 'qty' AS qty FROM work_items WHERE queue = $1 AND key = $2`;
        const earlier = await this.database.first<{ qty: string | null }>(sql, [work.queue, work.key]);
        if (earlier !== undefined && earlier.qty !== qty) throw positionError('IDEMPOTENCY_KEY_REUSED');
        return;
      }
      const subject = `position:${positionId}`;
      await this.audit.record({ actorKind: 'user', actorId, action: 'position.close', subject, after: { qty } });
    });
  }

  /** Whether a request with this key was made before. */
  async isKnown({ queue, key }: NewWork): Promise<boolean> {
    const sql = 'SELECT 1 FROM work_items WHERE queue = $1 AND key = $2';
    return (await this.database.first(sql, [queue, key])) !== undefined;
  }

  /** What a close that is done has filled; undefined where nothing was left to close. */
  async closedQty({ queue, key }: NewWork, positionId: number): Promise<string | undefined> {
    const row = await this.database.first<{ qty: string }>(
      `SELECT trim_scale(o.filled_qty) AS qty FROM work_items w JOIN all_orders o ON o.leg = 'CLOSE' || w.id
       WHERE w.queue = $1 AND w.key = $2 AND o.position_id = $3`,
      [queue, key, positionId],
    );
    return row?.qty;
  }

  /** Throws 409 where the same request was made before and asked for something else. */
  async refuseReused({ queue, key }: NewWork, order: PositionEditOrder): Promise<void> {
    const earlier = await this.database.first<{ order: PositionEditOrder }>(
      `SELECT payload -> 'order' AS "order" FROM work_items WHERE queue = $1 AND key = $2`,
      [queue, key],
    );
    if (earlier !== undefined && !isDeepStrictEqual(earlier.order, JSON.parse(JSON.stringify(order)))) {
      throw positionError('IDEMPOTENCY_KEY_REUSED');
    }
  }

  /** Undefined while it is not carried out, and where nothing was different. */
  outcome(positionId: number, request: string): Promise<StoredOutcome | undefined> {
    return this.database.first<StoredOutcome>(
      `SELECT meta ->> 'result' AS result, meta -> 'applied' AS applied, meta -> 'refused' AS refused
       FROM trade_log WHERE position_id = $1 AND type = 'EDITED' AND meta ->> 'request' = $2`,
      [positionId, request],
    );
  }

  /** Throws 409 where the position is not detached, or its signal has ended. */
  async attach(positionId: number, actorId: number): Promise<void> {
    await this.database.transaction(async () => {
      const row = await this.database.first<AttachedRow>(
        `SELECT p.user_id, p.signal_id, p.status, p.is_detached, s.status AS signal_status
         FROM positions p LEFT JOIN signals s ON s.id = p.signal_id WHERE p.id = $1 FOR UPDATE OF p`,
        [positionId],
      );
      if (row === undefined) throw positionError('POSITION_NOT_FOUND');
      if (isTerminalPosition(row.status)) throw positionError('POSITION_CLOSED', { status: row.status });
      if (!row.is_detached) throw positionError('NOT_DETACHED');
      if (row.signal_status === null || isTerminalSignal(row.signal_status)) throw positionError('SIGNAL_ENDED');
      const now = this.clock.now();
      await this.database.execute(
        'UPDATE positions SET is_detached = false, detached_at = NULL, updated_at = $2 WHERE id = $1',
        [positionId, now],
      );
      await this.database.execute(
        `INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
         VALUES ($1, $2, $3, 'ATTACHED', 'Attached to its signal again: what it says from now on reaches it', '{}', $4)`,
        [positionId, row.user_id, row.signal_id, now],
      );
      const subject = `position:${positionId}`;
      await this.audit.record({ actorKind: 'user', actorId, action: 'position.attach', subject });
    });
  }
}
