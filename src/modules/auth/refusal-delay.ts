/**
 * When a refused sign-in is answered: at whole steps of time after it began, so that the answer does not tell which work
 * the check was (none, argon2id, or the dearer bcrypt of accounts from the old system). Pure.
 */

/** Milliseconds; above what a bcrypt check of cost 12 takes on a machine that is not overloaded. */
export const REFUSAL_STEP_MS = 500;

/** How long to wait before a refusal whose check took `elapsedMs`; 0 to `REFUSAL_STEP_MS`. */
export function refusalDelayMs(elapsedMs: number): number {
  const steps = Math.max(1, Math.ceil(elapsedMs / REFUSAL_STEP_MS));
  return steps * REFUSAL_STEP_MS - elapsedMs;
}
