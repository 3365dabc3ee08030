/**
 * Registering, signing in and out, refreshing, and what the tokens of mails do.
 * Keeps: a session row stands behind every token, and begins only while the checked password is still the user's; the
 * header form of refresh never rotates (the app cannot store a new token), the body form rotates and ends the session
 * when a rotated token comes back; neither answers nor their duration tell whether an address is known.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { AppError } from '../../platform/errors/app-error.js';
import { type NewUser, type UserRow, UsersRepository } from '../users/users.repository.js';
import { authError } from './auth.errors.js';
import { AccessCache } from './access-cache.js';
import { MailRequests } from './mail-requests.service.js';
import { SignInAlerts } from './devices/sign-in-alerts.service.js';
import { OneTimeTokensRepository } from './one-time-tokens.repository.js';
import { PasswordService } from './password.service.js';
import { refusalDelayMs } from './refusal-delay.js';
import { type Device, SessionsRepository } from './sessions.repository.js';
import { TokensService } from './tokens.service.js';
import { SecondFactor } from './two-factor/second-factor.service.js';
import { UserAccess } from './user-access.service.js';

export interface SignedIn {
  readonly user: UserRow;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface AuthParts {
  readonly users: UsersRepository;
  readonly passwords: PasswordService;
  readonly sessions: SessionsRepository;
  readonly tokens: TokensService;
  readonly oneTime: OneTimeTokensRepository;
  readonly second: SecondFactor;
  readonly alerts: SignInAlerts;
  readonly access: UserAccess;
  readonly cache: AccessCache;
  readonly mails: MailRequests;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
}

/** How often a sign-in looks again because the stored hash changed while it checked the one before. */
const CHECKS = 3;

@Injectable()
export class AuthService {
  constructor(
    private readonly parts: AuthParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Account, mail and session, or nothing of them: a failure must not leave an account that nobody can register. */
  async register(
    given: { email: string; password: string; fullName: string; referralCode?: string },
    device: Device,
  ): Promise<SignedIn> {
    const { password, ...rest } = given;
    const isVerified = !this.config.auth.REQUIRE_EMAIL_VERIFICATION;
    const passwordHash = await this.parts.passwords.hash(password);
    return this.parts.database.transaction(async () => {
      const user = await this.#create({ ...rest, passwordHash, role: 'user', isVerified }, 'auth.register', device);
      if (user === undefined) throw authError('EMAIL_TAKEN');
      if (!isVerified) await this.parts.mails.send(user, 'email_verification');
      const signedIn = await this.#signIn(user, device);
      if (signedIn === undefined) throw new Error(`the session of the new user ${user.id} could not be stored`);
      return signedIn;
    });
  }

  /** Makes the first administrator; refused while there is one. Answers the user. */
  async bootstrapAdmin(email: string, password: string, device: Device): Promise<UserRow> {
    const passwordHash = await this.parts.passwords.hash(password);
    return this.parts.database.transaction(async () => {
      await this.parts.database.query("SELECT pg_advisory_xact_lock(hashtextextended('bootstrap-admin', 0))");
      if (await this.parts.users.hasAdmin()) throw authError('BOOTSTRAP_REFUSED');
      const admin = { email, passwordHash, fullName: 'Administrator', role: 'admin' as const, isVerified: true };
      const user = await this.#create(admin, 'auth.bootstrap', device);
      if (user === undefined) throw authError('EMAIL_TAKEN');
      return user;
    });
  }

  /**
   * Throws 401 (also where a second factor is on and `mfaToken` is empty or wrong), 403 where the address waits for
   * verification, 429 when too many wait for their check.
   */
  async login(email: string, password: string, device: Device, mfaToken = ''): Promise<SignedIn> {
    const begunMs = this.parts.clock.monotonicMs();
    const signedIn = await this.#checked(email, password, device, mfaToken);
    if (signedIn !== undefined) return signedIn;
    await this.parts.clock.sleep(refusalDelayMs(this.parts.clock.monotonicMs() - begunMs));
    throw authError('WRONG_CREDENTIALS');
  }

  /** A new access token for the refresh token of the header form. The refresh token stays as it is. */
  async refreshHeld(refreshToken: string, address: string): Promise<string> {
    const claims = this.parts.tokens.read(refreshToken, 'refresh');
    const session = await this.parts.sessions.touch(claims.userId, claims.sessionId, address);
    if (session === undefined) throw authError('SESSION_ENDED');
    if (session.generation !== claims.generation) return this.#reused(claims.userId, session.id);
    return this.parts.tokens.access(claims);
  }

  /** A new pair for the refresh token of the body form, good for another whole life; the old one must never come back. */
  async rotate(refreshToken: string, address: string): Promise<{ accessToken: string; refreshToken: string }> {
    const { tokens, sessions } = this.parts;
    const claims = tokens.read(refreshToken, 'refresh');
    const session = await sessions.touch(claims.userId, claims.sessionId, address);
    if (session === undefined) throw authError('SESSION_ENDED');
    const rotated = await sessions.rotate(session.id, claims.generation, tokens.refreshLifetimeMs);
    if (rotated === undefined) return this.#reused(claims.userId, session.id);
    const next = { ...claims, generation: rotated.generation };
    return { accessToken: tokens.access(next), refreshToken: tokens.refresh(next, rotated.expires_at) };
  }

  async logout(userId: number, sessionId: string, everywhere: boolean): Promise<void> {
    await this.parts.database.transaction(async () => {
      if (everywhere) await this.parts.access.signOut(userId, 'logout everywhere');
      else await this.parts.sessions.revoke(userId, sessionId, 'logout');
      await this.#audit(everywhere ? 'auth.logout_all' : 'auth.logout', `user:${userId}`, userId);
    });
    this.parts.cache.forget(userId);
  }

  /** The address of the user of an access token whose session lives; throws 401 for anything else. */
  async emailOf(accessToken: string): Promise<string> {
    const caller = await this.parts.cache.admit(accessToken, this.parts.tokens.read(accessToken, 'access'));
    const user = caller && (await this.parts.users.findById(caller.userId));
    if (user === undefined) throw authError('SESSION_ENDED');
    return user.email;
  }

  async verifyEmail(token: string): Promise<void> {
    const verified = await this.parts.database.transaction(async () => {
      const userId = await this.parts.oneTime.redeem(token, 'email_verification');
      if (userId === undefined) throw authError('TOKEN_INVALID');
      await this.parts.users.markVerified(userId);
      await this.#audit('auth.verify_email', `user:${userId}`, userId);
      await this.parts.mails.welcome(userId);
      return userId;
    });
    this.parts.cache.forget(verified);
  }

  /** Throws 400 for a token that is not alive, before the dear work of hashing. */
  async resetPassword(token: string, password: string): Promise<void> {
    if ((await this.parts.oneTime.owner(token, 'password_reset')) === undefined) throw authError('TOKEN_INVALID');
    const passwordHash = await this.parts.passwords.hash(password);
    const changed = await this.parts.database.transaction(async () => {
      const userId = await this.parts.oneTime.redeem(token, 'password_reset');
      if (userId === undefined) throw authError('TOKEN_INVALID');
      const tokens = await this.parts.access.changePassword(userId, passwordHash, 'password reset');
      const after = { tokens_revoked: tokens };
      const subject = `user:${userId}`;
      await this.parts.audit.record({
        actorKind: 'user',
        actorId: userId,
        action: 'auth.reset_password',
        subject,
        after,
      });
      return userId;
    });
    this.parts.cache.forget(changed);
  }

  /** Undefined when address and password do not belong together. A hash that changed meanwhile is checked anew. */
  async #checked(email: string, password: string, device: Device, mfaToken: string): Promise<SignedIn | undefined> {
    let passed: Date | null = null;
    for (let check = 1; check <= CHECKS; check += 1) {
      const user = await this.parts.users.findByEmail(email);
      const matches = await this.parts.passwords.check(password, user?.password_hash);
      if (user === undefined) return undefined;
      if (!matches || user.disabled_at !== null) {
        await this.#audit('auth.login_failed', `user:${user.id}`, undefined, device);
        return undefined;
      }
      this.#requireVerified(user);
      if (user.two_factor_at !== null && user.two_factor_at.getTime() !== passed?.getTime()) {
        await this.#requireSecond(user, mfaToken, device);
        passed = user.two_factor_at;
      }
      const signedIn = await this.#signIn(user, device, 'auth.login');
      if (signedIn === undefined) continue;
      await this.#renewOutdated(user, password);
      return signedIn;
    }
    return undefined;
  }

  #create(user: NewUser, action: string, device: Device): Promise<UserRow | undefined> {
    return this.parts.database.transaction(async () => {
      const created = await this.parts.users.create(user);
      if (created !== undefined) await this.#audit(action, `user:${created.id}`, created.id, device);
      return created;
    });
  }

  /** Undefined when the user's password, second factor or state changed since `user` was read. */
  async #signIn(user: UserRow, device: Device, action?: string): Promise<SignedIn | undefined> {
    const { sessions, tokens, database } = this.parts;
    const checked = { id: user.id, checkedHash: user.password_hash, twoFactorAt: user.two_factor_at };
    const session = await database.transaction(async () => {
      const created = await sessions.create(checked, device, tokens.refreshLifetimeMs);
      if (created === undefined || action === undefined) return created;
      await this.#audit(action, `user:${user.id}`, user.id, device);
      await this.parts.alerts.signedIn(user, created.id, device);
      return created;
    });
    if (session === undefined) return undefined;
    const claims = { userId: user.id, sessionId: session.id, generation: session.generation };
    return { user, accessToken: tokens.access(claims), refreshToken: tokens.refresh(claims, session.expires_at) };
  }

  async #requireSecond(user: UserRow, mfaToken: string, device: Device): Promise<void> {
    if (mfaToken === '') throw authError('MFA_REQUIRED', { mfa_required: true });
    const taken = await this.parts.second.take(user, mfaToken, device.address);
    if (taken) return;
    await this.parts.alerts.wrongSecondFactor(user, device);
    throw authError('MFA_REFUSED', { mfa_required: true });
  }

  #requireVerified(user: UserRow): void {
    if (user.is_verified || !this.config.auth.REQUIRE_EMAIL_VERIFICATION) return;
    const details = { needs_verification: true, email_verified: false, email: user.email, user_id: String(user.id) };
    throw authError('EMAIL_NOT_VERIFIED', details);
  }

  /** When nothing is to spare for it now, the next sign-in renews. */
  async #renewOutdated(user: UserRow, password: string): Promise<void> {
    const { passwords, users } = this.parts;
    if (!passwords.isOutdated(user.password_hash)) return;
    const renewed = await passwords.hash(password).catch((error: unknown) => {
      if (error instanceof AppError && error.kind === 'too_many') return undefined;
      throw error;
    });
    if (renewed !== undefined) await users.renewHash(user.id, user.password_hash, renewed);
  }

  async #reused(userId: number, sessionId: string): Promise<never> {
    await this.parts.sessions.revoke(userId, sessionId, 'refresh token reused');
    this.parts.cache.forget(userId);
    await this.#audit('auth.refresh_reused', `session:${sessionId}`, userId);
    throw authError('SESSION_ENDED');
  }

  #audit(action: string, subject: string, actorId?: number, device?: Device): Promise<void> {
    const actor = actorId === undefined ? { actorKind: 'anonymous' as const } : { actorKind: 'user' as const, actorId };
    return this.parts.audit.record({ ...actor, action, subject, address: device?.address });
  }
}
