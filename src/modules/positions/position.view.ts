/**
 * A position in the contract's words, for both mobile apps.
 * Keeps: numbers are JSON numbers and never null where the app formats them; PnL is realised plus unrealised at the last
 * market price, its percentage is of the margin at entry (planned quantity × entry price ÷ leverage).
 */
import { ApiProperty, OmitType } from '@nestjs/swagger';
import { MARGIN_MODES, type MarginMode } from '../../domain/margin/cross.js';
import { Decimal } from '../../domain/money/decimal.js';
import { asPercent, toJsonNumber } from '../../domain/money/money.js';
import { isTerminalPosition, POSITION_STATUSES } from '../../domain/position/position-status.js';
import { legName, marginOf } from '../../domain/position/legs.js';
import { liquidationPriceOf } from '../../domain/position/liquidation.js';
import type { SimulatedTerms } from '../../ports/exchange-client.js';
import { OLDER_STATUSES } from './position-search.js';
import type { PositionListRow } from './positions.repository.js';

/** Decimal places of a price that is only an estimate. */
const SHOWN_SCALE = 8;

export class TargetView {
  @ApiProperty({ example: 1 }) index: number;
  @ApiProperty({ example: 70500 }) price: number;
  @ApiProperty({ example: 0.000238 }) qty: number;
  @ApiProperty() hit: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) hit_at: string | null;
}

export class EntryLegView {
  @ApiProperty({ example: 'ENTRY2' }) leg: string;
  @ApiProperty({ example: 69800 }) price: number;
  @ApiProperty({ example: 0.000238 }) qty: number;
  @ApiProperty({ example: 0 }) filled_qty: number;
}

export class TrailView {
  @ApiProperty({ example: 1, description: 'Percent behind the best price' }) percent: number;
  @ApiProperty({ example: 70900, description: 'Best price as it was last stored' }) peak: number;
  @ApiProperty({ format: 'date-time' }) since: string;
  @ApiProperty({ description: 'True: it takes profit at the last target; false: it is the stop' })
  takes_profit: boolean;
}

export class PositionView {
  @ApiProperty({ example: 1 }) id: number;
  @ApiProperty({ example: '1', description: 'For the older app' }) position_id: string;
  @ApiProperty({ type: Number, nullable: true, example: 1 }) signal_id: number | null;
  @ApiProperty({ example: 'BTCUSDT' }) symbol: string;
  @ApiProperty({ enum: ['LONG', 'SHORT'] }) side: string;
  @ApiProperty({ enum: ['LONG', 'SHORT'], description: 'For the older app' }) direction: string;
  @ApiProperty({ enum: ['paper', 'testnet', 'live'] }) mode: string;
  @ApiProperty({ example: 'paper' }) exchange: string;
  @ApiProperty({ enum: POSITION_STATUSES }) status: string;
  @ApiProperty({ example: 10 }) leverage: number;
  @ApiProperty({ enum: MARGIN_MODES }) margin_mode: MarginMode;
  @ApiProperty({ example: 0.000714, description: 'Planned quantity, in the base asset' }) qty: number;
  @ApiProperty({ example: 0.000714, description: 'Entered so far' }) filled_qty: number;
  @ApiProperty({ example: 0.000714 }) remaining_qty: number;
  @ApiProperty({ example: 70000 }) entry_price: number;
  @ApiProperty({ example: 0, description: '0 until something was closed' }) exit_price: number;
  @ApiProperty({ example: 69500, description: '0 where the plan has no stop, on purpose' }) stop_loss: number;
  @ApiProperty({ example: 70100, description: 'Last market price; the entry price while there is none' })
  current_price: number;
  @ApiProperty({ example: 0.07, description: 'USDT, realised and unrealised, net of fees' }) pnl_usdt: number;
  @ApiProperty({ example: 1.4, description: 'Percent of the margin at entry' }) pnl_pct: number;
  @ApiProperty({ example: 0.07, description: 'For the older app' }) pnl: number;
  @ApiProperty({ example: 1.4, description: 'For the older app' }) pnl_percent: number;
  @ApiProperty({ example: 0 }) realised_pnl_usdt: number;
  @ApiProperty({ example: 0 }) unrealised_pnl_usdt: number;
  @ApiProperty({ example: 0.02499, description: 'USDT' }) fees_usdt: number;
  @ApiProperty({ example: -0.005, description: 'USDT received, negative when paid; part of the realised PnL' })
  funding_usdt: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    example: 63300,
    description: 'Estimate; for cross margin where the account is liquidated if no other price moves; null: none',
  })
  liquidation_price: number | null;
  @ApiProperty({ type: [TargetView] }) targets: TargetView[];
  @ApiProperty({ type: [EntryLegView], description: 'Empty for a single entry' }) entries: EntryLegView[];
  @ApiProperty({ type: TrailView, nullable: true, example: null }) trail: TrailView | null;
  @ApiProperty({ example: false, description: 'Changed by hand: its signal does not reach it any more' })
  detached: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) detached_at: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) entry_expires_at: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'Timed exit' })
  exit_at: string | null;
  @ApiProperty({ type: [Number], example: [1], description: 'For the older app' }) reached_targets: number[];
  @ApiProperty({ type: String, nullable: true }) close_reason: string | null;
  @ApiProperty({ format: 'date-time' }) created_at: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) opened_at: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) closed_at: string | null;
  @ApiProperty({ format: 'date-time' }) updated_at: string;
}

/** Where the older app may ask in its own words. */
export class UserPositionView extends OmitType(PositionView, ['status']) {
  @ApiProperty({
    enum: [...POSITION_STATUSES, ...OLDER_STATUSES],
    description: 'In the words in which it was asked for',
  })
  status: string;
}

/** For the liquidation price: `terms` are the venue's, `accountLimit` is that of the account of a cross position. */
export function positionView(
  row: PositionListRow,
  terms: SimulatedTerms | undefined,
  accountLimit?: Decimal,
): PositionView {
  const { total, unrealised, percent } = figures(row);
  const pnl = toJsonNumber(total);
  const pnlPercent = toJsonNumber(percent);
  return {
    id: row.id,
    position_id: String(row.id),
    signal_id: row.signal_id,
    symbol: row.symbol,
    side: row.side,
    direction: row.side,
    mode: row.mode,
    exchange: row.exchange,
    status: row.status,
    leverage: row.leverage,
    margin_mode: row.is_cross ? 'CROSS' : 'ISOLATED',
    qty: toJsonNumber(row.planned_qty),
    filled_qty: toJsonNumber(row.qty),
    remaining_qty: toJsonNumber(row.remaining_qty),
    entry_price: toJsonNumber(row.entry_price),
    exit_price: toJsonNumber(row.exit_price),
    stop_loss: toJsonNumber(row.stop_loss),
    current_price: toJsonNumber(row.current_price ?? row.entry_price),
    pnl_usdt: pnl,
    pnl_pct: pnlPercent,
    pnl,
    pnl_percent: pnlPercent,
    realised_pnl_usdt: toJsonNumber(row.realised_pnl),
    unrealised_pnl_usdt: toJsonNumber(unrealised),
    fees_usdt: toJsonNumber(row.fees),
    funding_usdt: toJsonNumber(row.funding),
    liquidation_price: liquidationOf(row, terms, accountLimit),
    targets: row.target_prices.map((price, index) => targetView(row, price, index)),
    entries: row.leg_prices.map((price, leg) => ({
      leg: legName({ legPrices: row.leg_prices, safetyLegs: row.safety_legs }, leg),
      price: toJsonNumber(price),
      qty: toJsonNumber(row.leg_qtys[leg] ?? null),
      filled_qty: toJsonNumber(row.leg_filled[leg] ?? null),
    })),
    trail: trailView(row),
    detached: row.detached_at !== null,
    detached_at: row.detached_at?.toISOString() ?? null,
    entry_expires_at: row.entry_expires_at?.toISOString() ?? null,
    exit_at: row.exit_at?.toISOString() ?? null,
    reached_targets: row.target_hit_at.flatMap((hit, index) => (hit === null ? [] : [index + 1])),
    close_reason: row.close_reason,
    created_at: row.created_at.toISOString(),
    opened_at: row.opened_at?.toISOString() ?? null,
    closed_at: row.closed_at?.toISOString() ?? null,
    updated_at: row.updated_at.toISOString(),
  };
}

function liquidationOf(
  row: PositionListRow,
  terms: SimulatedTerms | undefined,
  accountLimit: Decimal | undefined,
): number | null {
  if (terms?.brackets === undefined || isTerminalPosition(row.status)) return null;
  const held = {
    side: row.side,
    leverage: row.leverage,
    isCross: row.is_cross,
    cost: Decimal.of(row.cost),
    remainingQty: Decimal.of(row.remaining_qty),
  };
  const price = liquidationPriceOf(held, terms) ?? accountLimit;
  return price === undefined ? null : toJsonNumber(price.rounded(SHOWN_SCALE, 'half_even'));
}

function trailView(row: PositionListRow): TrailView | null {
  if (row.trail_percent === null || row.trail_since === null) return null;
  return {
    percent: toJsonNumber(row.trail_percent),
    peak: toJsonNumber(row.trail_peak),
    since: row.trail_since.toISOString(),
    takes_profit: row.trail_takes_profit,
  };
}

function targetView(row: PositionListRow, price: string, index: number): TargetView {
  const hitAt = row.target_hit_at[index] ?? null;
  const qty = toJsonNumber(row.target_qtys[index] ?? null);
  return {
    index: index + 1,
    price: toJsonNumber(price),
    qty,
    hit: hitAt !== null,
    hit_at: hitAt?.toISOString() ?? null,
  };
}

function figures(row: PositionListRow): { total: Decimal; unrealised: Decimal; percent: Decimal } {
  const entry = Decimal.of(row.entry_price);
  const held = !isTerminalPosition(row.status) && row.current_price !== null;
  const unrealised = held ? openPnl(row, Decimal.of(row.current_price as string)) : Decimal.ZERO;
  const total = Decimal.of(row.realised_pnl).plus(unrealised);
  const margin = marginOf(Decimal.of(row.planned_qty).times(entry), row.leverage);
  return { total, unrealised, percent: asPercent(total, margin) };
}

/** What closing the rest at `price` would earn before fees, from its exact cost. */
function openPnl(row: PositionListRow, price: Decimal): Decimal {
  const gain = price.times(Decimal.of(row.remaining_qty)).minus(Decimal.of(row.cost));
  return row.side === 'LONG' ? gain : gain.negated();
}
