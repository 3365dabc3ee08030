/**
 * Secrets of the platform itself: made once over all replicas, wrapped by the master key, opened at every start.
 * Keeps: a process that cannot open one does not start, and none is made under a master key that does not open what is
 * stored already; of two that make the same one together, the first one's counts.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { MasterKeys, UnknownMasterKeyError } from './master-keys.js';

const placeOf = (name: string) => `platform/secret:${name}`;

/** Whatever another master key wrapped, of users and of the platform. */
const FOREIGN = `
  SELECT master_key_id FROM user_data_keys WHERE master_key_id <> ALL ($1::text[])
  UNION ALL SELECT master_key_id FROM platform_secrets WHERE master_key_id <> ALL ($1::text[]) LIMIT 1`;

interface SecretRow {
  name: string;
  wrapped: Buffer;
  master_key_id: string;
}

@Injectable()
export class PlatformSecrets {
  constructor(
    private readonly database: Database,
    private readonly keys: MasterKeys,
    private readonly clock: Clock,
  ) {}

  /** The secret of this name; `make` is asked for it where there is none yet. Throws an `UnknownMasterKeyError`. */
  async open(name: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const row = (await this.#find(name)) ?? (await this.#make(name, make));
    return this.keys.unwrap({ wrapped: row.wrapped, keyId: row.master_key_id }, placeOf(name));
  }

  async storedAt(name: string): Promise<Date> {
    const row = await this.database.first<{ created_at: Date }>(
      'SELECT created_at FROM platform_secrets WHERE name = $1',
      [name],
    );
    if (row === undefined) throw new Error(`there is no secret ${name}`);
    return row.created_at;
  }

  /** Wraps anew what older master keys wrapped; answers how many. */
  async rewrap(): Promise<number> {
    const rows = await this.database.query<SecretRow>(
      'SELECT name, wrapped, master_key_id FROM platform_secrets WHERE master_key_id <> $1 ORDER BY name',
      [this.keys.currentId],
    );
    for (const row of rows) {
      const plain = this.keys.unwrap({ wrapped: row.wrapped, keyId: row.master_key_id }, placeOf(row.name));
      const { wrapped, keyId } = this.keys.wrap(plain, placeOf(row.name));
      await this.database.execute(
        'UPDATE platform_secrets SET wrapped = $2, master_key_id = $3 WHERE name = $1 AND master_key_id = $4',
        [row.name, wrapped, keyId, row.master_key_id],
      );
    }
    return rows.length;
  }

  /** Secrets that are still under other master keys. */
  async left(): Promise<number> {
    const sql = 'SELECT count(*) AS secrets FROM platform_secrets WHERE master_key_id <> $1';
    return (await this.database.first<{ secrets: number }>(sql, [this.keys.currentId]))?.secrets ?? 0;
  }

  async #make(name: string, make: () => Promise<Buffer>): Promise<SecretRow> {
    const foreign = await this.database.first<{ master_key_id: string }>(FOREIGN, [this.keys.knownIds]);
    if (foreign !== undefined) throw new UnknownMasterKeyError(foreign.master_key_id);
    return this.#store(name, await make());
  }

  async #store(name: string, plain: Buffer): Promise<SecretRow> {
    const { wrapped, keyId } = this.keys.wrap(plain, placeOf(name));
    await this.database.execute(
      `INSERT INTO platform_secrets (name, wrapped, master_key_id, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO NOTHING`,
      [name, wrapped, keyId, this.clock.now()],
    );
    const row = await this.#find(name);
    if (row === undefined) throw new Error(`the secret ${name} was not stored`);
    return row;
  }

  #find(name: string): Promise<SecretRow | undefined> {
    return this.database.first<SecretRow>('SELECT name, wrapped, master_key_id FROM platform_secrets WHERE name = $1', [
      name,
    ]);
  }
}
