/** What the routes of broadcasting answer, as examples that give their schemas. */
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';
import { DELIVERY_STATUSES } from './delivery.entity.js';

const TIME = '2026-01-31T12:00:00.000Z';

const DELIVERY = {
  id: 9,
  channel: 'telegram',
  target: 'VIP',
  status: oneOf(...DELIVERY_STATUSES),
  attempts: 1,
  last_error: orNull('403 Forbidden: bot was kicked from the group'),
  sent_at: orNull(TIME),
};

export const BROADCASTS = {
  broadcasts: [
    {
      id: 5,
      key: '1:POSTED',
      kind: 'POSTED',
      signal_id: orNull(1),
      content: free({ text: '🟢 VerzekAutoTrader: BTCUSDT LONG' }),
      created_at: TIME,
      deliveries: [DELIVERY],
    },
  ],
  count: 1,
  next_before_id: orNull(5),
};

export const RETRIED = { message: '2 will be sent again', count: 2 };

export const TESTED = { message: 'Sent over telegram', results: free({ VIP: 'delivered', TRIAL: 'delivered' }) };
