/**
 * The registry of what can be traded: steps and minimums that every order is rounded to.
 * Keeps: one row per symbol; prices are multiples of `tick_size`, quantities of `lot_step`.
 */
import { Check, Entity, Index } from 'typeorm';
import { IdColumn, IntegerColumn, MoneyColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('instruments')
@Check('ck_instruments_steps', 'tick_size > 0 AND lot_step > 0 AND min_qty > 0 AND min_notional >= 0')
@Index(['symbol'], { unique: true })
export class Instrument {
  @IdColumn()
  id: number;

  /** As in the contract: `BTCUSDT`. */
  @TextColumn()
  symbol: string;

  @TextColumn()
  base: string;

  @TextColumn()
  quote: string;

  @MoneyColumn()
  tickSize: string;

  @MoneyColumn()
  lotStep: string;

  @MoneyColumn()
  minQty: string;

  @MoneyColumn()
  minNotional: string;

  @IntegerColumn()
  maxLeverage: number;

  /** Which venue's rules these are. */
  @TextColumn()
  exchange: string;

  @TimeColumn()
  createdAt: Date;
}
