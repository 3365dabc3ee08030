/**
 * The one error type that crosses module borders: a code for programs, a kind that fixes the HTTP status, details.
 * Keeps: messages are written for the caller; nothing secret and no driver text stands in them.
 */

/** What the caller can do about it decides the kind; the kind decides the status. */
export const STATUS_OF_KIND = {
  invalid: 400,
  unauthenticated: 401,
  not_allowed: 403,
  not_found: 404,
  conflict: 409,
  refused: 422,
  /** The client must be a newer one. */
  outdated: 426,
  too_many: 429,
  unavailable: 503,
  unknown_outcome: 502,
  /** Something outside refused, and the contract wants a plain 500 for it. */
  failed: 500,
  bug: 500,
} as const;

export type ErrorKind = keyof typeof STATUS_OF_KIND;

export interface ErrorDefinition {
  readonly kind: ErrorKind;
  readonly message: string;
}

/** One offending field of a request and the rule that it broke. */
export interface FieldProblem {
  readonly field: string;
  readonly rule: string;
}

export class AppError extends Error {
  constructor(
    readonly code: string,
    readonly kind: ErrorKind,
    message: string,
    /** Extra fields of the answer, such as `needs_verification: true`. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'AppError';
  }

  get status(): number {
    return STATUS_OF_KIND[this.kind];
  }
}

/**
 * Turns a module's table of codes into a function that makes its errors:
 * `const error = errorsOf({ SIGNAL_NOT_FOUND: { kind: 'not_found', message: '…' } }); throw error('SIGNAL_NOT_FOUND')`.
 */
export function errorsOf<Code extends string>(table: Readonly<Record<Code, ErrorDefinition>>) {
  const make = (code: Code, details: Readonly<Record<string, unknown>> = {}, message?: string): AppError =>
    new AppError(code, table[code].kind, message ?? table[code].message, details);
  return Object.assign(make, { table });
}

/** A 400 that names the field and the rule. */
export function invalidField(field: string, rule: string): AppError {
  return new AppError('INVALID_INPUT', 'invalid', `${field} ${rule}`, { fields: [{ field, rule }] });
}
