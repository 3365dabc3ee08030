/**
 * What was handed out for an account and opens it: sessions, links of mails, tokens for programs, and the phones that are
 * told what happens.
 * Keeps: phones ring no more once all sessions have ended; whoever loses access loses all of it at once, within the caller's transaction; the caller forgets the user after
 * the commit.
 */
import { Injectable } from '@nestjs/common';
import { ProgramCallers } from '../../platform/http/program-callers.js';
import { UserSettingsRepository } from '../users/user-settings.repository.js';
import { OneTimeTokensRepository } from './one-time-tokens.repository.js';
import { SessionsRepository } from './sessions.repository.js';

@Injectable()
export class IssuedAccess {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly oneTime: OneTimeTokensRepository,
    private readonly programs: ProgramCallers,
    private readonly settings: UserSettingsRepository,
  ) {}

  /** Ends everything; answers how many tokens for programs were revoked. */
  async endAll(userId: number, reason: string): Promise<number> {
    await this.endSessions(userId, reason);
    await this.#endLinks(userId);
    return this.programs.revokeAll(userId);
  }

  /** Ends all sessions, and with them the phones. */
  async endSessions(userId: number, reason: string): Promise<void> {
    await this.settings.dropDevices(userId);
    await this.sessions.revokeAll(userId, reason);
  }

  /** As `endAll`, but one session lives on and, where asked for, the tokens. */
  async endOthers(userId: number, keptSession: string, keepTokens: boolean, reason: string): Promise<number> {
    await this.sessions.revokeOthers(userId, keptSession, reason);
    await this.#endLinks(userId);
    return keepTokens ? 0 : this.programs.revokeAll(userId);
  }

  /** Ends the tokens for programs alone, whose scopes were given under another role. */
  endTokens(userId: number): Promise<number> {
    return this.programs.revokeAll(userId);
  }

  async #endLinks(userId: number): Promise<void> {
    await this.oneTime.endAll(userId, 'password_reset');
    await this.oneTime.endEmailChange(userId);
  }
}
