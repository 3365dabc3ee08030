/**
 * From what a house bot sees to a signal: the ladder of five targets, the stop, and whether that is worth a trade.
 * Keeps: reward and risk are compared at the base target (the third, 1.0 ×), because the first lies nearer than any stop; the
 * ladder rises strictly; what falls short is refused with its reason. Prices are doubles until they are written as text.
 */
import { priceText } from '../money/double.js';
import type { Side } from '../instrument/side.js';
import type { EnterIntent } from '../intent/intent.js';
import type { SettingsSchema, SettingValues } from './settings.js';
import { numberSetting } from './settings.js';

/** Multiples of the base target. The fifth is further the more confident the bot is. */
const PERCENT_LADDER = [0.4, 0.7, 1, 1.3] as const;
/** Multiples of the average true range. */
const ATR_LADDER = [0.5, 1, 1.5, 2] as const;

const PRICE_DIGITS = 10;
const PERCENT = 0.01;

export interface Sighting {
  readonly bot: string;
  readonly symbol: string;
  readonly side: Side;
  /** The close that it was seen on, and the time of that close (ms). */
  readonly price: number;
  readonly now: number;
  /** Distances in percent of the price. */
  readonly basePercent: number;
  readonly stopPercent: number;
  /** 0 to 100. */
  readonly confidence: number;
  readonly timeframe: string;
  /** Average true range, for a ladder by it. */
  readonly atr?: number;
}

/** The settings that every bot has. */
export function houseSettings(minConfidence: number, cooldownMinutes: number): SettingsSchema {
  return {
    min_confidence: {
      form: 'number',
      min: 0,
      max: 100,
      fallback: minConfidence,
      says: 'Less confident candidates are not signals',
    },
    cooldown_minutes: {
      form: 'number',
      min: 0,
      max: 10_080,
      fallback: cooldownMinutes,
      says: 'Minutes without another signal on the symbol',
    },
    min_reward_risk: {
      form: 'number',
      min: 0,
      max: 100,
      fallback: 1,
      says: 'Least distance of the base target in distances of the stop',
    },
    ladder: {
      form: 'choice',
      options: ['percent', 'atr'],
      fallback: 'percent',
      says: 'Targets in multiples of the base target, or of the average true range',
    },
  };
}

export type HouseRefusal = 'CONFIDENCE' | 'RISK_REWARD' | 'COOLDOWN' | 'LADDER';

/** What a bot remembers of a symbol. */
export interface HouseState {
  /** When the last candidate passed (ms). */
  lastAt: number;
}

export const NEVER = -Infinity;

/** The signal, and then the bot cools down; or why there is none. */
export function houseSignal(seen: Sighting, settings: SettingValues, state: HouseState): EnterIntent | HouseRefusal {
  const { price, side, confidence, stopPercent, basePercent, now } = seen;
  if (confidence < numberSetting(settings, 'min_confidence')) return 'CONFIDENCE';
  const isWorthIt = stopPercent > 0 && basePercent / stopPercent >= numberSetting(settings, 'min_reward_risk');
  if (!isWorthIt) return 'RISK_REWARD';
  if (now - state.lastAt < numberSetting(settings, 'cooldown_minutes') * 60_000) return 'COOLDOWN';
  const distances = settings.ladder === 'atr' ? atrDistances(seen) : percentDistances(seen);
  const sign = side === 'LONG' ? 1 : -1;
  const targets = distances.map((distance) => priceOf(price + sign * distance));
  const stopLoss = priceOf(price * (1 - sign * stopPercent * PERCENT));
  if (stopLoss === undefined || !isLadder(targets) || new Set(targets).size < targets.length) return 'LADDER';
  state.lastAt = now;
  return {
    kind: 'ENTER',
    symbol: seen.symbol,
    side,
    entry: priceOf(price) ?? null,
    stopLoss,
    targets,
    tradeType: 'FUTURES',
    leverage: null,
    confidence: Math.trunc(confidence),
    plan: {},
    meta: { bot_source: seen.bot, timeframe: seen.timeframe },
    ref: `${seen.bot}:${seen.symbol}:${now}`,
  };
}

function percentDistances({ price, basePercent, confidence }: Sighting): number[] {
  const base = price * basePercent * PERCENT;
  return [...PERCENT_LADDER, fifth(confidence, 2.8, 2.3, 2, 1.5)].map((multiple) => base * multiple);
}

/** Sideways the fifth multiple is the smallest of all: in order they still rise. */
function atrDistances({ price, atr, confidence }: Sighting): number[] {
  const range = atr !== undefined && atr > 0 ? atr : price * PERCENT;
  const multiples = [...ATR_LADDER, fifth(confidence, 2.8, 2.3, 1.8, 1.3)];
  return multiples.sort((a, b) => a - b).map((multiple) => range * multiple);
}

function fifth(confidence: number, strong: number, normal: number, weak: number, sideways: number): number {
  if (confidence >= 90) return strong;
  if (confidence >= 80) return normal;
  return confidence >= 75 ? weak : sideways;
}

const isLadder = (targets: readonly (string | undefined)[]): targets is string[] =>
  targets.every((target) => target !== undefined);

/** Plain text of ten digits; undefined for what is no price. */
export function priceOf(value: number): string | undefined {
  if (!(value > 0 && value < 1e15)) return undefined;
  return priceText(Number(value.toPrecision(PRICE_DIGITS)));
}
