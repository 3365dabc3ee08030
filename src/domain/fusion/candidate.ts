/**
 * A candidate of a house bot, and the settings of the layer that chooses among candidates of all bots.
 * Keeps: pure data, fit to be stored as JSON: times are milliseconds since 1970. Prices are doubles: they are compared here,
 * never booked.
 */
import type { Side } from '../instrument/side.js';

/** In the order in which equal confidence is decided: the first wins. */
export const BOTS = ['TREND', 'AI_ML', 'SCALPER', 'QFL'] as const;
export type Bot = (typeof BOTS)[number];

export interface Candidate {
  /** Unique; the name of the signal that it may become. */
  readonly ref: string;
  readonly bot: Bot;
  readonly symbol: string;
  readonly side: Side;
  readonly entry: number;
  readonly firstTarget: number;
  /** 0 to 100. */
  readonly confidence: number;
}

export interface FusionSettings {
  /** Candidates below are refused, by bot. */
  readonly minConfidence: Readonly<Record<Bot, number>>;
  readonly sameSideCooldownMs: number;
  readonly otherSideCooldownMs: number;
  /** From here on the other side of a bias, or of a signal that is active, may be taken. */
  readonly reversalConfidence: number;
  /** From here on the cooldown of the same side does not count. */
  readonly strongConfidence: number;
  /** Approvals in a rolling hour. */
  readonly mostPerSymbol: number;
  readonly mostOverall: number;
  /** How long a trend of a symbol counts as its bias. */
  readonly biasMs: number;
  /** Refused where the price has gone further than this share of the way to the first target. */
  readonly lateShare: number;
}

const MINUTE = 60_000;

export const FUSION_DEFAULTS: FusionSettings = {
  minConfidence: { TREND: 75, AI_ML: 72, SCALPER: 70, QFL: 80 },
  sameSideCooldownMs: 10 * MINUTE,
  otherSideCooldownMs: 20 * MINUTE,
  reversalConfidence: 90,
  strongConfidence: 92,
  mostPerSymbol: 4,
  mostOverall: 12,
  biasMs: 240 * MINUTE,
  lateShare: 1 / 3,
};
