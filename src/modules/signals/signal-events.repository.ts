/**
 * Records what happened to signals. Keeps: an event happens once (unique key); its row and the work that tells people
 * are written in the transaction that makes it happen.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { signalEventKey, type SignalEventType } from '../../domain/signal/signal.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { signalEventWork, signalToldWork } from './signal-work.js';

export interface NewSignalEvent {
  readonly signalId: number;
  readonly type: SignalEventType;
  readonly targetIndex?: number;
  /** Of an edit. */
  readonly version?: number;
  /** Of a reduction. */
  readonly mark?: string;
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

/** What an engine has to know of its signals. */
const TOLD: readonly SignalEventType[] = ['TARGET', 'STOP', 'CANCELLED'];

@Injectable()
export class SignalEvents {
  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Answers whether the event is new. */
  async record(event: NewSignalEvent): Promise<boolean> {
    const key = signalEventKey(event.signalId, event.type, event.targetIndex ?? event.version ?? event.mark);
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
    const isTold = this.config.house.HOUSE_ENGINE_URL !== undefined && TOLD.includes(event.type);
    await this.work.enqueue([
      signalEventWork(event.signalId, key, row.id),
      ...(isTold ? [signalToldWork(event.signalId, key, row.id)] : []),
    ]);
    return true;
  }

  of(signalId: number): Promise<SignalEventRow[]> {
    return this.database.query<SignalEventRow>(
      'SELECT id, type, target_index, price, detail, created_at FROM signal_events WHERE signal_id = $1 ORDER BY id',
      [signalId],
    );
  }
}
