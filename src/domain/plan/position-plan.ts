/**
 * The rules by which one position is managed after its decision: what its resolved plan comes to, in absolute terms.
 * Keeps: immutable and without quantities, so that all followers with the same rules share one; what changes while the
 * position lives (stop, peak, fills) is in `PositionState`.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { OppositeAction } from '../position/opposite.js';
import type { Decimal } from '../money/decimal.js';

export const ENTRY_TRIGGERS = ['LIMIT', 'BREAKOUT'] as const;
/** `LIMIT` legs wait for a better price, `BREAKOUT` legs for a worse one, at which they enter at market. */
export type EntryTrigger = (typeof ENTRY_TRIGGERS)[number];

export const STOP_ACTIONS = [
  'BREAKEVEN',
  'MOVING_TARGET',
  'MOVING_2_TARGET',
  'BELOW_HIGHEST',
  'BELOW_TRIGGER',
] as const;
/** Where a stop goes: see `stops.ts`, which has the formula of each. */
export type StopAction = (typeof STOP_ACTIONS)[number];

/** When a stop rule acts: a target is hit (1-based), or the price is `percent` in profit from the average entry. */
export type StopTrigger = { readonly target: number } | { readonly percent: Decimal };

export interface StopRule {
  readonly trigger: StopTrigger;
  readonly action: StopAction;
  /** Of the price, for `BELOW_HIGHEST` and `BELOW_TRIGGER`: above 0 and below 100. */
  readonly percent: Decimal | null;
}

export interface SafetyLevel {
  /** Distance of this level's own take-profit from the average entry, in percent; null leaves targets as they were. */
  readonly takeProfitPercent: Decimal | null;
}

export interface PositionPlan {
  readonly entryTrigger: EntryTrigger;
  /** Entries that wait are given up when this target is seen before anything filled. */
  readonly cancelAtTarget: number | null;
  /** How far beyond its price, in percent, a breakout may still be entered; without it however far. */
  readonly maxDeviation?: Decimal;
  /** Share of each target in the ladder; whole numbers above 0. */
  readonly weights: readonly number[];
  /** Whether targets keep the signal's prices or move with the average entry. */
  readonly targetAnchor: 'SIGNAL' | 'AVERAGE';
  /** Distances of the targets from the planned entry in percent, used when they move with the average. */
  readonly targetPercents: readonly Decimal[];
  readonly stopRules: readonly StopRule[];
  /** Callback in percent: the last target does not close the rest but starts to trail it. */
  readonly trailingTakeProfit: Decimal | null;
  /** Of the safety orders, nearest first; a small position may have fewer than the plan knows. */
  readonly safetyLevels: readonly SafetyLevel[];
  /** Seconds after the first fill at which what is held is closed at market. */
  readonly exitAfterSeconds: number | null;
  /** What a signal on the other side does; null leaves it to the mode of its owner. */
  readonly onOpposite: OppositeAction | null;
  readonly instrument: Pick<InstrumentRules, 'tickSize' | 'lotStep' | 'minQty' | 'minNotional'>;
}

/** What positions from before plans are managed by: an even ladder and a fixed stop, in the finest steps. */
export function planOfOld(targets: number): PositionPlan {
  const finest = '0.000000000001';
  return {
    entryTrigger: 'LIMIT',
    cancelAtTarget: null,
    weights: Array.from({ length: targets }, () => 1),
    targetAnchor: 'SIGNAL',
    targetPercents: [],
    stopRules: [],
    trailingTakeProfit: null,
    safetyLevels: [],
    exitAfterSeconds: null,
    onOpposite: null,
    instrument: { tickSize: finest, lotStep: finest, minQty: finest, minNotional: '0' },
  };
}
