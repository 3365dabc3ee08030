/**
 * Who may call a route. Every route says it; a route that says nothing is refused (default deny).
 * Owns the decorators; the guard that enforces them lives in the auth module.
 */
import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { PlanFeature } from '../../domain/subscription/plans.js';
import { AdminCalls } from '../audit/admin-calls.interceptor.js';
import { StaffReads } from '../audit/staff-reads.interceptor.js';
import type { CallerIdentity, CallerRequest, UserCaller } from './caller.js';

export const ACCESS_METADATA = 'access';

/**
 * - `public`: anybody.
 * - `refreshing`: anybody, limited by the session whose refresh token is shown, if one is, and else by address.
 * - `anybody`: anybody as well, but who shows a valid access token is known.
 * - `signed_in`: any user with a valid access token, verified or not.
 * - `verified`: a user with a verified address.
 * - `publisher`: admins, providers and service tokens (signals and their callbacks).
 * - `house`: the engine of the house, by its own token.
 * - `staff`: admins and providers.
 * - `admin`: admins only.
 */
export type Access =
  'public' | 'refreshing' | 'anybody' | 'signed_in' | 'verified' | 'publisher' | 'house' | 'staff' | 'admin';

/** What administrators do over a route of theirs is audited besides; other routes do not pay for asking. */
export const Allow = (access: Access) =>
  access === 'admin'
    ? applyDecorators(SetMetadata(ACCESS_METADATA, access), UseInterceptors(AdminCalls))
    : SetMetadata(ACCESS_METADATA, access);

export const MAINTENANCE_METADATA = 'maintenance';

/** When a route stays open: always, or for a body that switches auto-trading off. */
export type OpenKind = 'always' | 'auto_trade_off';

/** Not closed by maintenance: what people need to get out of what they are in, to come in, and to guard their account. */
export const OpenInMaintenance = (kind: OpenKind = 'always') => SetMetadata(MAINTENANCE_METADATA, kind);

export const OWN_LIMIT_METADATA = 'own_limit';

/** Not counted by the caller’s address, because many senders share one: the route limits by itself. */
export const OwnLimit = () => SetMetadata(OWN_LIMIT_METADATA, true);

export const OWNER_METADATA = 'owner';

/**
 * The path parameter that must name the caller. Administrators may name anybody where the route only reads, and leave a row
 * in the audit trail; nobody writes in another's place.
 */
export const OwnPath = (param = 'id') =>
  applyDecorators(SetMetadata(OWNER_METADATA, param), UseInterceptors(StaffReads));

export const STEP_UP_METADATA = 'step_up';

/**
 * Who is asked again: everybody; only those with a second factor, where the act asks for the password anyway; for
 * exchange keys, whoever `STEP_UP_FOR_KEYS` says, and administrators always; only administrators, where others act for themselves alone; only
 * administrators whose body asks for the mode `flatten`, because stopping must stay one quick call; for the same reason
 * only those whose body's action is not `activate` but ends a stop, or does anything but switch something off.
 */
export type StepUpKind =
  'always' | 'second_factor' | 'exchange_keys' | 'administrator' | 'flatten' | 'deactivate' | 'unless_disabling';

/**
 * Before the act the caller shows the second factor again (header `X-MFA-Token` or `mfa_token` in the body), or the
 * `password` where there is none; `POST /api/auth/step-up` does it ahead.
 */
export const StepUp = (kind: StepUpKind = 'always') =>
  applyDecorators(
    SetMetadata(STEP_UP_METADATA, kind),
    ApiHeader({
      name: 'X-MFA-Token',
      required: false,
      description:
        'Asked for where a second factor is on and was not shown in the last five minutes. Also taken as `mfa_token` in the body, where those without a second factor send their `password`; or call /api/auth/step-up before.',
    }),
  );

export const ENTITLED_METADATA = 'entitled';

/** What a route asks a plan for; nothing where the query parameter has one of the `open` values, or is absent. */
export interface Entitlement {
  readonly feature: PlanFeature;
  readonly unless?: { readonly query: string; readonly open: readonly string[] };
}

/** Only for those whose plan includes the feature now, and for administrators; others are answered 403 `PLAN_REQUIRED`. */
export const Entitled = (feature: PlanFeature, unless?: Entitlement['unless']) =>
  SetMetadata(ENTITLED_METADATA, { feature, ...(unless === undefined ? {} : { unless }) } satisfies Entitlement);

export const OLD_APPS_METADATA = 'old_apps';

/** Answers apps below the smallest version too: what they need to learn of the new one, to sign in, and to stop trading. */
export const OpenToOldApps = () => SetMetadata(OLD_APPS_METADATA, true);

export const FLAG_METADATA = 'flag';

/** Only where this feature flag is on for the caller; others are answered 403 `FEATURE_OFF`. */
export const Flagged = (flag: string) => SetMetadata(FLAG_METADATA, flag);

function callerOf(context: ExecutionContext): CallerIdentity | undefined {
  return context.switchToHttp().getRequest<CallerRequest>().caller;
}

/** The caller of the route, user or service. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): CallerIdentity => {
  const caller = callerOf(context);
  if (caller === undefined) throw new Error('A route without a caller asked for one');
  return caller;
});

/** The signed-in user; on routes that service tokens may not call. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext): UserCaller => {
  const caller = callerOf(context);
  if (caller?.kind !== 'user') throw new Error('A route without a signed-in user asked for one');
  return caller;
});
