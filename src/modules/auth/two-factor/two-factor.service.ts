/**
 * Switches a user's second factor on and off, and makes recovery codes.
 * Keeps: a secret counts only after its first code was shown; switching on ends the other sessions, which had no second
 * factor; secrets and codes are told once, when they are made.
 */
import { Injectable } from '@nestjs/common';
import encodeQr from 'qr';
import { base32, TOTP_SECRET_BYTES, totpUri } from '../../../domain/sign-in/totp.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { Randomness } from '../../../platform/ids/randomness.js';
import { Vault } from '../../accounts/vault.service.js';
import { Mailer } from '../../mail/mailer.service.js';
import { type UserRow, UsersRepository } from '../../users/users.repository.js';
import { AccessCache } from '../access-cache.js';
import { noticeMail } from '../auth-mails.js';
import { authError } from '../auth.errors.js';
import { SessionsRepository } from '../sessions.repository.js';
import { RECOVERY_CODE_BYTES, RECOVERY_CODES, recoveryCode, recoveryCodeHash } from './recovery-codes.js';
import { SECRET_FIELD, SecondFactor } from './second-factor.service.js';
import { type FactorState, TwoFactorRepository } from './two-factor.repository.js';

/** The name that authenticator apps show. */
const ISSUER = 'VerzekAutoTrader';

/** How long a secret waits for its first code. */
const ENROLMENT_MS = 15 * 60_000;

export interface Enrolment {
  readonly secret: string;
  readonly uri: string;
  /** An SVG image as a data URI. */
  readonly qr: string;
}

export interface TwoFactorParts {
  readonly factors: TwoFactorRepository;
  readonly second: SecondFactor;
  readonly vault: Vault;
  readonly users: UsersRepository;
  readonly sessions: SessionsRepository;
  readonly cache: AccessCache;
  readonly mailer: Mailer;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

@Injectable()
export class TwoFactorService {
  constructor(private readonly parts: TwoFactorParts) {}

  state(userId: number): Promise<FactorState> {
    return this.parts.factors.state(userId);
  }

  /** A new secret, which counts once `confirm` was given its first code. Throws 409 where a second factor is on. */
  async enrol(userId: number): Promise<Enrolment> {
    const { factors, vault, database, randomness } = this.parts;
    const secret = randomness.bytes(TOTP_SECRET_BYTES);
    const user = await this.#user(userId);
    await database.transaction(async () => {
      if ((await factors.lock(userId)) !== null) throw authError('TWO_FACTOR_ON');
      await factors.propose(userId, await vault.seal(userId, SECRET_FIELD, secret));
      const subject = `user:${userId}`;
      await this.parts.audit.record({ actorKind: 'user', actorId: userId, action: 'auth.two_factor_enrol', subject });
    });
    const uri = totpUri(ISSUER, user.email, secret);
    const image = Buffer.from(encodeQr(uri, 'svg', { border: 2 })).toString('base64');
    return { secret: base32(secret), uri, qr: `data:image/svg+xml;base64,${image}` };
  }

  /** Puts the secret in force; answers the recovery codes. Throws 400 for a wrong code, 409 where a factor is on. */
  async confirm(caller: UserCaller, given: string): Promise<readonly string[]> {
    const { factors, second, sessions, database, cache, clock } = this.parts;
    const user = await this.#user(caller.userId);
    const codes = await database.transaction(async () => {
      if ((await factors.lock(user.id)) !== null) throw authError('TWO_FACTOR_ON');
      const waiting = await factors.find(user.id);
      const isOld = waiting === undefined || clock.now().getTime() - waiting.created_at.getTime() > ENROLMENT_MS;
      if (isOld) throw authError('TWO_FACTOR_NOT_ENROLLED');
      const step = await second.matching(user.id, given);
      if (step === undefined) throw authError('MFA_WRONG_CODE');
      await factors.switchOn(user.id, step);
      await sessions.revokeOthers(user.id, caller.sessionId, 'second factor switched on');
      await this.#tell(user, caller, 'auth.two_factor_on', 'Two-factor sign-in was switched on for your account.');
      return this.#newCodes(user.id);
    });
    cache.forget(user.id);
    return codes;
  }

  /** New recovery codes; the older ones end. Throws 409 where no second factor is on. */
  async renewCodes(caller: UserCaller): Promise<readonly string[]> {
    const { factors, database } = this.parts;
    const user = await this.#user(caller.userId);
    return database.transaction(async () => {
      if ((await factors.lock(user.id)) === null) throw authError('TWO_FACTOR_OFF');
      await this.#tell(user, caller, 'auth.recovery_codes', 'New recovery codes were made for your account.');
      return this.#newCodes(user.id);
    });
  }

  /** Throws 409 where no second factor is on, 404 for an unknown user. `caller` may be an administrator. */
  async disable(userId: number, caller: UserCaller): Promise<void> {
    const { factors, database } = this.parts;
    const user = await this.#user(userId);
    await database.transaction(async () => {
      if ((await factors.lock(userId)) === null) throw authError('TWO_FACTOR_OFF');
      await factors.switchOff(userId);
      await this.#tell(user, caller, 'auth.two_factor_off', 'Two-factor sign-in was switched off for your account.');
    });
  }

  async #newCodes(userId: number): Promise<readonly string[]> {
    const { factors, randomness } = this.parts;
    const codes = Array.from({ length: RECOVERY_CODES }, () => recoveryCode(randomness.bytes(RECOVERY_CODE_BYTES)));
    await factors.replaceCodes(
      userId,
      codes.map((code) => recoveryCodeHash(code) ?? ''),
    );
    return codes;
  }

  async #user(userId: number): Promise<UserRow> {
    const user = await this.parts.users.findById(userId);
    if (user === undefined) throw authError('UNKNOWN_USER');
    return user;
  }

  async #tell(user: UserRow, caller: UserCaller, action: string, text: string): Promise<void> {
    const { audit, mailer } = this.parts;
    await audit.record({ actorKind: 'user', actorId: caller.userId, action, subject: `user:${user.id}` });
    await mailer.post(user.email, noticeMail('Your sign-in was changed', user.full_name, text));
  }
}
