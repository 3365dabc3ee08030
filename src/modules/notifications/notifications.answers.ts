/** What the routes of notifications answer, as examples that give their schemas. */
import { MAIL_CHOICES, NOTIFICATION_EVENTS } from '../../domain/notification/events.js';
import { DIGEST_PERIODS } from '../../domain/notification/quiet-hours.js';
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';

const TIME = '2026-01-31T12:00:00.000Z';

export const NOTIFICATIONS_PAGE = {
  notifications: [
    {
      id: 17,
      event: oneOf(...NOTIFICATION_EVENTS),
      title: 'Trade closed: BTCUSDT',
      body: 'Result +4.2 USDT (+8.4 %)',
      data: free({ type: 'trade_end', position_id: 4, symbol: 'BTCUSDT', pnl: 4.2, pnl_percentage: 8.4 }),
      is_read: false,
      read_at: orNull(TIME),
      created_at: TIME,
    },
  ],
  unread_count: 1,
  next_before_id: orNull(16),
};

const WAYS = { in_app: true, push: true, email: oneOf(...MAIL_CHOICES), is_fixed: false };

export const PREFERENCES = {
  preferences: {
    events: Object.fromEntries(NOTIFICATION_EVENTS.map((event) => [event, WAYS])),
    quiet_hours: orNull({ from: '22:00', until: '07:00' }),
    time_zone: 'Europe/Berlin',
    digest: oneOf(...DIGEST_PERIODS),
    digest_at: '08:00',
  },
};
