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

/** A program that showed a service token. */
export interface ServiceCaller {
  readonly kind: 'service';
  readonly name: string;
}

export type CallerIdentity = UserCaller | ServiceCaller;

export interface CallerRequest {
  caller?: CallerIdentity;
}
