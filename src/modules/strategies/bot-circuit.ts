/**
 * When a bot that fails is let run again.
 * Keeps: pure; a bot that fails a few times in a row rests, longer each time; one run that goes well ends that.
 */

/** Failures in a row after which it rests. */
export const FAILURES_ALLOWED = 3;

const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 1_800_000;

/** Until when (ms since 1970) a bot rests that has now failed `failures` times in a row; null where it may run on. */
export function restUntil(failures: number, nowMs: number): number | null {
  if (failures < FAILURES_ALLOWED) return null;
  return nowMs + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(16, failures - FAILURES_ALLOWED));
}

export function isResting(openUntil: Date | null, nowMs: number): boolean {
  return openUntil !== null && openUntil.getTime() > nowMs;
}
