/**
 * Changes one's password and one's e-mail address.
 * Keeps: the present password is shown for both; a new address counts after a link was followed at the old one and at the
 * new one; what was mailed to the old one works no more; the answer does not tell whether somebody has the new address.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Database } from '../../../platform/database/database.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { Randomness } from '../../../platform/ids/randomness.js';
import { Mailer } from '../../mail/mailer.service.js';
import { UsersRepository } from '../../users/users.repository.js';
import { emailChangeMail, noticeMail } from '../auth-mails.js';
import { authError } from '../auth.errors.js';
import { OneTimeTokensRepository } from '../one-time-tokens.repository.js';
import { PasswordService } from '../password.service.js';
import { StepUpService } from '../step-up/step-up.service.js';
import { UserAccess } from '../user-access.service.js';
import { type EmailChangeRow, EmailChangesRepository } from './email-changes.repository.js';

/** How long both addresses have to confirm. */
export const EMAIL_CHANGE_MINUTES = 60;

export interface PasswordWish {
  readonly present: string;
  readonly wanted: string;
  /** Tokens for programs live on. */
  readonly keepTokens: boolean;
}

export interface AccountChangesParts {
  readonly users: UsersRepository;
  readonly changes: EmailChangesRepository;
  readonly oneTime: OneTimeTokensRepository;
  readonly passwords: PasswordService;
  readonly stepUp: StepUpService;
  readonly access: UserAccess;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly randomness: Randomness;
}

@Injectable()
export class AccountChanges {
  constructor(
    private readonly parts: AccountChangesParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Ends the other sessions, every open link and, unless they are kept, the tokens for programs; answers how many of them.
   * Throws 403 for a wrong present password.
   */
  async changePassword(caller: UserCaller, wish: PasswordWish, address: string): Promise<number> {
    const { stepUp, passwords, access, audit, database } = this.parts;
    const user = await stepUp.requirePassword(caller, wish.present, address);
    const passwordHash = await passwords.hash(wish.wanted);
    const revoked = await database.transaction(async () => {
      const kept = { session: caller.sessionId, keepTokens: wish.keepTokens };
      const tokens = await access.replacePassword(user, passwordHash, kept);
      if (tokens === undefined) throw authError('STEP_UP_REFUSED');
      const event = { action: 'auth.change_password', subject: `user:${user.id}`, after: { tokens_revoked: tokens } };
      await audit.record({ actorKind: 'user', actorId: user.id, ...event, address });
      return tokens;
    });
    access.forget(user.id);
    return revoked;
  }

  /** Sends a link to both addresses. Throws 403 for a wrong password. */
  async proposeEmail(caller: UserCaller, password: string, newEmail: string, address: string): Promise<void> {
    const { stepUp, users, changes, audit, mailer, database, randomness } = this.parts;
    const user = await stepUp.requirePassword(caller, password, address);
    const tokens = { old: randomness.token(32), new: randomness.token(32) };
    const isTaken = (await users.findByEmail(newEmail)) !== undefined;
    await database.transaction(async () => {
      await changes.propose(user.id, newEmail, tokens, EMAIL_CHANGE_MINUTES * 60_000);
      const after = { email: maskedEmail(newEmail) };
      const subject = `user:${user.id}`;
      await audit.record({ actorKind: 'user', actorId: user.id, action: 'auth.change_email', subject, after, address });
      const lead = `Somebody who is signed in asked to change the address of your account to ${newEmail}. Confirm it:`;
      await mailer.post(
        user.email,
        emailChangeMail(user.full_name, lead, this.#link(tokens.old), EMAIL_CHANGE_MINUTES),
      );
      const mail = isTaken
        ? noticeMail('This address has an account', '', 'Somebody asked to use your address for another account.')
        : emailChangeMail('', 'Confirm that this address is yours:', this.#link(tokens.new), EMAIL_CHANGE_MINUTES);
      await mailer.post(newEmail, mail);
    });
  }

  /** Whether both have confirmed and the address is changed. Throws 400 for a token that is not alive or a taken address. */
  async confirmEmail(token: string): Promise<boolean> {
    const { changes, database } = this.parts;
    return database.transaction(async () => {
      const change = await changes.confirm(token);
      if (change === undefined) throw authError('TOKEN_INVALID');
      if (change.old_confirmed_at === null || change.new_confirmed_at === null) return false;
      await this.#carryOut(change);
      return true;
    });
  }

  async #carryOut(change: EmailChangeRow): Promise<void> {
    const { users, changes, oneTime, audit, mailer } = this.parts;
    const user = await users.findById(change.user_id);
    if (user === undefined || !(await changes.carryOut(change))) throw authError('EMAIL_TAKEN');
    await oneTime.endAll(user.id, 'email_verification');
    await oneTime.endAll(user.id, 'password_reset');
    await audit.record({
      actorKind: 'user',
      actorId: user.id,
      action: 'auth.email_changed',
      subject: `user:${user.id}`,
      before: { email: maskedEmail(user.email) },
      after: { email: maskedEmail(change.new_email) },
    });
    const text = `The address of your account is now ${change.new_email}.`;
    const mail = noticeMail('Your e-mail address was changed', user.full_name, text);
    for (const target of [user.email, change.new_email]) await mailer.post(target, mail);
  }

  #link(token: string): string {
    const { PUBLIC_URL, PORT } = this.config.process;
    const path = `/api/auth/confirm-email-change?token=${token}`;
    return new URL(path, PUBLIC_URL ?? `http://127.0.0.1:${PORT}`).href;
  }
}

/** For the audit trail, which is kept when the person is gone: `a…@example.com`. */
export function maskedEmail(email: string): string {
  return email.replace(/^(.)[^@]*/, '$1…');
}
