/**
 * Whether a session has lately shown who sits before it, and the check where it has not.
 * Keeps: those with a second factor are never let through by their password; exchange keys of administrators always ask;
 * wrong answers count against the limits of signing in.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { StepUpKind } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { type UserRow, UsersRepository } from '../../users/users.repository.js';
import { authError } from '../auth.errors.js';
import { PasswordService } from '../password.service.js';
import { SessionsRepository } from '../sessions.repository.js';
import { SignInLimits } from '../sign-in-limits.service.js';
import { SecondFactor } from '../two-factor/second-factor.service.js';

/** How long having shown it counts. */
export const STEP_UP_MS = 5 * 60_000;

export interface Shown {
  readonly mfaToken: string | undefined;
  readonly password: string | undefined;
}

export interface StepUpParts {
  readonly users: UsersRepository;
  readonly sessions: SessionsRepository;
  readonly second: SecondFactor;
  readonly passwords: PasswordService;
  readonly limits: SignInLimits;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

@Injectable()
export class StepUpService {
  constructor(
    private readonly parts: StepUpParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Throws 403 where something must be shown and was not, or was wrong; 429 after too many tries. */
  async require(caller: UserCaller, shown: Shown, address: string, kind: StepUpKind): Promise<void> {
    const user = await this.#user(caller);
    if (user.two_factor_at === null && this.#spares(kind, caller)) return;
    const shownAt = await this.parts.sessions.authenticatedAt(caller.userId, caller.sessionId);
    if (shownAt !== undefined && this.parts.clock.now().getTime() - shownAt.getTime() < STEP_UP_MS) return;
    await this.#check(user, shown, address);
    await this.parts.sessions.markAuthenticated(caller.userId, caller.sessionId);
  }

  /** Whether those without a second factor are not asked for their password either. */
  #spares(kind: StepUpKind, { role }: UserCaller): boolean {
    if (kind === 'exchange_keys' && role !== 'admin') return this.config.auth.STEP_UP_FOR_KEYS === 'second_factor';
    return kind === 'second_factor';
  }

  /** As `require`, whatever was shown before. */
  async show(caller: UserCaller, shown: Shown, address: string): Promise<void> {
    await this.#check(await this.#user(caller), shown, address);
    await this.parts.sessions.markAuthenticated(caller.userId, caller.sessionId);
  }

  /** The user; throws 403 unless this is the password. For routes that ask for the second factor by `@StepUp`. */
  async requirePassword(caller: UserCaller, password: string, address: string): Promise<UserRow> {
    const user = await this.#user(caller);
    await this.#checkPassword(user, password, address);
    return user;
  }

  async #check(user: UserRow, { mfaToken, password }: Shown, address: string): Promise<void> {
    if (user.two_factor_at === null) return this.#checkPassword(user, password, address);
    if (mfaToken === undefined) throw authError('STEP_UP_REQUIRED', { mfa_required: true });
    if (!(await this.parts.second.take(user, mfaToken, address)))
      throw authError('STEP_UP_REFUSED', { mfa_required: true });
  }

  async #checkPassword(user: UserRow, password: string | undefined, address: string): Promise<void> {
    const details = { password_required: true };
    if (password === undefined) throw authError('STEP_UP_REQUIRED', details);
    await this.parts.limits.password(user.id, address);
    if (await this.parts.passwords.check(password, user.password_hash)) return;
    const [subject, action] = [`user:${user.id}`, 'auth.step_up_failed'];
    await this.parts.audit.record({ actorKind: 'user', actorId: user.id, action, subject, address });
    throw authError('STEP_UP_REFUSED', details);
  }

  async #user({ userId }: UserCaller): Promise<UserRow> {
    const user = await this.parts.users.findById(userId);
    if (user === undefined) throw authError('UNAUTHENTICATED');
    return user;
  }
}
