/**
 * Feature flags, asked by the server's own code: the same answer that the app reads in its configuration.
 * Keeps: a flag that nobody has defined is off.
 */
import { Injectable } from '@nestjs/common';
import { type FlagSubject, isOn } from '../../domain/rollout/feature-flags.js';
import type { Subscription } from '../../domain/subscription/plans.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { RemoteConfig } from './remote-config.service.js';

@Injectable()
export class FeatureFlags {
  constructor(
    private readonly remote: RemoteConfig,
    private readonly entitlements: Entitlements,
  ) {}

  /** For a user, by the plan that counts now; for nobody in particular without one. */
  isOn(name: string, subject?: FlagSubject): boolean {
    const flag = this.remote.inForce.config.featureFlags[name];
    return flag !== undefined && isOn(name, flag, subject);
  }

  subjectOf(userId: number, { tier, expiresAt }: Subscription): FlagSubject {
    const { plan } = this.entitlements.of({ subscription_type: tier, subscription_expires_at: expiresAt });
    return { userId, tier: plan.tier };
  }
}
