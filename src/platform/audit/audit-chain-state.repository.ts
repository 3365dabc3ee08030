/**
 * What the trail holds when its key is opened, and the row that tells of a key that replaces a lost one.
 * Keeps: asked in one statement, so that a key which another process makes meanwhile is seen with what it signs.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { Randomness } from '../ids/randomness.js';
import { NONCE_BYTES, signEvent } from './audit-seal.js';

export interface StateBeforeKey {
  /** 0 where the trail is empty. */
  readonly newestId: number;
  readonly isKeyMade: boolean;
  /** Whether a row is signed, or anything is sealed, or the chain has an end. */
  readonly isUsed: boolean;
}

@Injectable()
export class AuditChainState {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async beforeKey(secretName: string): Promise<StateBeforeKey> {
    const row = await this.database.first<{ newest: number | null; is_made: boolean; is_used: boolean }>(
      `SELECT (SELECT max(id) FROM audit_events) AS newest,
         EXISTS (SELECT 1 FROM platform_secrets WHERE name = $1) AS is_made,
         EXISTS (SELECT 1 FROM audit_head) OR EXISTS (SELECT 1 FROM audit_seals)
           OR EXISTS (SELECT 1 FROM audit_events WHERE mac IS NOT NULL) AS is_used`,
      [secretName],
    );
    return { newestId: row?.newest ?? 0, isKeyMade: row?.is_made === true, isUsed: row?.is_used === true };
  }

  /** In the transaction that stores the key, and signed with it. */
  async recordNewKey(made: { readonly key: Buffer; readonly unsignedUpTo: number }): Promise<void> {
    const createdAt = this.clock.now();
    const row = {
      actorKind: 'system',
      actorId: null,
      action: 'audit.new_key',
      subject: 'platform',
      before: {},
      after: { rows_up_to: made.unsignedUpTo },
      address: '',
      requestId: null,
      createdAt,
    };
    await this.database.execute(
      `INSERT INTO audit_events (actor_kind, action, subject, after, created_at, mac) VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        row.actorKind,
        row.action,
        row.subject,
        JSON.stringify(row.after),
        createdAt,
        signEvent(made.key, this.randomness.bytes(NONCE_BYTES), row),
      ],
    );
  }
}
