/**
 * Stores announcements, counts and pages the people that they are for, and reads how far they got.
 * Keeps: people are read in pages by ascending id; whoever is disabled, unverified or wants no notifications at all is not
 * among them; the plan is the one that counts at the moment.
 */
import { Injectable } from '@nestjs/common';
import type { AnnouncementState } from '../../../domain/notification/announcement.js';
import type { PlanTier } from '../../../domain/subscription/plans.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';

export interface Audience {
  readonly groups: readonly string[];
  readonly tiers: readonly PlanTier[];
  readonly everybody: boolean;
}

export interface AnnouncementText extends Audience {
  readonly title: string;
  readonly body: string;
}

export interface AnnouncementRow extends AnnouncementText {
  id: number;
  state: AnnouncementState;
  version: number;
  author_id: number | null;
  submitted_by_id: number | null;
  approved_by_id: number | null;
  send_at: Date | null;
  people: number;
  last_user_id: number;
  created_at: Date;
  updated_at: Date;
  sent_at: Date | null;
}

export interface GroupDelivery {
  group: string;
  status: string;
  attempts: number;
  last_error: string | null;
  sent_at: string | null;
}

export type ListedAnnouncement = AnnouncementRow & { deliveries: GroupDelivery[] };

export interface Figures {
  told: number;
  read: number;
  pushes: { pending: number; sent: number; delivered: number; dead: number };
}

/** What an act may change beside the state. */
export type AnnouncementChange = Partial<
  AnnouncementText &
    Pick<
      AnnouncementRow,
      'author_id' | 'submitted_by_id' | 'approved_by_id' | 'send_at' | 'people' | 'last_user_id' | 'sent_at'
    >
>;

/** The key of everything that is told of an announcement. */
export const announcementKey = (id: number) => `announcement:${id}`;

const ROW = `id, title, body, groups, tiers, everybody, state, version, author_id, submitted_by_id, approved_by_id, send_at,
  people, last_user_id, created_at, updated_at, sent_at`;

const LISTED = `
  SELECT ${ROW}, (SELECT coalesce(json_agg(d ORDER BY d.group), '[]') FROM (
      SELECT d.target AS group, d.status, d.attempts, d.last_error, d.sent_at
      FROM broadcast_messages m JOIN deliveries d ON d.message_id = m.id WHERE m.key = 'announcement:' || a.id) AS d) AS deliveries
  FROM announcements a`;

/** `$1`: of every plan. `$2`: of these plans. `$3`: now. */
const AUDIENCE = `u.is_verified AND u.disabled_at IS NULL AND u.notifications_enabled AND ($1 OR
  CASE WHEN u.subscription_expires_at <= $3::timestamptz THEN 'FREE' ELSE u.subscription_type END = ANY ($2::text[]))`;

const FIGURES = `
  SELECT told.*, json_build_object('pending', pushed.pending, 'sent', pushed.sent, 'delivered', pushed.delivered,
    'dead', pushed.dead) AS pushes
  FROM (SELECT count(*) AS told, count(read_at) AS read FROM notifications
        WHERE event = 'announcement' AND key = $1) AS told
  CROSS JOIN (
    SELECT count(*) FILTER (WHERE p.status = 'PENDING') AS pending, count(*) FILTER (WHERE p.status = 'SENT') AS sent,
      count(*) FILTER (WHERE p.status = 'DELIVERED') AS delivered, count(*) FILTER (WHERE p.status = 'DEAD') AS dead
    FROM notifications n JOIN push_deliveries p ON p.notification_id = n.id
    WHERE n.event = 'announcement' AND n.key = $1) AS pushed`;

@Injectable()
export class AnnouncementsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async add(authorId: number, text: AnnouncementText): Promise<number> {
    const { title, body, groups, tiers, everybody } = text;
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO announcements (author_id, title, body, groups, tiers, everybody, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id`,
      [authorId, title, body, groups, tiers, everybody, this.clock.now()],
    );
    if (row === undefined) throw new Error('an announcement was not stored');
    return row.id;
  }

  find(id: number): Promise<ListedAnnouncement | undefined> {
    return this.database.first<ListedAnnouncement>(`${LISTED} WHERE a.id = $1`, [id]);
  }

  /** In the running transaction: nobody else does anything with it until it ends. */
  lock(id: number): Promise<AnnouncementRow | undefined> {
    return this.database.first<AnnouncementRow>(`SELECT ${ROW} FROM announcements WHERE id = $1 FOR UPDATE`, [id]);
  }

  /** Newest first. */
  list(state: AnnouncementState | null, beforeId: number, limit: number): Promise<ListedAnnouncement[]> {
    const where = `WHERE a.id < $1 ${state === null ? '' : 'AND a.state = $3'} ORDER BY a.id DESC LIMIT $2`;
    return this.database.query<ListedAnnouncement>(`${LISTED} ${where}`, [
      beforeId,
      limit,
      ...(state === null ? [] : [state]),
    ]);
  }

  /** The locked row in its new state, with the next version. */
  async store(row: AnnouncementRow, state: AnnouncementState, change: AnnouncementChange): Promise<AnnouncementRow> {
    const after = { ...row, ...change, state, version: row.version + 1, updated_at: this.clock.now() };
    await this.database.execute(
      `UPDATE announcements SET state = $2, version = $3, title = $4, body = $5, groups = $6, tiers = $7, everybody = $8,
         author_id = $9, submitted_by_id = $10, approved_by_id = $11, send_at = $12, people = $13, last_user_id = $14,
         sent_at = $15, updated_at = $16 WHERE id = $1`,
      [
        after.id,
        after.state,
        after.version,
        after.title,
        after.body,
        after.groups,
        after.tiers,
        after.everybody,
        after.author_id,
        after.submitted_by_id,
        after.approved_by_id,
        after.send_at,
        after.people,
        after.last_user_id,
        after.sent_at,
        after.updated_at,
      ],
    );
    return after;
  }

  /** How many people there are now, and how many of them have a phone that rings. */
  async count({ everybody, tiers }: Audience): Promise<{ people: number; with_phone: number }> {
    if (!everybody && tiers.length === 0) return { people: 0, with_phone: 0 };
    const row = await this.database.first<{ people: number; with_phone: number }>(
      `SELECT count(*) AS people, count(*) FILTER (WHERE EXISTS (
         SELECT FROM device_tokens d WHERE d.user_id = u.id AND d.is_active)) AS with_phone
       FROM users u WHERE ${AUDIENCE}`,
      [everybody, tiers, this.clock.now()],
    );
    return row ?? { people: 0, with_phone: 0 };
  }

  /** The next people after the last one it was passed on to. */
  async page({ everybody, tiers, last_user_id }: AnnouncementRow, limit: number): Promise<number[]> {
    if (!everybody && tiers.length === 0) return [];
    const rows = await this.database.query<{ id: number }>(
      `SELECT u.id FROM users u WHERE ${AUDIENCE} AND u.id > $4 ORDER BY u.id LIMIT $5`,
      [everybody, tiers, this.clock.now(), last_user_id, limit],
    );
    return rows.map(({ id }) => id);
  }

  async figures(id: number): Promise<Figures> {
    const row = await this.database.first<Figures>(FIGURES, [announcementKey(id)]);
    if (row === undefined) throw new Error('figures gave no row');
    return row;
  }
}
