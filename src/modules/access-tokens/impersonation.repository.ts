/**
 * Stores the tokens by which administrators read in a user's place.
 * Keeps: each hangs on the session of its administrator and ends at its time.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface NewImpersonation {
  readonly userId: number;
  readonly sessionId: string;
  readonly prefix: string;
  readonly secretHash: Buffer;
  readonly expiresAt: Date;
}

@Injectable()
export class ImpersonationRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async add({ userId, sessionId, prefix, secretHash, expiresAt }: NewImpersonation): Promise<void> {
    await this.database.execute(
      `INSERT INTO access_tokens (user_id, staff_session_id, name, kind, prefix, secret_hash, scopes, created_at, expires_at)
       VALUES ($1, $2, 'read by staff', 'bearer', $3, $4, '{}', $5, $6)`,
      [userId, sessionId, prefix, secretHash, this.clock.now(), expiresAt],
    );
  }

  /** Ends those of one administrator over one user, whatever the session; answers how many were in force. */
  end(staffId: number, userId: number): Promise<number> {
    return this.database.execute(
      `UPDATE access_tokens t SET revoked_at = $3 FROM sessions x
       WHERE x.id = t.staff_session_id AND x.user_id = $1 AND t.user_id = $2 AND t.revoked_at IS NULL AND t.expires_at > $3`,
      [staffId, userId, this.clock.now()],
    );
  }
}
