/**
 * Gives and takes what a user may do: disabling, enabling, roles, a new password.
 * Keeps: whoever loses access loses every session, every open reset link and every token for programs in the same
 * transaction, is told by mail how many tokens ended, and this replica forgets them before it answers.
 */
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { Mailer } from '../mail/mailer.service.js';
import type { Role } from '../users/user.entity.js';
import { type UserRow, UsersRepository } from '../users/users.repository.js';
import { AccessCache } from './access-cache.js';
import { noticeMail } from './auth-mails.js';
import { authError } from './auth.errors.js';
import { IssuedAccess } from './issued-access.service.js';

@Injectable()
export class UserAccess {
  constructor(
    private readonly users: UsersRepository,
    private readonly issued: IssuedAccess,
    private readonly mailer: Mailer,
    private readonly cache: AccessCache,
    private readonly audit: AuditTrail,
    private readonly database: Database,
  ) {}

  /** Disables a user, once; throws 404 for an unknown one and 409 for the administrator who asks. */
  async disable(userId: number, adminId: number, reason: string): Promise<void> {
    if (userId === adminId) throw authError('NOT_YOURSELF');
    await this.#change(userId, async () => {
      await this.#requireAdmin(adminId);
      if (!(await this.users.disable(userId))) return this.#requireUser(userId);
      const tokens = await this.issued.endAll(userId, 'user disabled');
      await this.#record('user.disable', userId, adminId, { reason, tokens_revoked: tokens });
      if (tokens > 0) await this.#tell(userId, 'Your access was ended', 'Your account was disabled.', tokens);
    });
  }

  /** Lets a disabled user sign in again; what was ended stays so. Throws 404 for an unknown one. */
  async enable(userId: number, adminId: number): Promise<void> {
    await this.#change(userId, async () => {
      await this.#requireAdmin(adminId);
      if (!(await this.users.enable(userId))) return this.#requireUser(userId);
      await this.#record('user.enable', userId, adminId, {});
    });
  }

  /** Gives a role; throws 404 for an unknown user and 409 for the administrator who asks. */
  async setRole(userId: number, role: Role, adminId: number): Promise<void> {
    if (userId === adminId) throw authError('NOT_YOURSELF');
    await this.#change(userId, async () => {
      await this.#requireAdmin(adminId);
      const before = await this.users.setRole(userId, role);
      if (before === undefined) throw authError('UNKNOWN_USER');
      if (before === role) return;
      const tokens = await this.issued.endTokens(userId);
      await this.#record('user.role', userId, adminId, { role, tokens_revoked: tokens }, { role: before });
      if (tokens > 0) await this.#tell(userId, 'Your role was changed', `Your role is now "${role}".`, tokens);
    });
  }

  /** Makes an existing user an administrator with this password; an operator's act. */
  async promote(userId: number, passwordHash: string): Promise<void> {
    await this.#change(userId, async () => {
      await this.users.promote(userId, passwordHash);
      await this.issued.endAll(userId, 'made administrator');
    });
  }

  /** Gives a user a new password and ends whatever the old one opened; answers how many tokens were revoked. */
  async changePassword(userId: number, passwordHash: string, reason: string): Promise<number> {
    return this.#change(userId, async () => {
      await this.users.setPassword(userId, passwordHash);
      const tokens = await this.issued.endAll(userId, reason);
      const text = 'The password of your account was changed, and all devices were signed out.';
      await this.#tell(userId, 'Your password was changed', text, tokens);
      return tokens;
    });
  }

  /**
   * As `changePassword`, by the user: the kept session lives on, and the tokens where asked for. Answers how many tokens
   * were revoked, undefined when the password changed since `user` was read. Within the caller's transaction, who calls
   * `forget` after it.
   */
  async replacePassword(
    user: UserRow,
    passwordHash: string,
    kept: { readonly session: string; readonly keepTokens: boolean },
  ): Promise<number | undefined> {
    if (!(await this.users.renewHash(user.id, user.password_hash, passwordHash))) return undefined;
    const tokens = await this.issued.endOthers(user.id, kept.session, kept.keepTokens, 'password changed');
    const text = 'The password of your account was changed, and all other devices were signed out.';
    await this.mailer.post(
      user.email,
      noticeMail('Your password was changed', user.full_name, withTokens(text, tokens)),
    );
    return tokens;
  }

  /** Ends all sessions of a user, and with them the phones. Within the caller's transaction, who calls `forget` after it. */
  signOut(userId: number, reason: string): Promise<void> {
    return this.issued.endSessions(userId, reason);
  }

  /** To be called after the commit of what took access away. */
  forget(userId: number): void {
    this.cache.forget(userId);
  }

  async #change<T>(userId: number, act: () => Promise<T>): Promise<T> {
    const result = await this.database.transaction(act);
    this.cache.forget(userId);
    return result;
  }

  async #tell(userId: number, subject: string, text: string, tokens: number): Promise<void> {
    const user = await this.users.findById(userId);
    if (user === undefined) return;
    await this.mailer.post(user.email, noticeMail(subject, user.full_name, withTokens(text, tokens)));
  }

  /**
   * The administrator who asks, as of now: of two who take each other's access at once the second has none any more, so that
   * one always remains.
   */
  async #requireAdmin(adminId: number): Promise<void> {
    await this.users.lockAccess();
    if (!(await this.users.isActiveAdmin(adminId))) throw authError('NOT_ALLOWED');
  }

  async #requireUser(userId: number): Promise<void> {
    if ((await this.users.findById(userId)) === undefined) throw authError('UNKNOWN_USER');
  }

  #record(
    action: string,
    userId: number,
    adminId: number,
    after: Readonly<Record<string, unknown>>,
    before: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    return this.audit.record({ actorKind: 'user', actorId: adminId, action, subject: `user:${userId}`, before, after });
  }
}

function withTokens(text: string, tokens: number): string {
  if (tokens === 0) return text;
  return `${text} ${tokens === 1 ? 'One token for programs was' : `${tokens} tokens for programs were`} revoked.`;
}
