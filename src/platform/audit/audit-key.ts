/**
 * The key of the audit trail's signatures, wrapped by the master key, since when it is, and which rows are older than it.
 * Keeps: opened before anything is audited; whoever holds the database without the master key cannot sign, and cannot have
 * a new key made either: that happens by itself only where nothing was signed, sealed or ended yet.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { ConfigError } from '../../config/load-config.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../clock/clock.js';
import { KEY_BYTES } from '../crypto/envelope.js';
import { PlatformSecrets } from '../crypto/platform-secrets.repository.js';
import { Database } from '../database/database.js';
import { Randomness } from '../ids/randomness.js';
import { Logger } from '../logging/logger.js';
import { AuditChainState } from './audit-chain-state.repository.js';

export const AUDIT_SECRET = 'audit-trail';

/** The trail was signed, and the key that signed it is gone. */
export class AuditKeyMissingError extends ConfigError {
  constructor() {
    super([
      'the key of the audit trail is gone from platform_secrets, but the trail was signed with it: put the row back from a ' +
        'backup. Where it is lost for good, AUDIT_NEW_KEY=true makes a new one once (docs/audit.md)',
    ]);
    this.name = 'AuditKeyMissingError';
  }
}

interface OpenedKey {
  readonly key: Buffer;
  readonly unsignedUpTo: number;
  readonly madeAt: Date;
}

export interface AuditKeyParts {
  readonly secrets: PlatformSecrets;
  readonly state: AuditChainState;
  readonly database: Database;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly logger: Logger;
}

@Injectable()
export class AuditKey implements OnModuleInit {
  #opened: OpenedKey | undefined;
  #made: { readonly secret: Buffer; readonly isReplacement: boolean } | undefined;

  constructor(
    private readonly parts: AuditKeyParts,
    @Inject(CONFIG) private readonly config: Pick<Config, 'audit'>,
  ) {}

  /**
   * Throws where the master key is not the one that wrapped it, and an `AuditKeyMissingError` where a signed trail has lost
   * its key: the process does not start.
   */
  async onModuleInit(): Promise<void> {
    this.#made = undefined;
    const isNew = await this.parts.database.transaction(async () => {
      const secret = await this.parts.secrets.open(AUDIT_SECRET, () => this.#make());
      this.#opened = await this.#read(secret);
      const isNew = this.#made?.secret.equals(secret) === true;
      if (isNew && this.#made?.isReplacement === true) await this.parts.state.recordNewKey(this.#opened);
      return isNew;
    });
    this.#tell(isNew);
  }

  get key(): Buffer {
    return this.#require().key;
  }

  /** Rows up to this id were written before there was a key; it stands in the wrapped secret, so nobody can raise it. */
  get unsignedUpTo(): number {
    return this.#require().unsignedUpTo;
  }

  /** Since when this key signs; it stands in the wrapped secret too. */
  get madeAt(): Date {
    return this.#require().madeAt;
  }

  async #make(): Promise<Buffer> {
    const { newestId, isKeyMade, isUsed } = await this.parts.state.beforeKey(AUDIT_SECRET);
    const isReplacement = isUsed && !isKeyMade;
    if (isReplacement && !this.config.audit.AUDIT_NEW_KEY) throw new AuditKeyMissingError();
    const facts = Buffer.alloc(16);
    facts.writeBigUInt64BE(BigInt(newestId));
    facts.writeBigUInt64BE(BigInt(this.parts.clock.now().getTime()), 8);
    this.#made = { secret: Buffer.concat([this.parts.randomness.bytes(KEY_BYTES), facts]), isReplacement };
    return this.#made.secret;
  }

  /** Secrets of the first version do not hold their time: then it is that of their row. */
  async #read(secret: Buffer): Promise<OpenedKey> {
    const madeAt =
      secret.length >= KEY_BYTES + 16
        ? new Date(Number(secret.readBigUInt64BE(KEY_BYTES + 8)))
        : await this.parts.secrets.storedAt(AUDIT_SECRET);
    return { key: secret.subarray(0, KEY_BYTES), unsignedUpTo: Number(secret.readBigUInt64BE(KEY_BYTES)), madeAt };
  }

  #tell(isNew: boolean): void {
    const { logger } = this.parts;
    const told = { unsigned_up_to: this.unsignedUpTo, since: this.madeAt.toISOString() };
    if (isNew && this.#made?.isReplacement === true)
      logger.error('the key of the audit trail was gone: a new one was made, as AUDIT_NEW_KEY says', told);
    else if (isNew && this.unsignedUpTo > 0)
      logger.warn('the audit trail has a key from now on; the rows before are not signed', told);
    else if (this.config.audit.AUDIT_NEW_KEY)
      logger.warn('AUDIT_NEW_KEY is set, but the audit trail needs no new key: take the setting away');
  }

  #require(): OpenedKey {
    if (this.#opened === undefined) throw new Error('something was audited before the application was ready');
    return this.#opened;
  }
}
