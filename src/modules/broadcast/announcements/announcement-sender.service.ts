/**
 * Sends announcements at their time, on every worker: to groups by the broadcasts' deliveries, to people as notifications.
 * Keeps: nothing is sent that was cancelled, or that now reaches more people than one person may write to and nobody else
 * agreed to; each page of people, their work and the place reached are one transaction, so a worker that dies is gone on
 * from there and nobody is told twice (one key for each announcement).
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import {
  type AnnouncementAct,
  announcementAfter,
  type AnnouncementState,
  needsApproval,
} from '../../../domain/notification/announcement.js';
import { TOLD_QUEUE, type Told } from '../../../domain/notification/told.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { WorkQueue } from '../../../platform/work/work-queue.js';
import { WorkRunner } from '../../../platform/work/work-runner.js';
import { BroadcastService } from '../broadcast.service.js';
import { announcementMessage } from './announcement-message.js';
import {
  type AnnouncementChange,
  announcementKey,
  type AnnouncementRow,
  AnnouncementsRepository,
} from './announcements.repository.js';
import { ANNOUNCEMENT_QUEUE } from './announcements.service.js';

/** People who are told by one item of work. */
const PEOPLE = 1_000;

export interface AnnouncementSenderParts {
  readonly announcements: AnnouncementsRepository;
  readonly broadcast: BroadcastService;
  readonly runner: WorkRunner;
  readonly work: WorkQueue;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
}

@Injectable()
export class AnnouncementSender implements OnModuleInit {
  constructor(
    private readonly parts: AnnouncementSenderParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.parts.runner.register({
      queue: ANNOUNCEMENT_QUEUE,
      concurrency: 1,
      leaseMs: 60_000,
      maxAttempts: 0,
      handle: async ({ payload }) => {
        const id = Number(payload.id);
        await this.#begin(id, Number(payload.version));
        while (await this.#page(id));
      },
    });
  }

  /** Where it is still scheduled as it was when the work was made: groups are told, or a second person is asked. */
  async #begin(id: number, version: number): Promise<void> {
    const { announcements, broadcast, database } = this.parts;
    await database.transaction(async () => {
      const row = await announcements.lock(id);
      if (row?.state !== 'SCHEDULED' || row.version !== version) return;
      const { people } = await announcements.count(row);
      const limit = this.config.telegram.BROADCAST_APPROVAL_ABOVE;
      if (row.approved_by_id === null && needsApproval({ groups: row.groups, people }, limit)) {
        await this.#store(row, 'ask', { people });
        return;
      }
      await broadcast.tell(announcementKey(id), 'ANNOUNCEMENT', announcementMessage(row), row.groups);
      await this.#store(row, 'begin', { people: 0 });
    });
  }

  /** Passes it on to the next people; false where there is nobody left. */
  #page(id: number): Promise<boolean> {
    const { announcements, work, database, clock } = this.parts;
    return database.transaction(async () => {
      const row = await announcements.lock(id);
      if (row?.state !== 'SENDING') return false;
      const userIds = await announcements.page(row, PEOPLE);
      const isLast = userIds.length < PEOPLE;
      const last = userIds.at(-1) ?? row.last_user_id;
      const payload: Told = { many: { ...tellingOf(row), userIds } };
      const key = `${announcementKey(id)}:${row.last_user_id}`;
      if (userIds.length > 0) await work.enqueue([{ queue: TOLD_QUEUE, key, payload: { ...payload } }]);
      const change = { people: row.people + userIds.length, last_user_id: last };
      if (isLast) await this.#store(row, 'finish', { ...change, sent_at: clock.now() });
      else await announcements.store(row, row.state, change);
      return !isLast;
    });
  }

  async #store(row: AnnouncementRow, act: AnnouncementAct, change: AnnouncementChange): Promise<void> {
    const state = announcementAfter(row.state, act) as AnnouncementState;
    const { version, people } = await this.parts.announcements.store(row, state, change);
    await this.parts.audit.record({
      actorKind: 'system',
      action: `announcement.${act}`,
      subject: `announcement:${row.id}`,
      before: { state: row.state },
      after: { state, version, people },
    });
  }
}

function tellingOf({ id, title, body }: AnnouncementRow) {
  const data = { type: 'announcement', announcement_id: id };
  return { event: 'announcement' as const, key: announcementKey(id), title, body, data };
}
