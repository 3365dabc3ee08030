/**
 * Gives and takes what a user may do: disabling, enabling, roles, a new password.
 * Keeps: whoever loses access loses every session and every open reset link in the same transaction, and this replica
 * forgets them before it answers.
 */
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import type { Role } from '../users/user.entity.js';
import { UsersRepository } from '../users/users.repository.js';
import { AccessCache } from './access-cache.js';
import { authError } from './auth.errors.js';
import { OneTimeTokensRepository } from './one-time-tokens.repository.js';
import { SessionsRepository } from './sessions.repository.js';

@Injectable()
export class UserAccess {
  constructor(
    private readonly users: UsersRepository,
    private readonly sessions: SessionsRepository,
    private readonly oneTime: OneTimeTokensRepository,
    private readonly cache: AccessCache,
    private readonly audit: AuditTrail,
    private readonly database: Database,
  ) {}

  /** Disables a user, once; throws 404 for an unknown one and 409 for the administrator who asks. */
  async disable(userId: number, adminId: number, reason: string): Promise<void> {
    if (userId === adminId) throw authError('NOT_YOURSELF');
    await this.#change(userId, async () => {
      if (!(await this.users.disable(userId))) return this.#requireUser(userId);
      await this.#endAll(userId, 'user disabled');
      await this.#record('user.disable', userId, adminId, { reason });
    });
  }

  /** Lets a disabled user sign in again; the old sessions stay ended. Throws 404 for an unknown one. */
  async enable(userId: number, adminId: number): Promise<void> {
    await this.#change(userId, async () => {
      if (!(await this.users.enable(userId))) return this.#requireUser(userId);
      await this.#record('user.enable', userId, adminId, {});
    });
  }

  /** Gives a role; throws 404 for an unknown user and 409 for the administrator who asks, so that one always remains. */
  async setRole(userId: number, role: Role, adminId: number): Promise<void> {
    if (userId === adminId) throw authError('NOT_YOURSELF');
    await this.#change(userId, async () => {
      const before = await this.users.setRole(userId, role);
      if (before === undefined) throw authError('UNKNOWN_USER');
      if (before !== role) await this.#record('user.role', userId, adminId, { role }, { role: before });
    });
  }

  /** Makes an existing user an administrator with this password; an operator's act. */
  async promote(userId: number, passwordHash: string): Promise<void> {
    await this.#change(userId, async () => {
      await this.users.promote(userId, passwordHash);
      await this.#endAll(userId, 'made administrator');
    });
  }

  /** Gives a user a new password and ends whatever the old one opened. */
  async changePassword(userId: number, passwordHash: string, reason: string): Promise<void> {
    await this.#change(userId, async () => {
      await this.users.setPassword(userId, passwordHash);
      await this.#endAll(userId, reason);
    });
  }

  /**
   * As `changePassword`, by the user: `keptSession` lives on. False when the password changed since `user` was read. Within
   * the caller's transaction, who calls `forget` after it.
   */
  async replacePassword(
    user: { readonly id: number; readonly password_hash: string },
    passwordHash: string,
    keptSession: string,
  ): Promise<boolean> {
    if (!(await this.users.renewHash(user.id, user.password_hash, passwordHash))) return false;
    await this.sessions.revokeOthers(user.id, keptSession, 'password changed');
    await this.#endLinks(user.id);
    return true;
  }

  /** To be called after the commit of what took access away. */
  forget(userId: number): void {
    this.cache.forget(userId);
  }

  async #change(userId: number, act: () => Promise<void>): Promise<void> {
    await this.database.transaction(act);
    this.cache.forget(userId);
  }

  async #endAll(userId: number, reason: string): Promise<void> {
    await this.sessions.revokeAll(userId, reason);
    await this.#endLinks(userId);
  }

  async #endLinks(userId: number): Promise<void> {
    await this.oneTime.endAll(userId, 'password_reset');
    await this.oneTime.endEmailChange(userId);
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
