/**
 * One order for one leg of a position.
 * Keeps: the client order id is unique per account and derived from (account, signal, leg, attempt), so that the same
 * intent can never be sent twice under two names; 0 <= filled <= ordered.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  FlagColumn,
  IdColumn,
  MoneyColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';
import { ORDER_SIDES, type OrderSide } from '../../domain/instrument/side.js';
import {
  ORDER_STATUSES,
  ORDER_TYPES,
  type OrderLeg,
  type OrderStatus,
  type OrderType,
} from '../../domain/order/order.js';

@Entity('orders')
@Check('ck_orders_side', oneOf('side', ORDER_SIDES))
@Check('ck_orders_type', oneOf('type', ORDER_TYPES))
@Check('ck_orders_status', oneOf('status', ORDER_STATUSES))
@Check('ck_orders_filled', 'qty > 0 AND filled_qty >= 0 AND filled_qty <= qty')
@Index(['accountId', 'clientOrderId'], { unique: true })
@Index(['positionId', 'id'], { unique: true })
@Index('ix_orders_unsettled', ['accountId'], { where: "status IN ('SUBMITTING', 'UNKNOWN')" })
export class Order {
  @IdColumn()
  id: number;

  @ForeignKey('positions')
  @RefColumn()
  positionId: number;

  @RefColumn()
  userId: number;

  @RefColumn()
  accountId: number;

  @TextColumn()
  clientOrderId: string;

  @TextColumn()
  leg: OrderLeg;

  @TextColumn()
  side: OrderSide;

  @TextColumn()
  type: OrderType;

  @FlagColumn(false)
  reduceOnly: boolean;

  /** Limit or trigger price; null for market orders. */
  @MoneyColumn({ nullable: true })
  price: string | null;

  @MoneyColumn()
  qty: string;

  @MoneyColumn({ default: '0' })
  filledQty: string;

  @MoneyColumn({ nullable: true })
  averagePrice: string | null;

  @TextColumn()
  status: OrderStatus;

  @TextColumn({ nullable: true })
  venueOrderId: string | null;

  @TextColumn({ nullable: true })
  error: string | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
