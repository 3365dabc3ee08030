/**
 * How long to wait before the next attempt: doubling, with a limit, and never the same for two processes.
 * Pure: the random number comes in.
 */

const BASE_MS = 500;
const LIMIT_MS = 30_000;

/** Milliseconds before attempt `failures + 1`; `random` in [0, 1) chooses within the upper half of the pause. */
export function backoffMs(failures: number, random: number): number {
  const pause = Math.min(LIMIT_MS, BASE_MS * 2 ** Math.min(failures, 16));
  return Math.round(pause / 2 + (pause / 2) * random);
}
