/**
 * A place to trade: a user's paper account, or an exchange account with keys.
 * Keeps: `balance`, `margin_used` and `open_positions` change only in the transaction that changes the positions they
 * sum up, under this row's lock; that lock is what serialises a follower's caps. Key material lives elsewhere.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  FlagColumn,
  IdColumn,
  IntegerColumn,
  MoneyColumn,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

@Entity('accounts')
@Check('ck_accounts_margin_used', 'margin_used >= 0')
@Check('ck_accounts_open_positions', 'open_positions >= 0')
@Index(['userId', 'exchange'], { unique: true })
export class Account {
  @IdColumn()
  id: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  /** Plugin code of the venue: `paper`, `binance`, `bybit`, … */
  @TextColumn()
  exchange: string;

  @TextColumn({ default: '' })
  label: string;

  @FlagColumn(true)
  testnet: boolean;

  @FlagColumn(true)
  isActive: boolean;

  /** The follower's own leverage on this venue; null inherits the user's setting. */
  @IntegerColumn({ nullable: true })
  leverage: number | null;

  /** Wallet balance in USDT: deposits plus realised PnL minus fees. Meaningful for paper only. */
  @MoneyColumn({ default: '0' })
  balance: string;

  /** USDT reserved as margin by pending and open positions. */
  @MoneyColumn({ default: '0' })
  marginUsed: string;

  /** Positions that count against the cap: pending and open ones. */
  @IntegerColumn({ default: 0 })
  openPositions: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
