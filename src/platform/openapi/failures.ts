/**
 * What a route may refuse, found in what the route is: its access rule, its parameters, its body.
 * Keeps: the same facts that guard and validation act upon make the documentation.
 */
import type { Access } from '../http/access.js';
import { STATUS_OF_KIND } from '../errors/app-error.js';
import type { DocumentedFailure } from './answers.js';
import type { Schema } from './shape.js';

export interface RouteFacts {
  readonly access: Access | undefined;
  /** Whether a parameter of the path names whose it is. */
  readonly isOwned: boolean;
  /** Whether the caller must show a second factor or the password again. */
  readonly isStepUp: boolean;
  /** Whether a plan must include it. */
  readonly isEntitled: boolean;
  /** Whether a feature flag must be on. */
  readonly isFlagged: boolean;
  /** Whether apps below the smallest version are answered. */
  readonly isOpenToOldApps: boolean;
  readonly hasBody: boolean;
  readonly hasParameters: boolean;
  readonly own: readonly DocumentedFailure[];
}

const INVALID: DocumentedFailure = { code: 'INVALID_INPUT', kind: 'invalid', message: 'leverage must be at most 25' };
const UNAUTHENTICATED: DocumentedFailure = {
  code: 'UNAUTHENTICATED',
  kind: 'unauthenticated',
  message: 'Sign in first',
};
const TOKEN_EXPIRED: DocumentedFailure = {
  code: 'TOKEN_EXPIRED',
  kind: 'unauthenticated',
  message: 'The access token has expired; refresh it',
};
const SESSION_ENDED: DocumentedFailure = {
  code: 'SESSION_ENDED',
  kind: 'unauthenticated',
  message: 'The session has ended; sign in again',
};
const NOT_ALLOWED: DocumentedFailure = { code: 'NOT_ALLOWED', kind: 'not_allowed', message: 'You may not do this' };
const NOT_VERIFIED: DocumentedFailure = {
  code: 'EMAIL_NOT_VERIFIED',
  kind: 'not_allowed',
  message: 'Verify your e-mail address first',
};
const OF_PROGRAMS: readonly DocumentedFailure[] = [
  {
    code: 'SIGNATURE_REFUSED',
    kind: 'unauthenticated',
    message: 'The signature, its key, its time or its nonce is not good, or the call was made before',
  },
  { code: 'SCOPE_MISSING', kind: 'not_allowed', message: 'The token of this program may not do this' },
  {
    code: 'IMPERSONATION_READ_ONLY',
    kind: 'not_allowed',
    message: 'In a user’s place you only read, and nothing of keys, sessions or the second factor',
  },
];
const STEP_UP: readonly DocumentedFailure[] = [
  { code: 'STEP_UP_REQUIRED', kind: 'not_allowed', message: 'Show your second factor or your password again' },
  { code: 'STEP_UP_REFUSED', kind: 'not_allowed', message: 'The code or the password is wrong' },
];
const PLAN_REQUIRED: DocumentedFailure = {
  code: 'PLAN_REQUIRED',
  kind: 'not_allowed',
  message: 'Your plan does not include this',
};
const FEATURE_OFF: DocumentedFailure = {
  code: 'FEATURE_OFF',
  kind: 'not_allowed',
  message: 'This is switched off now',
};
const APP_TOO_OLD: DocumentedFailure = {
  code: 'APP_TOO_OLD',
  kind: 'outdated',
  message: 'This version of the app is too old; please update it',
};
const TOO_MANY: DocumentedFailure = {
  code: 'TOO_MANY_REQUESTS',
  kind: 'too_many',
  message: 'Too many attempts; try again later',
};
const UNAVAILABLE: DocumentedFailure = {
  code: 'UNAVAILABLE',
  kind: 'unavailable',
  message: 'The service is not available right now',
};
const MAINTENANCE: DocumentedFailure = {
  code: 'MAINTENANCE',
  kind: 'unavailable',
  message: 'We are working on the service; please come back soon',
};
const INTERNAL: DocumentedFailure = { code: 'INTERNAL', kind: 'bug', message: 'Something went wrong on our side' };

/** Refusals of the HTTP server itself, which have no kind of ours. */
const OF_BODIES = [
  { status: 413, code: 'BODY_TOO_LARGE', message: 'Request body is too large' },
  { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Unsupported Media Type' },
] as const;

export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Every refusal the route may answer, by status and code, each once. */
export function failuresOf(facts: RouteFacts): Failure[] {
  const common = [
    ...(facts.hasBody || facts.hasParameters ? [INVALID] : []),
    ...(isOpen(facts.access) ? [] : [UNAUTHENTICATED, TOKEN_EXPIRED, SESSION_ENDED, ...OF_PROGRAMS]),
    ...(facts.access === 'verified' ? [NOT_VERIFIED] : []),
    ...(isRestricted(facts.access) || facts.isOwned ? [NOT_ALLOWED] : []),
    ...(facts.isStepUp ? STEP_UP : []),
    ...(facts.isEntitled ? [PLAN_REQUIRED] : []),
    ...(facts.isFlagged ? [FEATURE_OFF] : []),
    ...(facts.isOpenToOldApps ? [] : [APP_TOO_OLD]),
    ...facts.own,
    TOO_MANY,
    INTERNAL,
    UNAVAILABLE,
    MAINTENANCE,
  ].map(({ code, kind, message }): Failure => ({ status: STATUS_OF_KIND[kind], code, message }));
  const all = [...common, ...(facts.hasBody ? OF_BODIES : [])];
  const once = new Map(all.map((failure) => [`${failure.status} ${failure.code}`, failure]));
  return [...once.values()].sort((a, b) => a.status - b.status);
}

function isRestricted(access: Access | undefined): boolean {
  return !isOpen(access) && access !== 'signed_in' && access !== 'verified';
}

function isOpen(access: Access | undefined): boolean {
  return access === 'public' || access === 'refreshing' || access === 'anybody';
}

/** What every refusal looks like. */
export const FAILURE_SCHEMA: Schema = {
  type: 'object',
  required: ['ok', 'error', 'code'],
  additionalProperties: true,
  properties: {
    ok: { type: 'boolean', enum: [false] },
    error: {
      type: 'string',
      description: 'For people; its wording may change',
      example: 'leverage must be at most 25',
    },
    code: { type: 'string', description: 'For programs; it does not change', example: 'INVALID_INPUT' },
    request_id: { type: 'string', description: 'As in the header X-Request-Id and in the log' },
    msg: { type: 'string', description: 'Beside 401: the same as `error`, for older clients' },
    message: { type: 'string', description: 'Beside `needs_verification`: the same as `error`' },
    needs_verification: { type: 'boolean', description: 'The address waits for verification' },
    mfa_required: { type: 'boolean', description: 'A second factor is asked for: send `mfa_token`' },
    scope_required: {
      type: 'string',
      nullable: true,
      description: 'Beside SCOPE_MISSING: the scope that a program needs here; null where none may call',
    },
    password_required: { type: 'boolean', description: 'The password is asked for again: send `password`' },
    captcha_required: { type: 'boolean', description: 'A solved challenge of /api/captcha/generate is asked for' },
    minimum_version: { type: 'string', description: 'Beside APP_TOO_OLD: the smallest version that is answered' },
    update_url: { type: 'string', description: 'Beside APP_TOO_OLD: where the new version is' },
    feature: { type: 'string', description: 'Beside PLAN_REQUIRED and FEATURE_OFF: what is not included, or off' },
    plans: {
      type: 'array',
      items: { type: 'string' },
      description: 'Beside PLAN_REQUIRED: the plans that include it, cheapest first',
    },
    maintenance: { type: 'boolean', description: 'Maintenance is on: only administrators are served' },
    retry_after: { type: 'number', description: 'Seconds, as in the header Retry-After' },
    fields: {
      type: 'array',
      description: 'Beside INVALID_INPUT: each field with the rule it broke',
      items: {
        type: 'object',
        required: ['field', 'rule'],
        properties: { field: { type: 'string' }, rule: { type: 'string' } },
      },
    },
  },
};

/** An example of one refusal. */
export function exampleOf({ status, code, message }: Failure): Record<string, unknown> {
  const fields = [{ field: 'leverage', rule: 'must be at most 25' }];
  return {
    ok: false,
    error: message,
    ...(status === 401 ? { msg: message } : {}),
    code,
    ...(code === 'EMAIL_NOT_VERIFIED' ? { message, needs_verification: true } : {}),
    ...(/^(MFA|STEP_UP)_RE/.test(code) ? { mfa_required: true } : {}),
    ...(code === 'PLAN_REQUIRED' ? { feature: 'advanced_analytics', plan: 'VIP', plans: ['PREMIUM'] } : {}),
    ...(code === 'FEATURE_OFF' ? { feature: 'telegramIntegration' } : {}),
    ...(status === 426 ? { minimum_version: '2.1.0', update_url: 'https://example.com/app' } : {}),
    ...(status === 429 ? { retry_after: 30 } : {}),
    ...(code === 'INVALID_INPUT' ? { fields } : {}),
    request_id: '5f0c3b1e-8d54-4c53-9a55-2f8f0c5a7d10',
  };
}
