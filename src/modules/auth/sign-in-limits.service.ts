/**
 * How often strangers may try the routes of signing in.
 * Keeps: guessing is limited by account and address, by address, and (more slowly) by account over all addresses; the
 * last does not lock out the owner, who comes from an address that signed in before. Families of mails do not use up
 * each other's count.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { addressKey } from '../../platform/http/address-key.js';
import { type LimitRule, RateLimits, tooMany } from '../../platform/http/rate-limits.js';
import type { TokenPurpose } from './one-time-token.entity.js';
import { SessionsRepository } from './sessions.repository.js';

const MINUTE = 60;
const HOUR = 3_600;

/** Of a million codes three are right at any time. */
const CODE: LimitRule = { name: 'mfa', points: 5, seconds: 15 * MINUTE };
const CODE_ACCOUNT: LimitRule = { name: 'mfa_account', points: 10, seconds: 24 * HOUR };

@Injectable()
export class SignInLimits {
  constructor(
    private readonly limits: RateLimits,
    private readonly sessions: SessionsRepository,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async register(address: string): Promise<void> {
    const points = this.config.http.RATE_LIMIT_REGISTER_PER_HOUR;
    await this.limits.require({ name: 'register', points, seconds: HOUR }, addressKey(address));
  }

  async bootstrap(address: string): Promise<void> {
    await this.limits.require({ name: 'bootstrap', points: 5, seconds: HOUR }, addressKey(address));
  }

  /** `isSolved`: a puzzle stood before it, so that strangers who guess cannot keep the owner out. */
  async login(email: string, address: string, isSolved = false): Promise<void> {
    const points = this.config.http.RATE_LIMIT_LOGIN_PER_MINUTE;
    const network = addressKey(address);
    await this.limits.require({ name: 'login_address', points: points * 10, seconds: MINUTE }, network);
    await this.limits.require({ name: 'login', points, seconds: MINUTE }, `${email}|${network}`);
    const seconds = await this.limits.take({ name: 'login_account', points: points * 10, seconds: HOUR }, email);
    if (isSolved) return;
    if (seconds !== undefined && !(await this.#isKnown(email, network))) throw tooMany(seconds);
  }

  /**
   * Guessing the short code of a second factor: a few by account and address, ten a day by account over all addresses but
   * those it signed in from.
   */
  async secondFactor(user: { readonly id: number; readonly email: string }, address: string): Promise<void> {
    const network = addressKey(address);
    await this.limits.require(CODE, `${user.id}|${network}`);
    const seconds = await this.limits.take(CODE_ACCOUNT, String(user.id));
    if (seconds !== undefined && !(await this.#isKnown(user.email, network))) throw tooMany(seconds);
  }

  async secondFactorPassed({ id }: { readonly id: number }, address: string): Promise<void> {
    await this.limits.reset(CODE, `${id}|${addressKey(address)}`);
    await this.limits.reset(CODE_ACCOUNT, String(id));
  }

  /** Showing the password again in a session. */
  async password(userId: number, address: string): Promise<void> {
    const points = this.config.http.RATE_LIMIT_LOGIN_PER_MINUTE;
    await this.limits.require({ name: 'password', points, seconds: MINUTE }, `${userId}|${addressKey(address)}`);
    await this.limits.require({ name: 'password_account', points: points * 10, seconds: HOUR }, String(userId));
  }

  /** Showing a token of a mail. */
  async token(address: string): Promise<void> {
    const points = this.config.http.RATE_LIMIT_LOGIN_PER_MINUTE * 3;
    await this.limits.require({ name: 'mail_token', points, seconds: MINUTE }, addressKey(address));
  }

  /** Whether it is time to warn a user again that somebody knows the password: once a day. */
  async warning(userId: number): Promise<boolean> {
    const rule = { name: 'password_warning', points: 1, seconds: 24 * HOUR, isExternal: true };
    return (await this.limits.take(rule, String(userId))) === undefined;
  }

  /** Asking for a mail of this purpose. */
  async mail(purpose: TokenPurpose | 'email_change', email: string, address: string): Promise<void> {
    const points = this.config.http.RATE_LIMIT_MAIL_PER_HOUR;
    const network = addressKey(address);
    await this.limits.require({ name: `mail_${purpose}`, points, seconds: HOUR }, `${email}|${network}`);
    await this.limits.require({ name: 'mail_address', points: points * 10, seconds: HOUR }, network);
    const rule = { name: `mail_${purpose}_account`, points: points * 4, seconds: HOUR };
    const seconds = await this.limits.take(rule, email);
    if (seconds !== undefined && !(await this.#isKnown(email, network))) throw tooMany(seconds);
  }

  async #isKnown(email: string, network: string): Promise<boolean> {
    const addresses = await this.sessions.addressesOf(email);
    return addresses.some((address) => addressKey(address) === network);
  }
}
