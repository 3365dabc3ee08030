/**
 * Equity of all accounts, once a minute, for the platform's drawdown.
 * Keeps: `result` and `index` follow trading alone; what is paid in or out moves `equity` only.
 */
import { Entity, PrimaryColumn } from 'typeorm';
import { MoneyColumn, RefColumn } from '../../platform/database/columns.js';

@Entity('equity_points')
export class EquityPoint {
  @PrimaryColumn({ type: 'timestamptz', precision: 3 })
  at: Date;

  /** USDT: balances plus open profit and loss. */
  @MoneyColumn()
  equity: string;

  /** USDT: all results since the first point, realised and open. */
  @MoneyColumn()
  result: string;

  /** 1 at the first point. */
  @MoneyColumn()
  index: string;

  /** Ledger transactions up to this id are summed up in `settled_result` for good. */
  @RefColumn()
  settledTransactionId: number;

  /** USDT that those brought: profit, fees, funding, and what was settled with the insurance fund. */
  @MoneyColumn()
  settledResult: string;
}
