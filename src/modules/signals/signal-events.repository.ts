/**
 * Records what happened to signals. Keeps: an event happens once (unique key); its row and the work that tells people
 * are written in the transaction that makes it happen.
 */
import { Injectable } from '@nestjs/common';
import { signalEventKey, type SignalEventType } from '../../domain/signal/signal.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { signalEventWork } from './signal-work.js';

export interface NewSignalEvent {
  readonly signalId: number;
  readonly type: SignalEventType;
  readonly targetIndex?: number;
  /** Of an edit. */
  readonly version?: number;
  readonly price?: string;
  readonly actorId?: number;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface SignalEventRow {
  id: number;
  type: SignalEventType;
  target_index: number | null;
  price: string | null;
  detail: Record<string, unknown>;
  created_at: Date;
}

@Injectable()
export class SignalEvents {
  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
  ) {}

  /** Answers whether the event is new. */
  async record(event: NewSignalEvent): Promise<boolean> {
    const key = signalEventKey(event.signalId, event.type, event.targetIndex ?? event.version);
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO signal_events (signal_id, type, target_index, price, key, actor_id, detail, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING RETURNING id`,
      [
        event.signalId,
        event.type,
        event.targetIndex ?? null,
        event.price ?? null,
        key,
        event.actorId ?? null,
        JSON.stringify(event.detail ?? {}),
        this.clock.now(),
      ],
    );
    if (row === undefined) return false;
    await this.work.enqueue([signalEventWork(event.signalId, key, row.id)]);
    return true;
  }

  of(signalId: number): Promise<SignalEventRow[]> {
    return this.database.query<SignalEventRow>(
      'SELECT id, type, target_index, price, detail, created_at FROM signal_events WHERE signal_id = $1 ORDER BY id',
      [signalId],
    );
  }
}
