/**
 * A trading signal and what happened to it: entry reached, targets hit, stop, end.
 * Keeps: its status is derived from those facts and only moves along the allowed graph; a terminal one never changes.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  IdColumn,
  IntegerColumn,
  JsonColumn,
  MoneyColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeArrayColumn,
  TimeColumn,
} from '../../platform/database/columns.js';
import { SIGNAL_STATUSES, type SignalStatus } from '../../domain/signal/signal.js';
import { ENTRY_TYPES, type EntryType, SIDES, type Side } from '../../domain/instrument/side.js';

@Entity('signals')
@Check('ck_signals_side', oneOf('side', SIDES))
@Check('ck_signals_status', oneOf('status', SIGNAL_STATUSES))
@Check('ck_signals_trade_type', oneOf('trade_type', ['FUTURES', 'SPOT']))
@Check('ck_signals_duration', oneOf('duration', ['SHORT', 'LONG']))
@Check('ck_signals_entry_type', oneOf('entry_type', ENTRY_TYPES))
@Check('ck_signals_prices', 'entry > 0 AND stop_loss > 0')
@Check(
  'ck_signals_targets',
  'cardinality(target_prices) BETWEEN 1 AND 10 AND cardinality(target_hit_at) = cardinality(target_prices)',
)
@Check('ck_signals_leverage', 'leverage BETWEEN 1 AND 125')
@Check('ck_signals_confidence', 'confidence BETWEEN 0 AND 100')
@Index(['sourceId', 'idempotencyKey'], { unique: true })
@Check('ck_signals_ref', 'length(ref) BETWEEN 1 AND 200')
@Index('ix_signals_ref', ['ref', 'id'], { where: 'ref IS NOT NULL' })
@Index(['symbol', 'id'])
@Index(['sourceId', 'id'])
@Index(['createdAt', 'id'])
@Index(['status', 'id'])
@Check(
  'ck_signals_trading_id',
  `trading_id = id OR (trading_id IS NULL AND ${oneOf('status', ['CLOSED', 'STOPPED', 'CANCELLED'])})`,
)
@Index(['tradingId'], { unique: true })
@Index('ix_signals_live', ['id'], { where: "status IN ('NEW', 'OPENED', 'PARTIAL')" })
export class Signal {
  @IdColumn()
  id: number;

  /** The id, until the decisions on it are archived; null from then on, so that no further decision can be stored. */
  @RefColumn({ nullable: true })
  tradingId: number | null;

  @ForeignKey('sources')
  @RefColumn()
  sourceId: number;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  createdById: number | null;

  @TextColumn({ nullable: true })
  idempotencyKey: string | null;

  /** What its source calls it, by which it speaks of it later. */
  @TextColumn({ nullable: true })
  ref: string | null;

  @TextColumn()
  symbol: string;

  @TextColumn()
  side: Side;

  @TextColumn()
  tradeType: 'FUTURES' | 'SPOT';

  @TextColumn()
  duration: 'SHORT' | 'LONG';

  @MoneyColumn()
  entry: string;

  @MoneyColumn()
  stopLoss: string;

  @MoneyColumn({ array: true })
  targetPrices: string[];

  /** Null until the target is hit; same order as `target_prices`. */
  @TimeArrayColumn()
  targetHitAt: (Date | null)[];

  @IntegerColumn()
  leverage: number;

  @IntegerColumn()
  confidence: number;

  @TextColumn()
  status: SignalStatus;

  /** Fixed when the signal is dispatched; null before. */
  @TextColumn({ nullable: true })
  entryType: EntryType | null;

  /** Market price at dispatch, the price of market entries. */
  @MoneyColumn({ nullable: true })
  referencePrice: string | null;

  /** The signal's own layer of the plan; fixed parts of it (entry, targets, stop) are the columns above. */
  @JsonColumn({ default: {} })
  plan: Record<string, unknown>;

  @JsonColumn({ default: {} })
  meta: Record<string, unknown>;

  /** How often it was edited. */
  @IntegerColumn({ default: 0 })
  editVersion: number;

  @TextColumn({ nullable: true })
  closeReason: string | null;

  @TimeColumn({ nullable: true })
  dispatchedAt: Date | null;

  @TimeColumn({ nullable: true })
  openedAt: Date | null;

  @TimeColumn({ nullable: true })
  closedAt: Date | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
