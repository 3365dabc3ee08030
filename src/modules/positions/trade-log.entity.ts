/**
 * The trade log: one row for every change of a position, written in the transaction that makes the change.
 * Append-only: a trigger refuses updates and deletes.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, JsonColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';
import { TRADE_LOG_TYPES, type TradeLogType } from '../../domain/order/order.js';

@Entity('trade_log')
@Check('ck_trade_log_type', oneOf('type', TRADE_LOG_TYPES))
@Index(['positionId'])
@Index(['createdAt'])
export class TradeLog {
  @IdColumn()
  id: number;

  @ForeignKey('positions')
  @RefColumn({ nullable: true })
  positionId: number | null;

  @RefColumn()
  userId: number;

  @RefColumn({ nullable: true })
  signalId: number | null;

  @TextColumn()
  type: TradeLogType;

  @TextColumn()
  message: string;

  @JsonColumn({ default: {} })
  meta: Record<string, unknown>;

  @TimeColumn()
  createdAt: Date;
}
