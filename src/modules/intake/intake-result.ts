/**
 * What came of an intent, as a value: expected refusals are told, not thrown.
 * Keeps: what has happened is `done` also where this call only repeats it; a refusal has the code by which programs tell it
 * and a sentence for people.
 */
import { AppError, type ErrorKind } from '../../platform/errors/app-error.js';

export const OUTCOMES = ['done', 'nothing', 'refused'] as const;
export type IntakeOutcome = (typeof OUTCOMES)[number];

export interface IntakeStep {
  /** `nothing`: it is so already, or asks for nothing. */
  readonly outcome: IntakeOutcome;
  /** Null where it is done. */
  readonly code: string | null;
  readonly message: string;
}

/** Of a change with several steps `done` where any of them is; then `steps` tells what else was refused. */
export interface IntakeResult extends IntakeStep {
  /** The signal that was made, or those that were changed. */
  readonly signalIds: readonly number[];
  /** Of a change: what came of each step of each signal, in their order. */
  readonly steps: readonly (IntakeStep & { readonly signalId: number; readonly change: string })[];
}

export const done = (message: string): IntakeStep => ({ outcome: 'done', code: null, message });
export const nothing = (code: string, message: string): IntakeStep => ({ outcome: 'nothing', code, message });
export const refused = (code: string, message: string): IntakeStep => ({ outcome: 'refused', code, message });

/** Without steps of its own. */
export function resultOf(step: IntakeStep, ...signalIds: number[]): IntakeResult {
  return { ...step, signalIds, steps: [] };
}

/** What lies with the request, and would be the same at a second try. */
const EXPECTED: ReadonlySet<ErrorKind> = new Set([
  'invalid',
  'not_allowed',
  'not_found',
  'conflict',
  'refused',
  'too_many',
]);

/** The refusal that an error of the platform means; throws what is none. */
export function refusalOf(error: unknown): IntakeStep {
  if (!(error instanceof AppError) || !EXPECTED.has(error.kind)) throw error;
  return refused(error.code, error.message);
}
