/**
 * Checks a second factor: a code of an authenticator app, or a recovery code.
 * Keeps: both are taken in the database when they are right, so each works once, whatever comes at the same time; guesses
 * of the short codes are limited by account and address. Recovery codes are too long to guess and stay usable, so nobody
 * can keep the owner out by guessing.
 */
import { Injectable } from '@nestjs/common';
import { matchingStep } from '../../../domain/sign-in/totp.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { Vault } from '../../accounts/vault.service.js';
import { Mailer } from '../../mail/mailer.service.js';
import { noticeMail } from '../auth-mails.js';
import { SignInLimits } from '../sign-in-limits.service.js';
import { recoveryCodeHash } from './recovery-codes.js';
import { TwoFactorRepository } from './two-factor.repository.js';

/** Where a user's secret belongs. */
export const SECRET_FIELD = 'two-factor';

export interface FactorOwner {
  readonly id: number;
  readonly email: string;
  readonly full_name: string;
}

export interface SecondFactorParts {
  readonly factors: TwoFactorRepository;
  readonly vault: Vault;
  readonly limits: SignInLimits;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
}

@Injectable()
export class SecondFactor {
  constructor(private readonly parts: SecondFactorParts) {}

  /** Whether `given` is the owner's second factor; it is used up by that. Throws 429 after too many guesses. */
  async take(owner: FactorOwner, given: string, address: string): Promise<boolean> {
    const hash = recoveryCodeHash(given);
    if (hash !== undefined) return this.#takeRecovery(owner, hash, address);
    await this.parts.limits.secondFactor(owner, address);
    const step = await this.matching(owner.id, given);
    const taken = step !== undefined && (await this.parts.factors.takeStep(owner.id, step));
    if (taken) await this.parts.limits.secondFactorPassed(owner, address);
    else await this.#refused(owner, address);
    return taken;
  }

  /** The step whose code this is, by the stored secret; whether it was taken before is not looked at. */
  async matching(userId: number, given: string): Promise<number | undefined> {
    const row = await this.parts.factors.find(userId);
    if (row === undefined) return undefined;
    const secret = await this.parts.vault.unseal(userId, SECRET_FIELD, row.secret);
    return matchingStep(secret, given.replace(/\s/g, ''), this.parts.clock.now());
  }

  async #takeRecovery(owner: FactorOwner, hash: string, address: string): Promise<boolean> {
    const { factors, mailer, database } = this.parts;
    const taken = await database.transaction(async () => {
      if (!(await factors.takeCode(owner.id, hash))) return false;
      const { recovery_codes_left } = await factors.state(owner.id);
      await this.#record('auth.recovery_code', owner, address, { left: recovery_codes_left });
      const text = `A recovery code of your account was used. ${recovery_codes_left} are left.`;
      await mailer.post(owner.email, noticeMail('A recovery code was used', owner.full_name, text));
      return true;
    });
    if (!taken) await this.#refused(owner, address);
    return taken;
  }

  async #refused(owner: FactorOwner, address: string): Promise<void> {
    await this.#record('auth.second_factor_failed', owner, address, {});
  }

  #record(action: string, { id }: FactorOwner, address: string, after: Record<string, unknown>): Promise<void> {
    return this.parts.audit.record({ actorKind: 'user', actorId: id, action, subject: `user:${id}`, address, after });
  }
}
