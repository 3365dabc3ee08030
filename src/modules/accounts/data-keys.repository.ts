/**
 * The data keys of users, each wrapped by a master key and naming it.
 * Keeps: where one is stored that this process could not open, it does not start; wrapping anew is conditional on what was
 * read, so it may be interrupted, repeated and done beside a running product.
 */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { newDataKey } from '../../platform/crypto/envelope.js';
import { MasterKeys, UnknownMasterKeyError } from '../../platform/crypto/master-keys.js';
import { Database } from '../../platform/database/database.js';

const placeOf = (userId: number) => `user:${userId}/data-key`;

interface DataKeyRow {
  user_id: number;
  wrapped_key: Buffer;
  master_key_id: string;
}

@Injectable()
export class DataKeysRepository implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database,
    private readonly keys: MasterKeys,
    private readonly clock: Clock,
  ) {}

  /** So that a wrong master key is noticed now and not when somebody trades. */
  async onApplicationBootstrap(): Promise<void> {
    const row = await this.database.first<DataKeyRow>(
      'SELECT user_id, wrapped_key, master_key_id FROM user_data_keys WHERE master_key_id <> ALL ($1::text[]) LIMIT 1',
      [this.keys.knownIds],
    );
    if (row !== undefined) throw new UnknownMasterKeyError(row.master_key_id);
  }

  /** The user's data key, made where there is none yet. */
  async open(userId: number): Promise<Buffer> {
    const row = (await this.#find(userId)) ?? (await this.#make(userId));
    return this.#unwrap(row);
  }

  /** How many keys each master key wraps, by its id. */
  counts(): Promise<{ master_key_id: string; keys: number }[]> {
    return this.database.query(
      'SELECT master_key_id, count(*) AS keys FROM user_data_keys GROUP BY master_key_id ORDER BY master_key_id',
    );
  }

  /** Wraps up to `limit` keys of users above `afterUser` anew; answers the last of them, undefined when all are done. */
  async rewrap(
    afterUser: number,
    limit: number,
  ): Promise<{ readonly lastUser: number; readonly count: number } | undefined> {
    const rows = await this.database.query<DataKeyRow>(
      `SELECT user_id, wrapped_key, master_key_id FROM user_data_keys
       WHERE user_id > $1 AND master_key_id <> $2 ORDER BY user_id LIMIT $3`,
      [afterUser, this.keys.currentId, limit],
    );
    const last = rows.at(-1);
    if (last === undefined) return undefined;
    const count = await this.database.execute(
      `UPDATE user_data_keys k SET wrapped_key = item.wrapped, master_key_id = $5
       FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::text[]) AS item (user_id, wrapped, was, was_id)
       WHERE k.user_id = item.user_id AND k.wrapped_key = item.was AND k.master_key_id = item.was_id`,
      [
        rows.map((row) => row.user_id),
        rows.map((row) => this.keys.wrap(this.#unwrap(row), placeOf(row.user_id)).wrapped),
        rows.map((row) => row.wrapped_key),
        rows.map((row) => row.master_key_id),
        this.keys.currentId,
      ],
    );
    return { lastUser: last.user_id, count };
  }

  async #make(userId: number): Promise<DataKeyRow> {
    const { wrapped, keyId } = this.keys.wrap(newDataKey(), placeOf(userId));
    await this.database.execute(
      `INSERT INTO user_data_keys (user_id, wrapped_key, master_key_id, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id) DO NOTHING`,
      [userId, wrapped, keyId, this.clock.now()],
    );
    const row = await this.#find(userId);
    if (row === undefined) throw new Error(`user ${userId} has no data key`);
    return row;
  }

  #find(userId: number): Promise<DataKeyRow | undefined> {
    return this.database.first<DataKeyRow>(
      'SELECT user_id, wrapped_key, master_key_id FROM user_data_keys WHERE user_id = $1',
      [userId],
    );
  }

  #unwrap({ user_id, wrapped_key, master_key_id }: DataKeyRow): Buffer {
    return this.keys.unwrap({ wrapped: wrapped_key, keyId: master_key_id }, placeOf(user_id));
  }
}
