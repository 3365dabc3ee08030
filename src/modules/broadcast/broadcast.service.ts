/**
 * Turns what happened into messages for the groups, and each message into one delivery per group.
 * Keeps: a message exists once (unique key); message, deliveries and their work are one transaction; nothing waits here.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { DailyFigures } from '../../domain/report/daily-report.js';
import type { StaffNotice } from '../../domain/notification/staff-notice.js';
import type { SafetyEvent } from '../../domain/safety/safety-event.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { type NewWork, WorkQueue } from '../../platform/work/work-queue.js';
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { BROADCAST_CHANNEL, type BroadcastChannel } from './broadcast-channel.js';
import {
  compose,
  type EventFacts,
  forwardedMessage,
  reportMessage,
  signalMessage,
  type SignalFacts,
} from './messages.js';
import { safetyMessage } from './safety-message.js';

export const DELIVERY_QUEUE = 'delivery';

type EventRow = EventFacts &
  SignalFacts & {
    key: string;
    /** The post that made the signal, where it is passed on, and as whose words. */
    post: string | null;
    forward_to: readonly string[] | null;
    source: string | null;
  };

const EVENT = `
  SELECT e.key, e.type, e.target_index, e.price, e.detail ->> 'reason' AS reason, e.detail ->> 'percent' AS percent, e.detail -> 'changes' AS changes, s.id, s.symbol, s.side, s.entry,
         s.stop_loss, s.target_prices, s.leverage, s.trade_type, s.duration, s.confidence, m.text AS post, c.forward_to,
         o.name AS source
  FROM signal_events e JOIN signals s ON s.id = e.signal_id
  LEFT JOIN (telegram_messages m JOIN telegram_chats c ON c.chat_id = m.chat_id JOIN sources o ON o.id = m.source_id)
    ON e.type = 'POSTED' AND m.source_id = s.source_id
      AND m.id = CASE WHEN s.idempotency_key ~ '^telegram:[0-9]{1,15}$' THEN split_part(s.idempotency_key, ':', 2)::bigint END
  WHERE e.id = $1`;

/** A delivery is given up when it is DEAD, or when its work is: then nobody will try it again. */
const RETRY = `
  UPDATE deliveries SET status = 'PENDING', last_error = NULL
  WHERE id = $1 AND (status = 'DEAD' OR status = 'PENDING' AND NOT EXISTS (
    SELECT 1 FROM work_items WHERE queue = $2 AND state = 'open' AND (payload ->> 'delivery_id')::bigint = deliveries.id))
  RETURNING target, attempts`;

const RETRY_ALL = `
  UPDATE deliveries SET status = 'PENDING', last_error = NULL WHERE status = 'DEAD' AND created_at >= $1
  RETURNING id, target, attempts`;

@Injectable()
export class BroadcastService {
  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    @Inject(BROADCAST_CHANNEL) private readonly channel: BroadcastChannel,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Tells what happened to a signal, in the running transaction. */
  async tellEvent(eventId: number): Promise<void> {
    const row = await this.database.first<EventRow>(EVENT, [eventId]);
    const message = row && signalMessage(row, row);
    if (row === undefined || message === undefined) return;
    const groups = this.config.telegram.BROADCAST_GROUPS_SIGNALS;
    const forwarded = row.forward_to ?? [];
    if (row.post === null || forwarded.length === 0) return this.tell(row.key, row.type, message, groups, row.id);
    // The provider's words are the announcement: each group hears of a signal once.
    await this.tell(row.key, row.type, forwardedMessage(row.id, row.post, row.source ?? ''), forwarded, row.id);
    const others = groups.filter((group) => !forwarded.includes(group));
    if (others.length > 0) await this.tell(`${row.key}:others`, row.type, message, others, row.id);
  }

  /** Tells the platform's report of `day`, in the running transaction. */
  async tellReport(day: string): Promise<void> {
    const row = await this.database.first<{ report: DailyFigures }>(
      'SELECT report FROM daily_reports WHERE day = $1::date AND user_id IS NULL',
      [day],
    );
    if (row === undefined) return;
    const message = reportMessage({ date: day, ...row.report });
    await this.tell(`report:${day}`, 'REPORT', message, this.config.telegram.BROADCAST_GROUPS_REPORT);
  }

  /** Tells administrators that trading was stopped, resumed or flattened, in the running transaction. */
  async tellSafety(key: string, event: SafetyEvent): Promise<void> {
    await this.tell(`safety:${key}`, 'SAFETY', safetyMessage(event), ['ADMIN']);
  }

  /** Tells administrators what somebody found that they should read, in the running transaction. */
  async tellStaff(key: string, { title, lines }: StaffNotice): Promise<void> {
    const message = compose([{ text: title, bold: true }, ...lines.map((text) => ({ text }))]);
    await this.tell(`notice:${key}`, 'NOTICE', message, ['ADMIN']);
  }

  /** Queues `message` for the groups among `groups` that have a target, in the running transaction. */
  async tell(
    key: string,
    kind: string,
    message: OutgoingMessage,
    groups: readonly string[],
    signalId?: number,
  ): Promise<void> {
    const now = this.clock.now();
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO broadcast_messages (key, kind, signal_id, content, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (key) DO NOTHING RETURNING id`,
      [key, kind, signalId ?? null, JSON.stringify(message), now],
    );
    if (row === undefined) return;
    const reached = groups.filter((group) => this.channel.targets.has(group));
    const deliveries = await this.database.query<{ id: number; target: string }>(
      `INSERT INTO deliveries (message_id, channel, target, created_at)
       SELECT $1, $2, target, $4 FROM unnest($3::text[]) AS target RETURNING id, target`,
      [row.id, this.channel.client.code, reached, now],
    );
    await this.work.enqueue(deliveries.map((delivery) => deliveryWork(delivery.id, delivery.target)));
  }

  /** Puts every delivery that was given up since `since` back to work, oldest first; answers how many. */
  async retryAll(since: Date): Promise<number> {
    return this.database.transaction(async () => {
      const rows = await this.database.query<{ id: number; target: string; attempts: number }>(RETRY_ALL, [since]);
      const works = rows.sort((a, b) => a.id - b.id).map((row) => repeated(row.id, row.target, row.attempts));
      await this.work.enqueue(works);
      return works.length;
    });
  }

  /** Puts a delivery that was given up back to work; false when there is none that could be. */
  async retry(deliveryId: number): Promise<boolean> {
    return this.database.transaction(async () => {
      const row = await this.database.first<{ target: string; attempts: number }>(RETRY, [deliveryId, DELIVERY_QUEUE]);
      if (row === undefined) return false;
      await this.work.enqueue([repeated(deliveryId, row.target, row.attempts)]);
      return true;
    });
  }
}

/** One group's messages go out one after the other, in the order in which they were written. */
export function deliveryWork(deliveryId: number, group: string): NewWork {
  return {
    queue: DELIVERY_QUEUE,
    key: String(deliveryId),
    serialKey: `group:${group}`,
    payload: { delivery_id: deliveryId },
  };
}

/** New work for a delivery whose work has ended. */
function repeated(deliveryId: number, group: string, attempts: number): NewWork {
  const work = deliveryWork(deliveryId, group);
  return { ...work, key: `${work.key}:after:${attempts}` };
}
