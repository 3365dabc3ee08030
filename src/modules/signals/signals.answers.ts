/** What the routes of signals and sources answer, as examples that give their schemas. */
import { SIGNAL_EVENT_TYPES } from '../../domain/signal/signal.js';
import { free, oneOf, optional, orNull } from '../../platform/openapi/shape.js';
import { SignalView } from './signal.dto.js';

const TIME = '2026-01-31T12:00:00.000Z';

export const LIST = {
  signals: [SignalView],
  count: 1,
  next_before_id: orNull(1),
  // Your own plan, for the older app.
  subscription_status: oneOf('active', 'expired'),
  plan: 'vip',
  expires_at: orNull(TIME),
};

export const POSTED = { message: 'Signal posted', signal_id: 1 };

export const REPORTED = { message: 'Target 1 taken', applied: true };

const DECISION = {
  user_id: 17,
  verdict: oneOf('OPENED', 'REFUSED'),
  reason: orNull('MAX_CONCURRENT_TRADES'),
  detail: free({ open: 50, cap: 50 }),
  position_id: orNull(4),
  created_at: TIME,
  rules_version: orNull(5),
  gates: orNull([
    {
      name: 'concurrent_trades',
      code: 'MAX_CONCURRENT_TRADES',
      verdict: oneOf('PASSED', 'REFUSED', 'NOT_SET'),
      input: optional(orNull(free({ open: 50 }))),
      limit: optional(orNull(free({ max_concurrent_trades: 50 }))),
      change: optional(
        orNull({
          words: 'close 1 position or raise max_concurrent_trades to 51',
          data: free({ max_concurrent_trades: 51 }),
        }),
      ),
      detail: optional(orNull(free({}))),
    },
  ]),
};

const COUNTS = [{ verdict: oneOf('OPENED', 'REFUSED'), reason: orNull('MAX_CONCURRENT_TRADES'), count: 12 }];

/** What one signal has beside what it has in the list. */
export const SIGNAL_DETAIL = {
  version: 0,
  events: [
    {
      id: 1,
      type: oneOf(...SIGNAL_EVENT_TYPES),
      target_index: orNull(1),
      price: orNull('70500'),
      detail: free({}),
      created_at: TIME,
    },
  ],
  decision: orNull(DECISION),
  decisions: optional(COUNTS),
};

export const DECISIONS = { decisions: [DECISION], counts: optional(COUNTS), next_after_user: orNull(17) };

export const SUMMARY = { total: 12, counts: COUNTS };
