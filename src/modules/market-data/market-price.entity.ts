/**
 * The last price seen for each symbol, written by the worker that watches the market, read by everybody.
 */
import { Check, Entity, PrimaryColumn } from 'typeorm';
import { FlagColumn, MoneyColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

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

  /** True when the price is not that of a market. */
  @FlagColumn(false)
  isSimulated: boolean;

  /** The venue's time of the price. */
  @TimeColumn()
  observedAt: Date;
}
