/**
 * How a follower wants signals traded: sizes, caps, DCA, reversal and free preferences.
 * Keeps: ranges hold in the database too; platform limits (leverage, concurrent trades) are applied above it.
 */
import { Check, Entity, ForeignKey } from 'typeorm';
import {
  FlagColumn,
  IntegerColumn,
  JsonColumn,
  MoneyColumn,
  oneOf,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';
import { POSITION_MODES, type PositionMode } from '../../domain/position/opposite.js';
import { PrimaryColumn } from 'typeorm';

@Entity('user_settings')
@Check('ck_user_settings_capital', 'capital_usdt >= 0')
@Check('ck_user_settings_per_trade', 'per_trade_usdt > 0')
@Check('ck_user_settings_leverage', 'leverage BETWEEN 1 AND 125')
@Check('ck_user_settings_trades', 'max_concurrent_trades BETWEEN 1 AND 500')
@Check('ck_user_settings_position_mode', oneOf('position_mode', POSITION_MODES))
@Check('ck_user_settings_dca', 'dca_steps BETWEEN 0 AND 10 AND dca_step_percent BETWEEN 0.1 AND 50')
export class UserSettings {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  /** USDT that the follower lets all positions use together; 0 means no limit of their own. */
  @MoneyColumn({ default: '0' })
  capitalUsdt: string;

  /** Margin per trade in USDT. */
  @MoneyColumn({ default: '5' })
  perTradeUsdt: string;

  @IntegerColumn({ default: 1 })
  leverage: number;

  @IntegerColumn()
  maxConcurrentTrades: number;

  @FlagColumn(false)
  dcaEnabled: boolean;

  @IntegerColumn({ default: 3 })
  dcaSteps: number;

  @MoneyColumn({ default: '2' })
  dcaStepPercent: string;

  @FlagColumn(true)
  autoReversalEnabled: boolean;

  /** Whether both sides of a symbol may stand side by side. */
  @TextColumn({ default: 'ONE_WAY' })
  positionMode: PositionMode;

  /** Only these symbols are traded; empty means all. */
  @TextColumn({ array: true, default: () => "'{}'" })
  symbolWhitelist: string[];

  /** Never traded; wins over the whitelist. */
  @TextColumn({ array: true, default: () => "'{}'" })
  symbolBlacklist: string[];

  /** The limits that are set, as `RiskLimits` names them. */
  @JsonColumn({ default: {} })
  risk: Record<string, unknown>;
  /** The user's layer of every plan: `{ plan: {...}, caps: {...} }`. */
  @JsonColumn({ default: {} })
  plan: Record<string, unknown>;

  @JsonColumn({ default: {} })
  strategy: Record<string, unknown>;

  @JsonColumn({ default: {} })
  preferences: Record<string, unknown>;

  @TimeColumn()
  updatedAt: Date;
}
