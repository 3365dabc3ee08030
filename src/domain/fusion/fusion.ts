/**
 * Chooses among the candidates of all house bots: limits, cooldowns, the bias of the trend bot, one side of a symbol at a time.
 * Keeps: pure: state in, state out, fit to be stored and to be rebuilt from the signals that were posted. One state for all
 * bots, so that they are compared with each other; a signal blocks others only as long as it is active.
 *
 * In this order, by symbol in the order of arrival: each trend candidate sets the bias; limits of the rolling hour; confidence;
 * lateness; cooldowns; bias; what is active; and of those that are left the most confident, one for each symbol.
 */
import type { Side } from '../instrument/side.js';
import { BOTS, type Candidate, type FusionSettings } from './candidate.js';

export const FUSION_REFUSALS = [
  'CONFIDENCE',
  'LATE',
  'COOLDOWN',
  'TREND',
  'OPPOSITE',
  'DUPLICATE',
  'RATE_LIMIT',
] as const;
export type FusionRefusal = (typeof FUSION_REFUSALS)[number];

export interface Approval {
  readonly ref: string;
  readonly symbol: string;
  readonly side: Side;
  readonly at: number;
  readonly isActive: boolean;
}

export interface Bias {
  readonly side: Side;
  readonly at: number;
}

export interface FusionState {
  /** Newest last: those of the last hour, and the newest of each symbol while it is active or cools down. */
  readonly approvals: readonly Approval[];
  readonly biases: Readonly<Record<string, Bias>>;
}

export const NO_FUSION: FusionState = { approvals: [], biases: {} };

export interface Fused {
  readonly state: FusionState;
  readonly approved: readonly Candidate[];
  readonly refused: readonly { readonly candidate: Candidate; readonly reason: FusionRefusal }[];
}

export interface FusionMoment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The price of a symbol now; undefined where it is not known, and then nothing is late. */
  readonly priceOf: (symbol: string) => number | undefined;
}

const HOUR_MS = 3_600_000;

export function fuse(
  before: FusionState,
  batch: readonly Candidate[],
  moment: FusionMoment,
  settings: FusionSettings,
): Fused {
  const { now } = moment;
  let state = forgotten(withBiases(before, batch, now), now, settings);
  const approved: Candidate[] = [];
  const refused: Fused['refused'][number][] = [];
  for (const group of bySymbol(batch)) {
    const fit: Candidate[] = [];
    for (const candidate of group) {
      const reason = refusalOf(candidate, state, moment, settings);
      if (reason === undefined) fit.push(candidate);
      else refused.push({ candidate, reason });
    }
    const [best, ...others] = fit.sort(byConfidence);
    for (const candidate of others) refused.push({ candidate, reason: 'DUPLICATE' });
    if (best === undefined) continue;
    approved.push(best);
    const { ref, symbol, side } = best;
    state = { ...state, approvals: [...state.approvals, { ref, symbol, side, at: now, isActive: true }] };
  }
  return { state, approved, refused };
}

/** A signal has ended: it blocks nothing any more. */
export function released(state: FusionState, ref: string): FusionState {
  return {
    ...state,
    approvals: state.approvals.map((approval) => (approval.ref === ref ? { ...approval, isActive: false } : approval)),
  };
}

function withBiases(state: FusionState, batch: readonly Candidate[], now: number): FusionState {
  const trends = batch.filter(({ bot }) => bot === 'TREND');
  if (trends.length === 0) return state;
  const set = trends.map(({ symbol, side }): [string, Bias] => [symbol, { side, at: now }]);
  return { ...state, biases: { ...state.biases, ...Object.fromEntries(set) } };
}

/** Without what cannot matter any more. */
function forgotten({ approvals, biases }: FusionState, now: number, settings: FusionSettings): FusionState {
  const longest = Math.max(HOUR_MS, settings.sameSideCooldownMs, settings.otherSideCooldownMs);
  return {
    approvals: approvals.filter(({ at, isActive }) => isActive || now - at < longest),
    biases: Object.fromEntries(Object.entries(biases).filter(([, { at }]) => now - at < settings.biasMs)),
  };
}

function refusalOf(
  candidate: Candidate,
  { approvals, biases }: FusionState,
  { now, priceOf }: FusionMoment,
  settings: FusionSettings,
): FusionRefusal | undefined {
  const { symbol, side, bot, confidence } = candidate;
  const own = approvals.filter((approval) => approval.symbol === symbol);
  const lastHour = ({ at }: Approval) => now - at < HOUR_MS;
  if (approvals.filter(lastHour).length >= settings.mostOverall) return 'RATE_LIMIT';
  if (own.filter(lastHour).length >= settings.mostPerSymbol) return 'RATE_LIMIT';
  if (confidence < settings.minConfidence[bot]) return 'CONFIDENCE';
  if (isLate(candidate, priceOf(symbol), settings)) return 'LATE';
  if (cools(own.at(-1), candidate, now, settings)) return 'COOLDOWN';
  const bias = biases[symbol];
  const mayReverse = confidence >= settings.reversalConfidence;
  if (bias !== undefined && bias.side !== side && !mayReverse) return 'TREND';
  const active = own.filter(({ isActive }) => isActive);
  if (active.some((approval) => approval.side === side)) return 'DUPLICATE';
  return active.length > 0 && !mayReverse ? 'OPPOSITE' : undefined;
}

function cools(
  last: Approval | undefined,
  { side, confidence }: Candidate,
  now: number,
  settings: FusionSettings,
): boolean {
  if (last === undefined) return false;
  const age = now - last.at;
  if (last.side !== side) return age < settings.otherSideCooldownMs;
  return age < settings.sameSideCooldownMs && confidence < settings.strongConfidence;
}

/** The price has run away toward the target: whoever enters now gets less than was promised for the same risk. */
function isLate({ entry, firstTarget }: Candidate, price: number | undefined, { lateShare }: FusionSettings): boolean {
  if (price === undefined) return false;
  return (price - entry) / (firstTarget - entry) > lateShare;
}

function bySymbol(batch: readonly Candidate[]): Candidate[][] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of batch) {
    const group = groups.get(candidate.symbol);
    if (group === undefined) groups.set(candidate.symbol, [candidate]);
    else group.push(candidate);
  }
  return [...groups.values()];
}

/** Equal ones by their bots, then by arrival. */
function byConfidence(a: Candidate, b: Candidate): number {
  return b.confidence - a.confidence || BOTS.indexOf(a.bot) - BOTS.indexOf(b.bot);
}
