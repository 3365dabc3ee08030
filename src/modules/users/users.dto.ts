/** What the routes of users take. Every field is optional; only named ones change. */
import { POSITION_MODES, type PositionMode } from '../../domain/position/opposite.js';
import {
  ChoiceField,
  DecimalField,
  FlagField,
  IntegerField,
  ObjectField,
  OpenObjectField,
  TextField,
  TextListField,
} from '../../platform/http/fields.js';

const SYMBOL = /^[A-Z0-9]{1,15}(USDT|USDC|BUSD|USD|BTC|ETH)$/;

const symbols = () =>
  TextListField({
    required: false,
    nullable: false,
    maxItems: 500,
    pattern: SYMBOL,
    rule: 'must hold symbols such as BTCUSDT',
    upper: true,
  });

export class GeneralBody {
  @TextField({ required: false, min: 0, max: 100 })
  full_name?: string;

  @FlagField({ required: false })
  auto_trade_enabled?: boolean;
}

export class RiskBody {
  @DecimalField({
    required: false,
    nullable: false,
    min: '0',
    max: '1000000000',
    description: 'USDT for all positions; 0 = no own limit',
  })
  capital_usdt?: string;

  @DecimalField({
    required: false,
    nullable: false,
    above: '0',
    max: '1000000000',
    description: 'USDT of margin per trade',
    example: 5,
  })
  per_trade_usdt?: string;

  @IntegerField({
    required: false,
    nullable: false,
    min: 1,
    max: 125,
    limitedBy: 'MAX_LEVERAGE',
    description: 'Up to MAX_LEVERAGE (25 by default)',
    example: 10,
  })
  leverage?: number;

  @IntegerField({
    required: false,
    nullable: false,
    min: 1,
    max: 500,
    limitedBy: 'MAX_CONCURRENT_TRADES',
    description: 'Up to MAX_CONCURRENT_TRADES (50)',
    example: 50,
  })
  max_concurrent_trades?: number;

  @symbols()
  symbol_whitelist?: string[];

  @symbols()
  symbol_blacklist?: string[];

  @ChoiceField(POSITION_MODES, {
    required: false,
    description: 'ONE_WAY: one direction per symbol. HEDGE: both sides may stand side by side',
    example: 'ONE_WAY',
  })
  position_mode?: PositionMode;
}

/** What a trade may cost and which symbols it may be on: set by either route of preferences and risk. */
export const SIZE_FIELDS = [
  'capital_usdt',
  'per_trade_usdt',
  'leverage',
  'max_concurrent_trades',
  'symbol_whitelist',
  'symbol_blacklist',
  'position_mode',
] as const satisfies readonly (keyof RiskBody)[];

/** What among preferences has a meaning of its own, wherever it stands. */
export class TradingPreferencesBody extends RiskBody {
  @FlagField({ required: false })
  auto_trade_enabled?: boolean;
}

export const TRADING_FIELDS = [
  ...SIZE_FIELDS,
  'auto_trade_enabled',
] as const satisfies readonly (keyof TradingPreferencesBody)[];

export class PreferencesBody extends TradingPreferencesBody {
  @OpenObjectField(TradingPreferencesBody, {
    required: false,
    description: 'Any values, merged; the fields beside it mean the same in here',
  })
  preferences?: TradingPreferencesBody;
}

/** Whatever else stands flat in the body is a preference. */
export const PREFERENCES_FIELDS: readonly (keyof PreferencesBody)[] = [...TRADING_FIELDS, 'preferences'];

export class StrategyBody {
  @ObjectField({ required: false })
  strategy?: Record<string, unknown>;
}

export class DcaBody {
  @FlagField({ required: false })
  dca_enabled?: boolean;

  @IntegerField({ required: false, min: 0, max: 10 })
  dca_steps?: number;

  @DecimalField({ required: false, min: '0.1', max: '50' })
  dca_step_percent?: string;
}

export class ReversalBody {
  @FlagField()
  auto_reversal_enabled: boolean;
}

export class NotificationsBody {
  @FlagField()
  notifications_enabled: boolean;
}

export class DeviceBody {
  @TextField({
    max: 300,
    pattern: /^(ExponentPushToken\[[\w-]+\]|[\w:.-]{60,300})$/,
    rule: 'must be an Expo or FCM token',
  })
  push_token: string;

  @TextField({ required: false, nullable: 'absent', max: 100 })
  device_name?: string;

  @TextField({ required: false, nullable: 'absent', max: 30 })
  device_platform?: string;
}
