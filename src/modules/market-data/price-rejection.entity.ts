/**
 * Prices that were not believed, by symbol and reason: how many, and the newest. Counted by the worker that watches the
 * market, read by status and metrics of every process. The price is kept as it came, whatever it was.
 */
import { Entity, PrimaryColumn } from 'typeorm';
import { RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('price_rejections')
export class PriceRejection {
  @PrimaryColumn('text')
  symbol: string;

  /** `price`, `order`, `stale`, `future`, `spike` or `band`. */
  @PrimaryColumn('text')
  reason: string;

  @TextColumn()
  price: string;

  @RefColumn()
  count: number;

  @TimeColumn()
  lastAt: Date;
}
