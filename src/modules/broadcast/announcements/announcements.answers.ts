/** What the routes of announcements answer, as examples that give their schemas. */
import { ANNOUNCEMENT_STATES } from '../../../domain/notification/announcement.js';
import { oneOf, orNull } from '../../../platform/openapi/shape.js';
import { DELIVERY_STATUSES } from '../delivery.entity.js';
import type { ListedAnnouncement } from './announcements.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

const DELIVERY = {
  group: 'VIP',
  status: oneOf(...DELIVERY_STATUSES),
  attempts: 1,
  last_error: orNull('403 Forbidden: bot was kicked from the group'),
  sent_at: orNull(TIME),
};

export const ANNOUNCEMENT = {
  id: 5,
  title: 'Maintenance on Sunday',
  body: 'From 02:00 to 03:00 UTC trading goes on, but the app does not answer.',
  groups: ['VIP'],
  tiers: ['VIP', 'PREMIUM'],
  everybody: false,
  state: oneOf(...ANNOUNCEMENT_STATES),
  version: 2,
  author_id: orNull(1),
  submitted_by_id: orNull(1),
  approved_by_id: orNull(3),
  send_at: orNull(TIME),
  people: 120,
  created_at: TIME,
  updated_at: TIME,
  sent_at: orNull(TIME),
  deliveries: [DELIVERY],
};

export const ANNOUNCEMENTS = { announcements: [ANNOUNCEMENT], count: 1, next_before_id: orNull(5) };

export const FIGURES = { told: 118, read: 40, pushes: { pending: 0, sent: 10, delivered: 90, dead: 2 } };

export const PREVIEW = {
  telegram: { text: 'Sunday\n\n1 < 2', html: '<b>Sunday</b>\n\n1 &lt; 2' },
  push: { title: 'Sunday', body: '1 < 2' },
  reach: { people: 120, with_phone: 90, groups: [{ group: 'VIP', is_configured: true }], needs_approval: true },
};

export function announcementView({ last_user_id: _, ...row }: ListedAnnouncement) {
  return {
    ...row,
    send_at: row.send_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    sent_at: row.sent_at?.toISOString() ?? null,
    deliveries: row.deliveries.map((delivery) => ({
      ...delivery,
      sent_at: delivery.sent_at === null ? null : new Date(delivery.sent_at).toISOString(),
    })),
  };
}
