/**
 * Stores and reads the accounts of one user. Every method names the owner first.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database, violatedConstraint } from '../../platform/database/database.js';
import type { Subscriber } from '../plans/entitlements.service.js';
import { accountError } from './accounts.errors.js';

export interface AccountRow {
  id: number;
  exchange: string;
  testnet: boolean;
  is_active: boolean;
  leverage: number | null;
  balance: string;
  margin_used: string;
  open_positions: number;
}

/** Somebody whom keys of the old system may be for. */
export interface ImportOwner {
  id: number;
  email: string;
  full_name: string;
  role: string;
  is_verified: boolean;
  disabled_at: Date | null;
  /** Has asked for deletion, which is not carried out yet. */
  is_leaving: boolean;
}

const SELECT = 'SELECT id, exchange, testnet, is_active, leverage, balance, margin_used, open_positions FROM accounts';

@Injectable()
export class AccountsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Exchange accounts, without the paper account. */
  exchanges(userId: number): Promise<AccountRow[]> {
    return this.database.query<AccountRow>(`${SELECT} WHERE user_id = $1 AND exchange <> 'paper' ORDER BY id`, [
      userId,
    ]);
  }

  find(userId: number, id: number): Promise<AccountRow | undefined> {
    return this.database.first<AccountRow>(`${SELECT} WHERE user_id = $1 AND id = $2`, [userId, id]);
  }

  findByExchange(userId: number, exchange: string): Promise<AccountRow | undefined> {
    return this.database.first<AccountRow>(`${SELECT} WHERE user_id = $1 AND exchange = $2`, [userId, exchange]);
  }

  /** The owner's plan and how many exchange accounts there are, nobody adding another until the transaction ends. */
  async lockOwner(userId: number): Promise<(Subscriber & { accounts: number }) | undefined> {
    const owner = await this.database.first<Subscriber>(
      'SELECT subscription_type, subscription_expires_at FROM users WHERE id = $1 FOR NO KEY UPDATE',
      [userId],
    );
    return owner && { ...owner, accounts: (await this.exchanges(userId)).length };
  }

  /** Whoever has this address, unchanged until the transaction ends. */
  lockImportOwner(email: string): Promise<ImportOwner | undefined> {
    return this.database.first<ImportOwner>(
      `SELECT u.id, u.email, u.full_name, u.role, u.is_verified, u.disabled_at,
         EXISTS (SELECT 1 FROM account_deletions d WHERE d.user_id = u.id AND d.completed_at IS NULL) AS is_leaving
       FROM users u WHERE u.email = $1 FOR NO KEY UPDATE OF u`,
      [email],
    );
  }

  /** The id of the new account; undefined when the user has one of this exchange. Throws 404 for an unknown user. */
  async add(userId: number, exchange: string, testnet: boolean): Promise<number | undefined> {
    try {
      const row = await this.database.first<{ id: number }>(
        `INSERT INTO accounts (user_id, exchange, testnet, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (user_id, exchange) DO NOTHING RETURNING id`,
        [userId, exchange, testnet, this.clock.now()],
      );
      return row?.id;
    } catch (error) {
      if (violatedConstraint(error) === 'fk_accounts_user_id') throw accountError('OWNER_NOT_FOUND');
      throw error;
    }
  }

  /** False when positions still refer to the account. */
  async remove(userId: number, id: number): Promise<boolean> {
    try {
      await this.database.execute('DELETE FROM accounts WHERE user_id = $1 AND id = $2', [userId, id]);
      return true;
    } catch (error) {
      if (/^fk_(archived_)?positions_account_id$/.test(violatedConstraint(error) ?? '')) return false;
      throw error;
    }
  }

  async setLeverage(userId: number, id: number, leverage: number): Promise<void> {
    await this.database.execute('UPDATE accounts SET leverage = $3, updated_at = $4 WHERE user_id = $1 AND id = $2', [
      userId,
      id,
      leverage,
      this.clock.now(),
    ]);
  }
}
