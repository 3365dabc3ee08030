/**
 * Sessions: one row for each signed-in device.
 * Keeps: a rotation succeeds once per generation; revoking is final and announced to every replica's access cache.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';

/** Announces that what a user may do has changed; the payload is the user's id. */
export const ACCESS_CHANNEL = 'verzek_access';

export interface SessionRow {
  id: string;
  user_id: number;
  generation: number;
  expires_at: Date;
  revoked_at: Date | null;
}

export interface Device {
  readonly userAgent: string;
  readonly address: string;
}

@Injectable()
export class SessionsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async create(userId: number, device: Device, lifetimeMs: number): Promise<SessionRow> {
    const now = this.clock.now();
    const row = await this.database.first<SessionRow>(
      `INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_used_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $5, $6) RETURNING id, user_id, generation, expires_at, revoked_at`,
      [
        this.randomness.uuid(),
        userId,
        device.userAgent.slice(0, 200),
        device.address,
        now,
        new Date(now.getTime() + lifetimeMs),
      ],
    );
    if (row === undefined) throw new Error('the session could not be stored');
    return row;
  }

  /** The live session, its last use noted; undefined when it is unknown, revoked or expired. */
  touch(userId: number, id: string): Promise<SessionRow | undefined> {
    return this.database.first<SessionRow>(
      `UPDATE sessions SET last_used_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3
       RETURNING id, user_id, generation, expires_at, revoked_at`,
      [id, userId, this.clock.now()],
    );
  }

  /** Moves the session from `generation` to the next; false when somebody else did so before. */
  async rotate(id: string, generation: number): Promise<boolean> {
    const touched = await this.database.execute(
      'UPDATE sessions SET generation = generation + 1 WHERE id = $1 AND generation = $2 AND revoked_at IS NULL',
      [id, generation],
    );
    return touched === 1;
  }

  async revoke(userId: number, id: string, reason: string): Promise<void> {
    await this.#end(userId, 'AND id = $4', reason, [id]);
  }

  async revokeAll(userId: number, reason: string): Promise<void> {
    await this.#end(userId, '', reason, []);
  }

  /** Tells every replica that it must read this user's access again. */
  async announce(userId: number): Promise<void> {
    await this.database.query('SELECT pg_notify($1, $2)', [ACCESS_CHANNEL, String(userId)]);
  }

  async #end(userId: number, condition: string, reason: string, extra: readonly string[]): Promise<void> {
    await this.database.execute(
      `UPDATE sessions SET revoked_at = $2, revoked_reason = $3 WHERE user_id = $1 AND revoked_at IS NULL ${condition}`,
      [userId, this.clock.now(), reason, ...extra],
    );
    await this.announce(userId);
  }
}
