/** What the routes of sources answer to administrators, as examples that give their schemas. */
import { Decimal } from '../../../domain/money/decimal.js';
import { asPercent, toJsonNumber } from '../../../domain/money/money.js';
import { decimal, free, oneOf, orNull } from '../../../platform/openapi/shape.js';
import type { TokenRow } from '../../access-tokens/access-tokens.repository.js';
import { SOURCE_KINDS } from '../../signals/source.entity.js';
import type { SourceRow } from './sources-admin.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

export const SOURCE = {
  id: 1,
  code: 'house',
  kind: oneOf(...SOURCE_KINDS),
  name: 'House engine',
  owner_id: orNull(7),
  is_enabled: true,
  created_at: TIME,
  tokens: 1,
  followers: 120,
  signals: 14,
  live_signals: 2,
  trades: 1_400,
  wins: 800,
  losses: 590,
  win_rate_pct: decimal(57.14),
  volume_usdt: '140000',
  realised_pnl_usdt: '1250.5',
  best_trade_usdt: orNull('45.1'),
  worst_trade_usdt: orNull('-12.2'),
  last_signal_at: orNull(TIME),
  text: orNull(free({ defaults: { leverage: 5 } })),
};

export const TOKEN = {
  id: 7,
  prefix: 'vzk_0123abcdef',
  created_at: TIME,
  expires_at: orNull(TIME),
  last_used_at: orNull(TIME),
  last_address: '203.0.113.7',
};

export function sourceView({ last_signal_at, created_at, ...row }: SourceRow) {
  const winRate = asPercent(Decimal.ofInteger(row.wins), Decimal.ofInteger(row.trades), 2);
  return {
    ...row,
    created_at: created_at.toISOString(),
    win_rate_pct: toJsonNumber(winRate),
    volume_usdt: Decimal.of(row.volume_usdt).toString(),
    realised_pnl_usdt: Decimal.of(row.realised_pnl_usdt).toString(),
    best_trade_usdt: row.best_trade_usdt === null ? null : Decimal.of(row.best_trade_usdt).toString(),
    worst_trade_usdt: row.worst_trade_usdt === null ? null : Decimal.of(row.worst_trade_usdt).toString(),
    last_signal_at: last_signal_at?.toISOString() ?? null,
  };
}

export function tokenView(row: TokenRow) {
  return {
    id: row.id,
    prefix: row.prefix,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    last_address: row.last_address,
  };
}
