/**
 * One execution. Append-only.
 * Keeps: the venue's trade id is unique per account, so a fill that is reported twice is booked once.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, MoneyColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';
import { LIQUIDITIES, type Liquidity } from '../../domain/order/order.js';

@Entity('fills')
@Check('ck_fills_amounts', 'price > 0 AND qty > 0 AND fee >= 0')
@Check('ck_fills_liquidity', oneOf('liquidity', LIQUIDITIES))
@Check('ck_fills_effect', oneOf('effect', ['ENTRY', 'EXIT']))
@Index(['accountId', 'tradeId'], { unique: true })
@Index(['positionId', 'orderId'])
@ForeignKey('orders', ['positionId', 'orderId'], ['positionId', 'id'])
export class Fill {
  @IdColumn()
  id: number;

  @RefColumn()
  orderId: number;

  @RefColumn()
  positionId: number;

  @RefColumn()
  userId: number;

  @RefColumn()
  accountId: number;

  @TextColumn()
  tradeId: string;

  @TextColumn()
  effect: 'ENTRY' | 'EXIT';

  @MoneyColumn()
  price: string;

  @MoneyColumn()
  qty: string;

  /** USDT. */
  @MoneyColumn()
  fee: string;

  @TextColumn()
  liquidity: Liquidity;

  /** Gross of fees, in USDT; 0 for entries. */
  @MoneyColumn({ default: '0' })
  realisedPnl: string;

  @TimeColumn()
  createdAt: Date;
}
