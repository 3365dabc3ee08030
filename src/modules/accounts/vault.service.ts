/**
 * Keeps the keys of exchange accounts: encrypted under a data key of their owner, which the master key wraps.
 * Keeps: a wrong master key stops the boot; plain secrets leave only towards the client that signs with them.
 */
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { decrypt, encrypt, HIDDEN, masked, masterKey, newDataKey } from '../../platform/crypto/envelope.js';
import { Database } from '../../platform/database/database.js';

const userPlace = (userId: number, field: string) => `user:${userId}/field:${field}`;

const dataKeyPlace = (userId: number) => `user:${userId}/data-key`;

@Injectable()
export class Vault implements OnApplicationBootstrap {
  readonly #master: { key: Buffer; id: string };

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    const text = config.secrets.ENCRYPTION_MASTER_KEY;
    if (text === undefined) throw new Error('ENCRYPTION_MASTER_KEY is not set');
    this.#master = masterKey(text);
  }

  /** Opens one stored data key, so that a wrong master key is noticed now and not when somebody trades. */
  async onApplicationBootstrap(): Promise<void> {
    const row = await this.database.first<{ user_id: number; wrapped_key: Buffer; master_key_id: string }>(
      'SELECT user_id, wrapped_key, master_key_id FROM user_data_keys ORDER BY created_at DESC LIMIT 1',
    );
    if (row === undefined) return;
    if (row.master_key_id !== this.#master.id) {
      throw new Error('ENCRYPTION_MASTER_KEY is not the key that the stored exchange keys were encrypted with');
    }
    decrypt(this.#master.key, row.wrapped_key, dataKeyPlace(row.user_id));
  }

  /** Stores the secrets of an account, in the running transaction. */
  async store(userId: number, accountId: number, secrets: Readonly<Record<string, string>>): Promise<void> {
    const key = await this.#dataKey(userId);
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
    const key = await this.#dataKey(userId);
    return Object.fromEntries(
      rows.map(({ field, ciphertext }) => [
        field,
        decrypt(key, ciphertext, placeOf(userId, accountId, field)).toString(),
      ]),
    );
  }

  /** A secret of the user that belongs to no account, encrypted for its place. */
  async seal(userId: number, field: string, plain: Buffer): Promise<Buffer> {
    return encrypt(await this.#dataKey(userId), plain, userPlace(userId, field));
  }

  /** Throws a `DecryptionError` for what was sealed for another user or field. */
  async unseal(userId: number, field: string, sealed: Buffer): Promise<Buffer> {
    return decrypt(await this.#dataKey(userId), sealed, userPlace(userId, field));
  }

  async #dataKey(userId: number): Promise<Buffer> {
    await this.database.execute(
      `INSERT INTO user_data_keys (user_id, wrapped_key, master_key_id, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id) DO NOTHING`,
      [userId, encrypt(this.#master.key, newDataKey(), dataKeyPlace(userId)), this.#master.id, this.clock.now()],
    );
    const row = await this.database.first<{ wrapped_key: Buffer }>(
      'SELECT wrapped_key FROM user_data_keys WHERE user_id = $1',
      [userId],
    );
    if (row === undefined) throw new Error(`user ${userId} has no data key`);
    return decrypt(this.#master.key, row.wrapped_key, dataKeyPlace(userId));
  }
}

function placeOf(userId: number, accountId: number, field: string): string {
  return `user:${userId}/account:${accountId}/field:${field}`;
}
