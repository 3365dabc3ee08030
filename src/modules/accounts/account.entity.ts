/**
 * A place to trade: a user's paper account, or an exchange account with keys.
 * Keeps: `balance`, `margin_used`, `open_positions` and the risk counters change only in the transaction that changes the positions they
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
@Check('ck_accounts_risk_counters', 'day_trades >= 0 AND losing_streak >= 0 AND drawdown >= 0')
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

  /** When the follower's day ends that `day_trades`, `day_realised` and `day_start_balance` are of; then they count as none. */
  @TimeColumn({ nullable: true })
  dayEndsAt: Date | null;

  /** Positions opened that day, waiting ones too. */
  @IntegerColumn({ default: 0 })
  dayTrades: number;

  /** USDT booked that day: profit and loss minus fees. */
  @MoneyColumn({ default: '0' })
  dayRealised: string;

  /** USDT on the account before that day's first booking. */
  @MoneyColumn({ default: '0' })
  dayStartBalance: string;

  /** USDT by which the sum of all bookings stands below its peak; deposits and withdrawals do not move it. */
  @MoneyColumn({ default: '0' })
  drawdown: string;

  /** Positions in a row that ended with a loss; any other end starts anew. */
  @IntegerColumn({ default: 0 })
  losingStreak: number;

  @TimeColumn({ nullable: true })
  lastLossAt: Date | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
