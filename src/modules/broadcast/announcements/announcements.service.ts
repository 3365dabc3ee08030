/**
 * Leads announcements from draft to sending: written, submitted, agreed to by a second person, cancelled.
 * Keeps: each act is one transaction under the row's lock, with its audit row and the work that it causes; a state is left
 * only as the table of transitions says; what is approved is what the approver has read.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import {
  type AnnouncementAct,
  announcementAfter,
  type AnnouncementState,
  mayApprove,
  needsApproval,
} from '../../../domain/notification/announcement.js';
import { PUSH_LENGTH, shortened } from '../../../domain/notification/shortened.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { pageOf } from '../../../platform/http/paging.js';
import { invalidInput } from '../../../platform/http/validation.js';
import { WorkQueue } from '../../../platform/work/work-queue.js';
import { BROADCAST_CHANNEL, type BroadcastChannel } from '../broadcast-channel.js';
import { announcementMessage } from './announcement-message.js';
import { announcementError } from './announcements.errors.js';
import {
  type AnnouncementChange,
  type AnnouncementRow,
  AnnouncementsRepository,
  type AnnouncementText,
} from './announcements.repository.js';

/** Payload `{ id, version }`: the announcement as it was scheduled. */
export const ANNOUNCEMENT_QUEUE = 'announcement';

export interface AnnouncementsParts {
  readonly announcements: AnnouncementsRepository;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly database: Database;
  readonly clock: Clock;
}

/** What an act does under the lock: the change that it makes, beside the state. */
type Deed = (row: AnnouncementRow) => Promise<Step> | Step;

interface Step {
  readonly act: AnnouncementAct;
  readonly change?: AnnouncementChange;
}

@Injectable()
export class Announcements {
  constructor(
    private readonly parts: AnnouncementsParts,
    @Inject(BROADCAST_CHANNEL) private readonly channel: BroadcastChannel,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async list(state: AnnouncementState | null, beforeId: number | undefined, limit: number) {
    const rows = await this.parts.announcements.list(state, beforeId ?? Number.MAX_SAFE_INTEGER, limit + 1);
    return pageOf(rows, limit);
  }

  /** Throws 404. */
  async find(id: number) {
    const row = await this.parts.announcements.find(id);
    if (row === undefined) throw announcementError('ANNOUNCEMENT_NOT_FOUND');
    return row;
  }

  figures(id: number) {
    return this.parts.announcements.figures(id);
  }

  /** As groups and phones would show it, and whom it would reach now. */
  async preview(id: number) {
    const row = await this.find(id);
    const { people, with_phone } = await this.parts.announcements.count(row);
    const groups = row.groups.map((group) => ({ group, is_configured: this.channel.targets.has(group) }));
    return {
      telegram: announcementMessage(row),
      push: { title: row.title, body: shortened(row.body, PUSH_LENGTH) },
      reach: { people, with_phone, groups, needs_approval: this.#needsApproval({ groups: row.groups, people }) },
    };
  }

  /** Throws 400 where it would reach nobody, or is too long for a group. */
  async create(authorId: number, wish: AnnouncementText) {
    const text = checked(wish);
    const id = await this.parts.database.transaction(async () => {
      const made = await this.parts.announcements.add(authorId, text);
      await this.#record('announcement.create', made, authorId, { ...text });
      return made;
    });
    return this.find(id);
  }

  /** Only what is named changes; whoever changes it is its author from then on. */
  edit(staffId: number, id: number, wish: Partial<AnnouncementText>) {
    return this.#do(staffId, id, (row) => {
      const text = checked({
        title: wish.title ?? row.title,
        body: wish.body ?? row.body,
        groups: wish.groups ?? row.groups,
        tiers: wish.tiers ?? row.tiers,
        everybody: wish.everybody ?? row.everybody,
      });
      return { act: 'edit', change: { ...text, author_id: staffId } };
    });
  }

  /** To be sent at `sendAt`, at once without it; or to wait for a second person first. */
  submit(staffId: number, id: number, sendAt: Date | undefined) {
    if (sendAt !== undefined && sendAt <= this.parts.clock.now()) {
      throw invalidInput([{ field: 'send_at', rule: 'must be in the future; leave it out to send at once' }]);
    }
    return this.#do(staffId, id, async (row) => {
      const missing = row.groups.filter((group) => !this.channel.targets.has(group));
      if (missing.length > 0) throw announcementError('GROUP_NOT_CONFIGURED', { groups: missing });
      const { people } = await this.parts.announcements.count(row);
      const act = this.#needsApproval({ groups: row.groups, people }) ? 'ask' : 'schedule';
      return { act, change: { submitted_by_id: staffId, send_at: sendAt ?? null, people } };
    });
  }

  /** `version`: the one that the approver has read. */
  approve(staffId: number, id: number, version: number) {
    return this.#do(staffId, id, (row) => {
      if (row.version !== version) throw announcementError('ANNOUNCEMENT_CHANGED', { version: row.version });
      if (!mayApprove({ authorId: row.author_id, submittedById: row.submitted_by_id }, staffId)) {
        throw announcementError('SECOND_PERSON_NEEDED');
      }
      return { act: 'approve', change: { approved_by_id: staffId } };
    });
  }

  /** Back to its author. */
  refuse(staffId: number, id: number) {
    return this.#do(staffId, id, () => ({ act: 'refuse', change: { submitted_by_id: null } }));
  }

  cancel(staffId: number, id: number) {
    return this.#do(staffId, id, () => ({ act: 'cancel' }));
  }

  #needsApproval(reach: Parameters<typeof needsApproval>[0]): boolean {
    return needsApproval(reach, this.config.telegram.BROADCAST_APPROVAL_ABOVE);
  }

  async #do(staffId: number, id: number, deed: Deed) {
    const { announcements, work, database } = this.parts;
    await database.transaction(async () => {
      const row = await announcements.lock(id);
      if (row === undefined) throw announcementError('ANNOUNCEMENT_NOT_FOUND');
      const { act, change = {} } = await deed(row);
      const state = announcementAfter(row.state, act);
      if (state === undefined) throw announcementError('ANNOUNCEMENT_STATE', { state: row.state });
      const after = await announcements.store(row, state, change);
      if (state === 'SCHEDULED') await work.enqueue([sendingWork(after)]);
      const { version, people } = after;
      const said = act === 'edit' ? change : { send_at: after.send_at?.toISOString() ?? null };
      await this.#record(`announcement.${act}`, id, staffId, { ...said, state, version, people }, row.state);
    });
    return this.find(id);
  }

  #record(action: string, id: number, actorId: number, after: Readonly<Record<string, unknown>>, state?: string) {
    const before = state === undefined ? {} : { before: { state } };
    return this.parts.audit.record({
      actorKind: 'user',
      actorId,
      action,
      subject: `announcement:${id}`,
      ...before,
      after,
    });
  }
}

function sendingWork({ id, version, send_at }: AnnouncementRow) {
  const work = { queue: ANNOUNCEMENT_QUEUE, key: `${id}:${version}`, payload: { id, version } };
  return send_at === null ? work : { ...work, availableAt: send_at };
}

/** Each group and plan once; throws 400 where a group would not see the whole of it, or nobody anything. */
function checked(text: AnnouncementText): AnnouncementText {
  if (announcementMessage(text).text !== `${text.title}\n\n${text.body}`) {
    throw invalidInput([
      { field: 'body', rule: 'must fit into 4000 characters, with < > & and " as they are escaped' },
    ]);
  }
  if (!text.everybody && text.groups.length + text.tiers.length === 0) {
    throw invalidInput([{ field: 'everybody', rule: 'must be true, unless groups or tiers are named' }]);
  }
  return { ...text, groups: [...new Set(text.groups)], tiers: [...new Set(text.tiers)] };
}
