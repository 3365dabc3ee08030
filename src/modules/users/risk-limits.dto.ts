/** The limits that `PUT /api/users/:id/risk` takes besides the sizes. Only named ones change; null takes a limit away. */
import { exposureGroupsProblem, type ExposureGroups } from '../../domain/risk/asset-groups.js';
import { LIMIT_NAMES, type RiskLimits } from '../../domain/risk/limits.js';
import { timeZoneProblem, tradingHoursProblem, type TradingWindow } from '../../domain/risk/trading-hours.js';
import { CheckedField } from '../../platform/http/checked-field.js';
import { DecimalField, IntegerField } from '../../platform/http/fields.js';
import { RiskBody, SIZE_FIELDS } from './users.dto.js';

const MAX_USDT = '1000000000';
const WEEK_OF_MINUTES = 10_080;
const MONTH_OF_MINUTES = 43_200;

const count = (max: number, description: string) =>
  IntegerField({ required: false, nullable: true, min: 1, max, description });
const usdt = (description: string) =>
  DecimalField({ required: false, nullable: true, above: '0', max: MAX_USDT, description });
const percent = (description: string) =>
  DecimalField({ required: false, nullable: true, above: '0', max: '100', description });

export class RiskSettingsBody extends RiskBody {
  @count(500, 'Live positions on one symbol')
  max_per_symbol?: number | null;

  @count(500, 'Live positions on one side, long and short each for itself')
  max_per_direction?: number | null;

  @count(500, 'Live positions from one source')
  max_per_source?: number | null;

  @usdt('Margin of all live positions')
  max_total_margin_usdt?: string | null;

  @usdt('Net notional in one direction of all symbols of an asset group')
  max_group_exposure_usdt?: string | null;

  @CheckedField(exposureGroupsProblem, {
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Own groups of base assets; they come before the platform’s',
    example: { mine: ['SOL', 'AVAX'] },
  })
  exposure_groups?: ExposureGroups | null;

  @count(10_000, 'Positions opened per day')
  max_daily_trades?: number | null;

  @usdt('Loss of the day, realised and open, at which no more is opened')
  max_daily_loss_usdt?: string | null;

  @percent('The same in percent of the balance at the start of the day')
  max_daily_loss_percent?: string | null;

  @percent('Fall of equity below its peak at which no more is opened')
  max_drawdown_percent?: string | null;

  @count(100, 'Losses in a row after which nothing is opened for a while')
  losing_streak_losses?: number | null;

  @count(MONTH_OF_MINUTES, 'How long, in minutes after the last of them; 60 where it is not set')
  losing_streak_minutes?: number | null;

  @count(WEEK_OF_MINUTES, 'Minutes without a new position on a symbol after any close of it')
  cooldown_minutes?: number | null;

  @count(WEEK_OF_MINUTES, 'The same after a losing close')
  cooldown_after_loss_minutes?: number | null;

  @CheckedField(tradingHoursProblem, {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        days: { type: 'array', items: { type: 'string', enum: ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] } },
        from: { type: 'string' },
        to: { type: 'string' },
      },
    },
    description: 'When positions may be opened; a window may run past midnight, equal ends are the whole day',
    example: [{ days: ['MON', 'TUE'], from: '09:00', to: '17:30' }],
  })
  trading_hours?: TradingWindow[] | null;

  @CheckedField(timeZoneProblem, {
    type: String,
    description: 'IANA name of the zone of days and trading hours; UTC where it is not set',
    example: 'Europe/Berlin',
  })
  time_zone?: string | null;

  @IntegerField({ required: false, nullable: true, min: 0, max: 100, description: 'Smallest confidence of a signal' })
  min_confidence?: number | null;

  @usdt('What may be lost when the stops of all live positions and of the new one are hit, fees included')
  max_worst_case_loss_usdt?: string | null;
}

export const RISK_FIELDS: readonly string[] = [...SIZE_FIELDS, ...LIMIT_NAMES];

/** The sizes and the limits that a body names, apart. */
export function splitRisk(body: RiskSettingsBody): { sizes: RiskBody; limits: Partial<RiskLimits> } {
  const named = Object.entries(body).filter(([, value]) => value !== undefined);
  const isLimit = (name: string) => LIMIT_NAMES.includes(name as keyof RiskLimits);
  return {
    sizes: Object.fromEntries(named.filter(([name]) => !isLimit(name))) as RiskBody,
    limits: Object.fromEntries(named.filter(([name]) => isLimit(name))) as Partial<RiskLimits>,
  };
}
