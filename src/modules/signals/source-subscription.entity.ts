/**
 * What one user wants of one source, where it differs from their settings. Null inherits; 0 and false are values.
 * No row means: followed with the user's own settings.
 */
import { Check, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { FlagColumn, IntegerColumn, MoneyColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('source_subscriptions')
@Check('ck_source_subscriptions_per_trade', 'per_trade_usdt > 0')
@Check('ck_source_subscriptions_leverage', 'leverage BETWEEN 1 AND 125')
export class SourceSubscription {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  @ForeignKey('sources', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  sourceId: number;

  @FlagColumn(true)
  isEnabled: boolean;

  @MoneyColumn({ nullable: true })
  perTradeUsdt: string | null;

  @IntegerColumn({ nullable: true })
  leverage: number | null;

  @TimeColumn()
  updatedAt: Date;
}
