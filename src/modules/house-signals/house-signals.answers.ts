/** What the routes of house signals answer, as examples that give their schemas: numbers, as the contract has them. */
import { Decimal } from '../../domain/money/decimal.js';
import { asPercent, toJsonNumber } from '../../domain/money/money.js';
import {
  botOfSource,
  EXPIRED_REASON,
  HOUSE_BOTS,
  type HouseBot,
  HOUSE_CLOSE_REASONS,
  HOUSE_POSITION_STATUSES,
  HOUSE_STATUSES,
  type HousePositionStatus,
  type HouseStatus,
} from '../../domain/signal/house.js';
import { decimal, free, oneOf, orNull } from '../../platform/openapi/shape.js';
import type { SourceFigures } from '../signals/signal-results.repository.js';
import type { HousePositionRow, HouseSignalRow } from './house-signals.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';
const UUID = '6f1a7d0e-3f5b-4a52-9d0e-6a1d7f0b2c11';

export const HOUSE_SIGNAL = {
  id: 1,
  source: oneOf(...HOUSE_BOTS),
  symbol: 'BTCUSDT',
  side: oneOf('LONG', 'SHORT'),
  entry: decimal(67500),
  stop_loss: decimal(67162.5),
  take_profits: [decimal(67716)],
  timeframe: '5M',
  confidence: 82,
  version: 'SE.v2.0-FUSION',
  metadata: free({ signal_id: UUID, bot_source: 'SCALPING' }),
  status: oneOf(...HOUSE_STATUSES),
  created_at: TIME,
  closed_at: orNull(TIME),
};

export const HOUSE_POSITION = {
  id: 1,
  signal_id: 1,
  symbol: 'BTCUSDT',
  side: oneOf('LONG', 'SHORT'),
  source: oneOf(...HOUSE_BOTS),
  status: oneOf(...HOUSE_POSITION_STATUSES),
  entry_price: decimal(67500),
  exit_price: orNull(decimal(68040)),
  tps_hit: [1],
  mfe: decimal(0.8),
  mae: decimal(-0.2),
  pnl_pct: decimal(0.56),
  opened_at: TIME,
  closed_at: orNull(TIME),
};

const FIGURES = { total_closed: 12, win_rate: decimal(58.33), avg_pnl_pct: decimal(0.41) };

const BOT_FIGURES = { total_signals: 14, ...FIGURES, wins: 7, losses: 5 };

export const PERFORMANCE = {
  performance_by_source: Object.fromEntries(HOUSE_BOTS.map((bot) => [bot, BOT_FIGURES])),
  overall: FIGURES,
};

const NAMES = { signal_id: UUID, symbol: 'BTCUSDT', side: oneOf('LONG', 'SHORT'), bot_source: oneOf(...HOUSE_BOTS) };

export const CLOSED = {
  status: oneOf('success'),
  outcome: {
    ...NAMES,
    entry_price: decimal(67500),
    exit_price: decimal(68742),
    profit_pct: decimal(1.84),
    duration_seconds: 840,
    close_reason: oneOf(...HOUSE_CLOSE_REASONS),
    closed_at: TIME,
  },
};

export const TARGET_HIT = {
  status: oneOf('success'),
  outcome: {
    ...NAMES,
    tp_number: 1,
    hit_price: decimal(67716),
    profit_pct: decimal(0.32),
    current_tp_index: 1,
    total_tps: 5,
    is_closed: false,
  },
};

export const STATS = {
  status: oneOf('success'),
  stats: {
    total_signals: 14,
    active_signals: 2,
    closed_signals: 12,
    winning_signals: 7,
    losing_signals: 5,
    win_rate: decimal(58.33),
    avg_profit_pct: decimal(0.41),
    by_source: Object.fromEntries(HOUSE_BOTS.map((bot) => [bot, BOT_FIGURES])),
  },
};

export function houseSignalView(row: HouseSignalRow) {
  const { timeframe, version, metadata } = row.meta;
  return {
    id: row.id,
    source: botOf(row),
    symbol: row.symbol,
    side: row.side,
    entry: toJsonNumber(row.entry),
    stop_loss: toJsonNumber(row.stop_loss),
    take_profits: row.target_prices.map(toJsonNumber),
    timeframe: typeof timeframe === 'string' ? timeframe.toUpperCase() : '',
    confidence: row.confidence,
    version: typeof version === 'string' ? version : '',
    metadata: typeof metadata === 'object' && metadata !== null ? metadata : {},
    status: statusOf(row),
    created_at: row.created_at.toISOString(),
    closed_at: row.closed_at?.toISOString() ?? null,
  };
}

export function housePositionView(row: HousePositionRow) {
  return {
    id: row.id,
    signal_id: row.id,
    symbol: row.symbol,
    side: row.side,
    source: botOf(row),
    status: positionStatusOf(row),
    entry_price: toJsonNumber(row.entry),
    exit_price: row.exit_price === null ? null : toJsonNumber(row.exit_price),
    tps_hit: row.target_hit_at.flatMap((hit, index) => (hit === null ? [] : [index + 1])),
    mfe: toJsonNumber(row.mfe),
    mae: toJsonNumber(row.mae),
    pnl_pct: toJsonNumber(row.pnl_pct),
    opened_at: row.created_at.toISOString(),
    closed_at: row.closed_at?.toISOString() ?? null,
  };
}

export function performanceView(rows: readonly SourceFigures[]) {
  const of = (bot: HouseBot) => rows.filter(({ code }) => botOfSource(code) === bot);
  const { total_closed, win_rate, avg_pnl_pct } = figuresOf(rows);
  return {
    performance_by_source: Object.fromEntries(HOUSE_BOTS.map((bot) => [bot, figuresOf(of(bot))])),
    overall: { total_closed, win_rate, avg_pnl_pct },
  };
}

export function statsView(rows: readonly SourceFigures[]) {
  const { total_signals, total_closed, wins, losses, win_rate, avg_pnl_pct } = figuresOf(rows);
  return {
    total_signals,
    active_signals: rows.reduce((sum, row) => sum + row.live, 0),
    closed_signals: total_closed,
    winning_signals: wins,
    losing_signals: losses,
    win_rate,
    avg_profit_pct: avg_pnl_pct,
    by_source: performanceView(rows).performance_by_source,
  };
}

function figuresOf(rows: readonly SourceFigures[]) {
  const sum = (field: 'signals' | 'closed' | 'wins' | 'losses') => rows.reduce((total, row) => total + row[field], 0);
  const [closed, wins] = [sum('closed'), sum('wins')];
  const earned = Decimal.sum(rows.map(({ pnl_pct }) => Decimal.of(pnl_pct)));
  const average = closed === 0 ? Decimal.ZERO : earned.dividedBy(Decimal.ofInteger(closed), 2, 'half_even');
  return {
    total_signals: sum('signals'),
    total_closed: closed,
    wins,
    losses: sum('losses'),
    win_rate: toJsonNumber(asPercent(Decimal.ofInteger(wins), Decimal.ofInteger(closed), 2)),
    avg_pnl_pct: toJsonNumber(average),
  };
}

function botOf({ code }: HouseSignalRow): string {
  return botOfSource(code) ?? code;
}

function statusOf({ status, close_reason }: HouseSignalRow): HouseStatus {
  if (status === 'CANCELLED') return close_reason === EXPIRED_REASON ? 'EXPIRED' : 'CANCELLED';
  return status === 'CLOSED' || status === 'STOPPED' ? 'CLOSED' : 'ACTIVE';
}

function positionStatusOf(row: HouseSignalRow): HousePositionStatus {
  if (row.status === 'STOPPED') return 'SL_HIT';
  const status = statusOf(row);
  return status === 'ACTIVE' ? 'OPEN' : status === 'CLOSED' ? 'TP_HIT' : status;
}
