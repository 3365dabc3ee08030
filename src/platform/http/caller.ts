/** Who calls: a signed-in user, or a program of the house. */
import type { Subscription } from '../../domain/subscription/plans.js';

export type CallerRole = 'user' | 'provider' | 'admin';

/** A signed-in user, as the guard attaches it to the request. */
export interface UserCaller {
  readonly kind: 'user';
  readonly userId: number;
  readonly sessionId: string;
  readonly role: CallerRole;
  readonly isVerified: boolean;
  readonly subscription: Subscription;
}

/** A program that showed a service token, or the token of a source. */
export interface ServiceCaller {
  readonly kind: 'service';
  /** Code of the source that it posts as. */
  readonly name: string;
}

/** Header of every answer to an administrator in a user's place; its value is the administrator's id. */
export const IMPERSONATED_BY = 'X-Impersonated-By';

/** The program of the house reports on every signal; those of other sources on their own. */
export const HOUSE = 'house';

export type CallerIdentity = UserCaller | ServiceCaller;

export interface CallerRequest {
  caller?: CallerIdentity;
  /** The session of a good refresh token, where a route takes one: it is nobody's request yet, but not any stranger's. */
  refreshing?: string;
}
