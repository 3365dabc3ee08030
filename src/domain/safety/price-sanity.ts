/**
 * Whether a price may be believed, given the last one that was: a spike must be confirmed, an absurd one more so.
 * Keeps: pure; one tick far away from the market fires nothing; a real gap is believed at its second tick, or when it
 * stands unopposed for a while, and then once. Percentages compare doubles, as the trigger books do: nothing is booked.
 */

/** `spike`: farther from the last price than one tick should be. `band`: so far that two ticks do not prove it either. */
export type SanityFault = 'spike' | 'band';

export interface SanitySettings {
  /** Percent of the last price that one tick may move; 0 switches the rule off. */
  readonly spikePercent: number;
  /** Percent of the last price beyond which a price is absurd; 0 switches the rule off. */
  readonly bandPercent: number;
  /** Ticks at the new level must follow each other within this time to confirm it. */
  readonly confirmMs: number;
  /** A spike that nothing contradicts for so long is believed; an absurd price needs its ticks to span so long. */
  readonly persistMs: number;
}

interface Candidate {
  readonly price: number;
  readonly fault: SanityFault;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly ticks: number;
}

/** What is remembered of a symbol. */
export interface PriceTrack {
  /** The last price that was believed. */
  readonly price: number;
  readonly candidate: Candidate | undefined;
}

export interface Judgement {
  readonly fault: SanityFault | undefined;
  readonly track: PriceTrack;
}

const SPIKE_TICKS = 2;
const BAND_TICKS = 3;

/** Judges a price that arrived at `nowMs`, on any clock that only moves forward. Both prices are above zero. */
export function judgePrice(
  track: PriceTrack | undefined,
  price: number,
  nowMs: number,
  settings: SanitySettings,
): Judgement {
  const fault = track === undefined ? undefined : faultOf(track.price, price, settings);
  if (track === undefined || fault === undefined) return believed(price);
  const candidate = follow(track.candidate, price, fault, nowMs, settings);
  if (isConfirmed(candidate, nowMs, settings)) return believed(price);
  return { fault, track: { ...track, candidate } };
}

/** The track after the candidate stood unopposed long enough; undefined while it has not, or needs ticks to prove it. */
export function persistedPrice(track: PriceTrack, nowMs: number, settings: SanitySettings): PriceTrack | undefined {
  const { candidate } = track;
  if (candidate === undefined || candidate.fault === 'band') return undefined;
  return nowMs - candidate.lastMs >= settings.persistMs ? believed(candidate.price).track : undefined;
}

function believed(price: number): Judgement {
  return { fault: undefined, track: { price, candidate: undefined } };
}

function faultOf(last: number, price: number, settings: SanitySettings): SanityFault | undefined {
  const deviation = deviationPercent(last, price);
  if (settings.bandPercent > 0 && deviation > settings.bandPercent) return 'band';
  return settings.spikePercent > 0 && deviation > settings.spikePercent ? 'spike' : undefined;
}

function deviationPercent(from: number, to: number): number {
  return (Math.abs(to - from) / from) * 100;
}

/** The candidate that this price makes or strengthens. */
function follow(
  before: Candidate | undefined,
  price: number,
  fault: SanityFault,
  nowMs: number,
  settings: SanitySettings,
): Candidate {
  const tolerance = settings.spikePercent > 0 ? settings.spikePercent : settings.bandPercent;
  const continues =
    before !== undefined &&
    nowMs - before.lastMs <= settings.confirmMs &&
    deviationPercent(before.price, price) <= tolerance;
  if (!continues) return { price, fault, firstMs: nowMs, lastMs: nowMs, ticks: 1 };
  return { price, fault, firstMs: before.firstMs, lastMs: nowMs, ticks: before.ticks + 1 };
}

function isConfirmed(candidate: Candidate, nowMs: number, settings: SanitySettings): boolean {
  if (candidate.fault === 'spike') return candidate.ticks >= SPIKE_TICKS;
  return candidate.ticks >= BAND_TICKS && nowMs - candidate.firstMs >= settings.persistMs;
}
