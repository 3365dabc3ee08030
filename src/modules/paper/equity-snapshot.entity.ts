/**
 * What an account's open positions were worth at a full hour. Accounts that held nothing have no row.
 * Keeps: one per account and hour; balances are not stored, the ledger knows them for any time.
 */
import { Entity, PrimaryColumn } from 'typeorm';
import { MoneyColumn } from '../../platform/database/columns.js';

@Entity('equity_snapshots')
export class EquitySnapshot {
  @PrimaryColumn('bigint')
  accountId: number;

  @PrimaryColumn('timestamptz', { precision: 3 })
  at: Date;

  /** USDT, at the last market prices of that moment. */
  @MoneyColumn()
  unrealised: string;
}
