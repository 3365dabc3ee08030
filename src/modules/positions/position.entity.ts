/**
 * A follower's position: what was planned, what is held, what it earned.
 * Keeps: one per (user, signal); open target quantities sum to what remains; closed means nothing remains; status
 * moves only along the allowed graph (a trigger refuses to leave a final status). Realised PnL is net of fees.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  FlagColumn,
  IdColumn,
  IntegerColumn,
  MoneyColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeArrayColumn,
  TimeColumn,
} from '../../platform/database/columns.js';
import { ENTRY_TYPES, type EntryType, SIDES, type Side } from '../../domain/instrument/side.js';
import {
  CLOSE_REASONS,
  type CloseReason,
  LIVE_POSITION_STATUSES,
  POSITION_STATUSES,
  type PositionStatus,
  TRADING_MODES,
  type TradingMode,
} from '../../domain/position/position-status.js';

@Entity('positions')
@Check('ck_positions_side', oneOf('side', SIDES))
@Check('ck_positions_status', oneOf('status', POSITION_STATUSES))
@Check('ck_positions_mode', oneOf('mode', TRADING_MODES))
@Check('ck_positions_entry_type', oneOf('entry_type', ENTRY_TYPES))
@Check('ck_positions_close_reason', oneOf('close_reason', CLOSE_REASONS))
@Check(
  'ck_positions_quantities',
  'planned_qty > 0 AND qty >= 0 AND qty <= planned_qty AND remaining_qty >= 0 AND remaining_qty <= qty',
)
@Check('ck_positions_closed_is_flat', "(status IN ('OPEN', 'PARTIAL')) = (remaining_qty > 0)")
@Check('ck_positions_closed_at', "(status IN ('CLOSED', 'STOPPED', 'CANCELLED')) = (closed_at IS NOT NULL)")
@Check(
  'ck_positions_ladder_lengths',
  'cardinality(target_prices) = cardinality(target_qtys) AND cardinality(target_hit_at) = cardinality(target_qtys)',
)
@Check(
  'ck_positions_ladder_covers',
  "status NOT IN ('OPEN', 'PARTIAL') OR open_rungs(target_qtys, target_hit_at) = remaining_qty",
)
@Check(
  'ck_positions_legs',
  'cardinality(leg_prices) = cardinality(leg_qtys) AND cardinality(leg_filled) = cardinality(leg_qtys) AND safety_legs <= cardinality(leg_qtys)',
)
@Check('ck_positions_cost', 'cost >= 0 AND (remaining_qty > 0 OR cost = 0)')
@Check('ck_positions_detached', 'is_detached = (detached_at IS NOT NULL)')
@Check('ck_positions_stop', 'stop_loss > 0')
@Check(
  'ck_positions_trail',
  '(trail_percent IS NULL) = (trail_peak IS NULL) AND (trail_percent IS NULL) = (trail_since IS NULL)',
)
@Index(['userId', 'signalId'], { unique: true })
@Index(['userId', 'id'])
@Index('ix_positions_live_signal', ['signalId', 'id'], { where: oneOf('status', LIVE_POSITION_STATUSES) })
@Index('ix_positions_live_symbol', ['symbol', 'side', 'id'], { where: oneOf('status', LIVE_POSITION_STATUSES) })
@Index('ix_positions_account_closed', ['accountId', 'closedAt'], { where: 'closed_at IS NOT NULL' })
@Index('ix_positions_live_user', ['userId'], { where: 'closed_at IS NULL' })
@Index('ix_positions_closed_symbol', ['userId', 'symbol', 'closedAt'], { where: 'closed_at IS NOT NULL' })
@Index('ix_positions_live_cross', ['accountId', 'id'], {
  where: `is_cross AND ${oneOf('status', LIVE_POSITION_STATUSES)}`,
})
@Index('ix_positions_entry_expires', { synchronize: false })
@Index('ix_positions_exit_at', { synchronize: false })
@Index('ix_positions_closed_at', ['closedAt'], { where: 'closed_at IS NOT NULL' })
export class Position {
  @IdColumn()
  id: number;

  @ForeignKey('users')
  @RefColumn()
  userId: number;

  @ForeignKey('accounts')
  @RefColumn()
  accountId: number;

  @ForeignKey('signals')
  @RefColumn({ nullable: true })
  signalId: number | null;

  @TextColumn()
  symbol: string;

  @TextColumn()
  side: Side;

  @TextColumn()
  mode: TradingMode;

  @TextColumn()
  exchange: string;

  @TextColumn()
  status: PositionStatus;

  @TextColumn()
  entryType: EntryType;

  @IntegerColumn()
  leverage: number;

  /** Quantity of the plan, in the base asset, a multiple of the lot step. */
  @MoneyColumn()
  plannedQty: string;

  /** Quantity entered so far. */
  @MoneyColumn({ default: '0' })
  qty: string;

  @MoneyColumn({ default: '0' })
  remainingQty: string;

  /** Average entry price; the limit price while pending. */
  @MoneyColumn()
  entryPrice: string;

  /** Average exit price over what was closed so far. */
  @MoneyColumn({ nullable: true })
  exitPrice: string | null;

  /** What the remaining quantity cost, exactly. */
  @MoneyColumn({ default: '0' })
  cost: string;

  /** Null only where the plan says so. */
  @MoneyColumn({ nullable: true })
  stopLoss: string | null;

  /** Null for positions from before plans: evenly split, fixed stop. */
  @ForeignKey('trade_plans')
  @RefColumn({ nullable: true })
  planId: number | null;

  /** Entry orders, then safety orders; empty for a single entry, which the columns above say all about. */
  @MoneyColumn({ array: true, default: () => "'{}'" })
  legPrices: string[];

  @MoneyColumn({ array: true, default: () => "'{}'" })
  legQtys: string[];

  @MoneyColumn({ array: true, default: () => "'{}'" })
  legFilled: string[];

  @IntegerColumn({ default: 0 })
  safetyLegs: number;

  @FlagColumn(false)
  entriesClosed: boolean;

  /** Callback of a trailing stop or take-profit that is on, in percent of the peak. */
  @MoneyColumn({ nullable: true })
  trailPercent: string | null;

  @MoneyColumn({ nullable: true })
  trailPeak: string | null;

  @TimeColumn({ nullable: true })
  trailSince: Date | null;

  @FlagColumn(false)
  trailTakesProfit: boolean;

  /** Bit n: stop rule n of the plan has acted on its percent trigger. */
  @IntegerColumn({ default: 0 })
  rulesFired: number;

  @TimeColumn({ nullable: true })
  entryExpiresAt: Date | null;

  @TimeColumn({ nullable: true })
  exitAt: Date | null;

  /** Market price at which an order of it last filled in part; null when none has or it has filled since. */
  @MoneyColumn({ nullable: true })
  partPrice: string | null;

  /** Changed by its owner by hand: its signal does not reach it any more. */
  @FlagColumn(false)
  isDetached: boolean;

  /** Cross margin; else isolated. */
  @FlagColumn(false)
  isCross: boolean;

  @TimeColumn({ nullable: true })
  detachedAt: Date | null;

  /** The last version of its signal that has met it. */
  @IntegerColumn({ default: 0 })
  editVersion: number;

  @MoneyColumn({ array: true })
  targetPrices: string[];

  @MoneyColumn({ array: true })
  targetQtys: string[];

  @TimeArrayColumn()
  targetHitAt: (Date | null)[];

  /** USDT reserved for what is planned or still held. */
  @MoneyColumn()
  margin: string;

  /** USDT, net of all fees booked so far, and with funding. */
  @MoneyColumn({ default: '0' })
  realisedPnl: string;

  @MoneyColumn({ default: '0' })
  fees: string;

  /** USDT received (negative: paid) as funding so far; part of `realised_pnl`. */
  @MoneyColumn({ default: '0' })
  funding: string;

  @TextColumn({ nullable: true })
  closeReason: CloseReason | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  openedAt: Date | null;

  @TimeColumn({ nullable: true })
  closedAt: Date | null;

  @TimeColumn()
  updatedAt: Date;
}
