/** Why a follower does not enter: the codes of the gates, and what stands for a decision that could not be made. */
import { SWITCH_CODES } from './trading-switch.js';

export const REFUSALS = [
  'SIGNAL_REFUSED',
  ...SWITCH_CODES,
  'NOT_VERIFIED',
  'TIER_NOT_ALLOWED',
  'ACCOUNT_INACTIVE',
  'SOURCE_MUTED',
  'SYMBOL_NOT_ALLOWED',
  'CONFIDENCE_TOO_LOW',
  'OUTSIDE_TRADING_HOURS',
  'SYMBOL_COOLDOWN',
  'LOSING_STREAK',
  'MAX_DAILY_TRADES',
  'DAILY_LOSS_LIMIT',
  'MAX_DRAWDOWN',
  'MAX_CONCURRENT_TRADES',
  'MAX_PER_SYMBOL',
  'MAX_PER_DIRECTION',
  'MAX_PER_SOURCE',
  'BELOW_MIN_QTY',
  'BELOW_MIN_NOTIONAL',
  'LIQUIDATION_BEFORE_STOP',
  'CAPITAL_EXHAUSTED',
  'MAX_TOTAL_MARGIN',
  'MAX_GROUP_EXPOSURE',
  'MAX_WORST_CASE_LOSS',
  'INSUFFICIENT_BALANCE',
  'INTERNAL_ERROR',
] as const;
export type RefusalReason = (typeof REFUSALS)[number];
