/**
 * The funding rate and mark price that a funding time used, for each symbol that was held.
 * Keeps: fixed by whoever comes first, so a run that is repeated charges the same.
 */
import { Check, Entity, PrimaryColumn } from 'typeorm';
import { MoneyColumn } from '../../platform/database/columns.js';

@Entity('funding_rates')
@Check('ck_funding_rates_price', 'price > 0')
export class FundingRate {
  @PrimaryColumn('timestamptz', { precision: 3 })
  fundingAt: Date;

  @PrimaryColumn('text')
  symbol: string;

  /** Percent of the notional that longs pay to shorts; negative the other way round. */
  @MoneyColumn()
  ratePercent: string;

  @MoneyColumn()
  price: string;
}
