/** What the routes of alerts answer, as examples that give their schemas. */
import type { Alert } from '../../domain/alerts/alert.js';
import { DIALECTS } from '../../domain/alerts/alert.js';
import { ON_GAP, ON_OPPOSITE, ON_SAME_SIDE } from '../../domain/alerts/held.js';
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';
import { ALERT_VERDICTS } from './alert.entity.js';
import type { AlertRules, TokenRow } from './alert-tokens.repository.js';
import type { AlertRow } from './alerts.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

export const RECEIVED = { status: oneOf('queued', 'duplicate'), alert_id: 41 };

const READ = {
  dialect: oneOf(...DIALECTS),
  action: orNull('buy'),
  intent: 'open_long',
  symbol: orNull('BINANCE:BTCUSDT.P'),
  pair: orNull('BTCUSDT'),
};

const REASON = { code: 'SAME_DIRECTION', says: 'a trade on this side is open, and the source does not add to it' };

export const ALERT = {
  id: 41,
  source_id: 7,
  source: 'provider:12',
  received_at: TIME,
  address: '52.89.214.238',
  content_type: 'application/json',
  user_agent: 'Go-http-client/1.1',
  body: '{"secret":"[redacted]","ticker":"BTCUSDT.P","action":"buy"}',
  dialect: orNull(oneOf(...DIALECTS)),
  symbols: ['BTCUSDT'],
  verdict: oneOf(...ALERT_VERDICTS),
  reasons: [REASON],
  alerts: [free({ ...READ, dialect: 'plain', action: 'buy', symbol: 'BTCUSDT.P', pair: 'BTCUSDT' })],
  plans: [free({ steps: [{ kind: 'enter', side: 'long' }], gap: null, reasons: [], intents: [] })],
  results: [[free({ outcome: 'done', code: null, message: 'Signal posted', signalIds: [9], steps: [] })]],
  signal_ids: [9],
  repeat_of: orNull(40),
  replay_of: orNull(40),
  settled_at: orNull(TIME),
};

export const ADDRESS = {
  id: 3,
  source_id: 7,
  label: 'BTC 4h on TradingView',
  prefix: 'vza_4fQ2xK',
  old_name: orNull('my-strategy'),
  has_secret: true,
  addresses: ['tradingview'],
  created_at: TIME,
  last_alert_at: orNull(TIME),
};

export const RULES = {
  dialect: orNull(oneOf(...DIALECTS)),
  symbol: orNull('BTCUSDT'),
  max_lag_seconds: orNull(60),
  repeat_seconds: 1,
  on_opposite: oneOf(...ON_OPPOSITE),
  on_same_side: oneOf(...ON_SAME_SIDE),
  on_gap: oneOf(...ON_GAP),
};

export const TRIED = {
  refusal: orNull({
    code: 'unfilled_placeholders',
    says: '{{close}} in price was not filled in by what sent the alert',
  }),
  alerts: [free({ ...READ, dialect: 'plain', action: 'buy', symbol: 'BTCUSDT.P', pair: 'BTCUSDT' })],
  comes_to: [
    {
      flat: free({ steps: [{ kind: 'enter', side: 'long' }], reasons: [], intents: [] }),
      long: free({ steps: [], reasons: [REASON], intents: [] }),
      short: free({ steps: [{ kind: 'close', side: 'short' }], reasons: [], intents: [] }),
    },
  ],
};

/** What an alert says; what it leaves out is left out. */
export function saidBy(alert: Alert): Record<string, unknown> {
  const { dialect, action, intent, symbol, pair, ...rest } = alert;
  const isThere = ([, value]: [string, unknown]) =>
    value !== null && value !== false && !(Array.isArray(value) && value.length === 0) && !isEmptyRecord(value);
  return { dialect, action, intent, symbol, pair, ...Object.fromEntries(Object.entries(rest).filter(isThere)) };
}

const isEmptyRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

export function alertView(row: AlertRow) {
  return {
    ...row,
    received_at: row.received_at.toISOString(),
    settled_at: row.settled_at?.toISOString() ?? null,
    alerts: row.alerts.map(saidBy),
  };
}

export function addressView({ created_at, last_alert_at, ...row }: TokenRow) {
  return { ...row, created_at: created_at.toISOString(), last_alert_at: last_alert_at?.toISOString() ?? null };
}

export function rulesView(rules: AlertRules) {
  return {
    dialect: rules.dialect,
    symbol: rules.symbol,
    max_lag_seconds: rules.maxLagSeconds,
    repeat_seconds: rules.repeatSeconds,
    on_opposite: rules.onOpposite,
    on_same_side: rules.onSameSide,
    on_gap: rules.onGap,
  };
}
