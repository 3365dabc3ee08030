/**
 * What an account with open positions was worth at a full hour. One that held nothing has no row: its ledger says it all.
 * Keeps: one per account and hour; balance and unrealised PnL are of one moment, so their sum has no glitch.
 */
import { Entity, PrimaryColumn } from 'typeorm';
import { MoneyColumn } from '../../platform/database/columns.js';

@Entity('equity_snapshots')
export class EquitySnapshot {
  @PrimaryColumn('timestamptz', { precision: 3 })
  at: Date;

  @PrimaryColumn('bigint')
  accountId: number;

  /** USDT. */
  @MoneyColumn()
  balance: string;

  /** USDT, at the last market prices of that moment. */
  @MoneyColumn()
  unrealised: string;
}
