/**
 * Keeps the keys of exchange accounts: encrypted under a data key of their owner, which the master key wraps.
 * Keeps: a ciphertext opens at its own place only; plain secrets leave only towards the client that signs with them.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { decrypt, encrypt, HIDDEN, masked } from '../../platform/crypto/envelope.js';
import { Database } from '../../platform/database/database.js';
import { DataKeysRepository } from './data-keys.repository.js';

const userPlace = (userId: number, field: string) => `user:${userId}/field:${field}`;

@Injectable()
export class Vault {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly dataKeys: DataKeysRepository,
  ) {}

  /** Stores the secrets of an account, in the running transaction. */
  async store(userId: number, accountId: number, secrets: Readonly<Record<string, string>>): Promise<void> {
    const key = await this.dataKeys.open(userId);
    for (const [field, secret] of Object.entries(secrets)) {
      await this.database.execute(
        `INSERT INTO account_credentials (account_id, field, ciphertext, hint, created_at) VALUES ($1, $2, $3, $4, $5)`,
        [
          accountId,
          field,
          encrypt(key, Buffer.from(secret), placeOf(userId, accountId, field)),
          field === 'api_key' ? masked(secret) : HIDDEN,
          this.clock.now(),
        ],
      );
    }
  }

  /** The API key of an account as it may be shown; undefined where there is none. */
  async shownKey(userId: number, accountId: number): Promise<string | undefined> {
    const row = await this.database.first<{ hint: string }>(
      `SELECT c.hint FROM account_credentials c JOIN accounts a ON a.id = c.account_id
       WHERE a.user_id = $1 AND c.account_id = $2 AND c.field = 'api_key'`,
      [userId, accountId],
    );
    return row?.hint;
  }

  /** The plain secrets of an account; throws a `DecryptionError` when any is damaged or out of place. */
  async open(userId: number, accountId: number): Promise<Record<string, string>> {
    const rows = await this.database.query<{ field: string; ciphertext: Buffer }>(
      `SELECT c.field, c.ciphertext FROM account_credentials c JOIN accounts a ON a.id = c.account_id
       WHERE c.account_id = $1 AND a.user_id = $2`,
      [accountId, userId],
    );
    const key = await this.dataKeys.open(userId);
    return Object.fromEntries(
      rows.map(({ field, ciphertext }) => [
        field,
        decrypt(key, ciphertext, placeOf(userId, accountId, field)).toString(),
      ]),
    );
  }

  /** A secret of the user that belongs to no account, encrypted for its place. */
  async seal(userId: number, field: string, plain: Buffer): Promise<Buffer> {
    return encrypt(await this.dataKeys.open(userId), plain, userPlace(userId, field));
  }

  /** Throws a `DecryptionError` for what was sealed for another user or field. */
  async unseal(userId: number, field: string, sealed: Buffer): Promise<Buffer> {
    return decrypt(await this.dataKeys.open(userId), sealed, userPlace(userId, field));
  }
}

function placeOf(userId: number, accountId: number, field: string): string {
  return `user:${userId}/account:${accountId}/field:${field}`;
}
