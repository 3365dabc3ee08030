/**
 * The key of the audit trail's signatures, wrapped by the master key, and which rows are older than it.
 * Keeps: opened before anything is audited; whoever holds the database without the master key cannot sign.
 */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { KEY_BYTES } from '../crypto/envelope.js';
import { PlatformSecrets } from '../crypto/platform-secrets.repository.js';
import { Database } from '../database/database.js';
import { Randomness } from '../ids/randomness.js';

const NAME = 'audit-trail';

@Injectable()
export class AuditKey implements OnModuleInit {
  #opened: { readonly key: Buffer; readonly unsignedUpTo: number } | undefined;

  constructor(
    private readonly secrets: PlatformSecrets,
    private readonly database: Database,
    private readonly randomness: Randomness,
  ) {}

  /** Throws where the master key is not the one that wrapped it: the process does not start. */
  async onModuleInit(): Promise<void> {
    const secret = await this.secrets.open(NAME, () => this.#make());
    this.#opened = {
      key: secret.subarray(0, KEY_BYTES),
      unsignedUpTo: Number(secret.readBigUInt64BE(KEY_BYTES)),
    };
  }

  get key(): Buffer {
    return this.#require().key;
  }

  /** Rows up to this id were written before there was a key; it stands in the wrapped secret, so nobody can raise it. */
  get unsignedUpTo(): number {
    return this.#require().unsignedUpTo;
  }

  async #make(): Promise<Buffer> {
    const newest = await this.database.first<{ id: number }>('SELECT id FROM audit_events ORDER BY id DESC LIMIT 1');
    const boundary = Buffer.alloc(8);
    boundary.writeBigUInt64BE(BigInt(newest?.id ?? 0));
    return Buffer.concat([this.randomness.bytes(KEY_BYTES), boundary]);
  }

  #require() {
    if (this.#opened === undefined) throw new Error('something was audited before the application was ready');
    return this.#opened;
  }
}
