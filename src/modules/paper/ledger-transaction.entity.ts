/**
 * One transaction of an account's double-entry ledger: what each ledger account receives. Append-only.
 * Keeps: the postings of a row sum to zero; a position pays funding once for each funding time. Written in the
 * statement that moves `accounts.balance` and `accounts.margin_used`, which are its sums (docs/adr/0006).
 */
import { Check, Entity, Index } from 'typeorm';
import { LEDGER_CAUSES, type LedgerCause } from '../../domain/ledger/ledger.js';
import { IdColumn, MoneyColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('ledger_transactions')
@Check('ck_ledger_transactions_balanced', 'cash + margin + fees + funding + realised + deposits + liquidation = 0')
@Check('ck_ledger_transactions_cause', oneOf('cause', LEDGER_CAUSES))
@Check('ck_ledger_transactions_funding_at', "(cause = 'FUNDING') = (funding_at IS NOT NULL)")
@Check('ck_ledger_transactions_position', "(position_id IS NULL) = (cause IN ('DEPOSIT', 'RESET'))")
@Check('ck_ledger_transactions_deposits', "deposits = 0 OR cause IN ('DEPOSIT', 'RESET')")
@Index(['accountId', 'id'])
@Index('uq_ledger_transactions_funding', ['positionId', 'fundingAt'], {
  unique: true,
  where: 'funding_at IS NOT NULL',
})
export class LedgerTransaction {
  @IdColumn()
  id: number;

  @RefColumn()
  accountId: number;

  @RefColumn({ nullable: true })
  positionId: number | null;

  @TextColumn()
  cause: LedgerCause;

  /** Available to the owner. All amounts are USDT. */
  @MoneyColumn({ default: '0' })
  cash: string;

  /** Reserved by the owner's positions. */
  @MoneyColumn({ default: '0' })
  margin: string;

  @MoneyColumn({ default: '0' })
  fees: string;

  @MoneyColumn({ default: '0' })
  funding: string;

  /** The market's side of profit and loss: negative when the owner gained. */
  @MoneyColumn({ default: '0' })
  realised: string;

  @MoneyColumn({ default: '0' })
  deposits: string;

  @MoneyColumn({ default: '0' })
  liquidation: string;

  /** The funding time that was paid for. */
  @TimeColumn({ nullable: true })
  fundingAt: Date | null;

  /** When it was booked. */
  @TimeColumn()
  createdAt: Date;
}
