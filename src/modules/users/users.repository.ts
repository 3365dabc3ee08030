/**
 * Stores people with their settings and paper account.
 * Keeps: a user, the settings row and the paper account are made in one transaction; addresses are lower-cased.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database, violatedConstraint } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';
import type { Tier } from '../../domain/subscription/plans.js';
import type { Role } from './user.entity.js';

export interface ExchangeAccount {
  id: number;
  exchange: string;
  testnet: boolean;
  is_active: boolean;
}

export interface UserRow {
  id: number;
  email: string;
  password_hash: string;
  full_name: string;
  role: Role;
  subscription_type: Tier;
  subscription_expires_at: Date | null;
  is_verified: boolean;
  two_factor_at: Date | null;
  auto_trade_enabled: boolean;
  notifications_enabled: boolean;
  referral_code: string;
  disabled_at: Date | null;
  created_at: Date;
  leverage: number;
  max_concurrent_trades: number;
  per_trade_usdt: string;
  /** Connected venues, without the paper account. */
  exchange_accounts: ExchangeAccount[];
}

export interface NewUser {
  readonly email: string;
  readonly passwordHash: string;
  readonly fullName: string;
  readonly role: Role;
  readonly isVerified: boolean;
  /** Somebody's referral code; an unknown one is ignored. */
  readonly referralCode?: string;
}

const SELECT = `
  SELECT u.id, u.email, u.password_hash, u.full_name, u.role, u.subscription_type, u.subscription_expires_at, u.is_verified,
         u.two_factor_at,
         u.auto_trade_enabled, u.notifications_enabled, u.referral_code, u.disabled_at, u.created_at,
         s.leverage, s.max_concurrent_trades, s.per_trade_usdt,
         (SELECT coalesce(json_agg(json_build_object('id', a.id, 'exchange', a.exchange, 'testnet', a.testnet,
            'is_active', a.is_active) ORDER BY a.id), '[]')
          FROM accounts a WHERE a.user_id = u.id AND a.exchange <> 'paper') AS exchange_accounts
  FROM users u JOIN user_settings s ON s.user_id = u.id`;

const DAY_MS = 86_400_000;

/** Of 16 million codes; with a million given out, five draws fail once in a million registrations. */
const REFERRAL_CODE_DRAWS = 5;

@Injectable()
export class UsersRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  findById(id: number): Promise<UserRow | undefined> {
    return this.database.first<UserRow>(`${SELECT} WHERE u.id = $1`, [id], { name: 'user_by_id' });
  }

  findByEmail(email: string): Promise<UserRow | undefined> {
    return this.database.first<UserRow>(`${SELECT} WHERE u.email = $1`, [email.trim().toLowerCase()]);
  }

  async hasAdmin(): Promise<boolean> {
    return (await this.database.first("SELECT 1 FROM users WHERE role = 'admin' LIMIT 1")) !== undefined;
  }

  /** Makes everybody else who gives or takes access wait until the running transaction ends. */
  async lockAccess(): Promise<void> {
    await this.database.query(`SELECT pg_advisory_xact_lock(hashtextextended('user-access', 0))`);
  }

  async isActiveAdmin(userId: number): Promise<boolean> {
    const sql = `SELECT 1 FROM users WHERE id = $1 AND role = 'admin' AND disabled_at IS NULL`;
    return (await this.database.first(sql, [userId])) !== undefined;
  }

  /** Makes the user with settings and paper account; undefined when the address is taken. */
  async create(user: NewUser): Promise<UserRow | undefined> {
    try {
      return await this.database.transaction(async () => {
        const id = await this.#insert(user);
        await this.#insertSettings(id);
        await this.#insertPaperAccount(id);
        return this.findById(id);
      });
    } catch (error) {
      if (violatedConstraint(error) === 'ix_users_email') return undefined;
      throw error;
    }
  }

  async setPassword(userId: number, passwordHash: string): Promise<void> {
    await this.database.execute('UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1', [
      userId,
      passwordHash,
      this.clock.now(),
    ]);
  }

  /** Gives the user a plan until `expiresAt`. */
  async setPlan(userId: number, tier: Tier, expiresAt: Date): Promise<void> {
    await this.database.execute(
      'UPDATE users SET subscription_type = $2, subscription_expires_at = $3, updated_at = $4 WHERE id = $1',
      [userId, tier, expiresAt, this.clock.now()],
    );
  }

  /** Replaces a hash by another; false when the password was changed meanwhile. */
  async renewHash(userId: number, outdated: string, passwordHash: string): Promise<boolean> {
    const sql = 'UPDATE users SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2';
    return (await this.database.execute(sql, [userId, outdated, passwordHash, this.clock.now()])) === 1;
  }

  /** Makes an existing user an administrator with this password. */
  async promote(userId: number, passwordHash: string): Promise<void> {
    await this.database.execute(
      `UPDATE users SET role = 'admin', is_verified = true, password_hash = $2, updated_at = $3 WHERE id = $1`,
      [userId, passwordHash, this.clock.now()],
    );
  }

  /** False when there is no such user, or one who is disabled already. */
  async disable(userId: number): Promise<boolean> {
    const sql = 'UPDATE users SET disabled_at = $2, updated_at = $2 WHERE id = $1 AND disabled_at IS NULL';
    return (await this.database.execute(sql, [userId, this.clock.now()])) === 1;
  }

  /** False when there is no such user, or one who is not disabled. */
  async enable(userId: number): Promise<boolean> {
    const sql = 'UPDATE users SET disabled_at = NULL, updated_at = $2 WHERE id = $1 AND disabled_at IS NOT NULL';
    return (await this.database.execute(sql, [userId, this.clock.now()])) === 1;
  }

  /** Gives the user a role; answers the one before, undefined when there is no such user. */
  async setRole(userId: number, role: Role): Promise<Role | undefined> {
    const row = await this.database.first<{ before: Role }>(
      `UPDATE users u SET role = $2, updated_at = $3 FROM (SELECT id, role FROM users WHERE id = $1 FOR NO KEY UPDATE) old
       WHERE u.id = old.id RETURNING old.role AS before`,
      [userId, role, this.clock.now()],
    );
    return row?.before;
  }

  async markVerified(userId: number): Promise<void> {
    await this.database.execute('UPDATE users SET is_verified = true, updated_at = $2 WHERE id = $1', [
      userId,
      this.clock.now(),
    ]);
  }

  /** A code that somebody has is drawn again; asking beforehand would let two draw it at once. */
  async #insert(user: NewUser): Promise<number> {
    for (let draws = 0; draws < REFERRAL_CODE_DRAWS; draws += 1) {
      const id = await this.#insertAs(`VZK${this.randomness.hexCode(6)}`, user);
      if (id !== undefined) return id;
    }
    throw new Error('no free referral code was drawn');
  }

  async #insertAs(referralCode: string, user: NewUser): Promise<number | undefined> {
    const now = this.clock.now();
    const trialEnd = new Date(now.getTime() + this.config.trading.TRIAL_DAYS * DAY_MS);
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO users (email, password_hash, full_name, role, is_verified, referral_code, referred_by_id,
         subscription_expires_at, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, (SELECT id FROM users WHERE referral_code = $7), $8, $9, $9)
       ON CONFLICT (referral_code) DO NOTHING RETURNING id`,
      [
        user.email,
        user.passwordHash,
        user.fullName,
        user.role,
        user.isVerified,
        referralCode,
        user.referralCode?.trim().toUpperCase() ?? null,
        trialEnd,
        now,
      ],
    );
    return row?.id;
  }

  async #insertSettings(userId: number): Promise<void> {
    await this.database.execute(
      'INSERT INTO user_settings (user_id, max_concurrent_trades, updated_at) VALUES ($1, $2, $3)',
      [userId, this.config.trading.DEFAULT_MAX_CONCURRENT_TRADES, this.clock.now()],
    );
  }

  async #insertPaperAccount(userId: number): Promise<void> {
    await this.database.execute(
      `INSERT INTO accounts (user_id, exchange, label, balance, created_at, updated_at)
       VALUES ($1, 'paper', 'Paper account', $2, $3, $3)`,
      [userId, this.config.trading.PAPER_STARTING_BALANCE_USDT, this.clock.now()],
    );
  }
}
