/**
 * The last price seen for each symbol, written by the worker that watches the market, read by everybody.
 */
import { Check, Entity, PrimaryColumn } from 'typeorm';
import { MoneyColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('market_prices')
@Check('ck_market_prices_price', 'price > 0')
export class MarketPrice {
  @PrimaryColumn('text')
  symbol: string;

  @MoneyColumn()
  price: string;

  /** Code of the price feed. */
  @TextColumn()
  source: string;

  /** The venue's time of the price. */
  @TimeColumn()
  observedAt: Date;
}
