/**
 * Sessions: one row for each signed-in device.
 * Keeps: a session begins only while the password that was checked is still the user's and the user is not disabled;
 * a disabled user's sessions do nothing; a rotation succeeds once per generation; revoking is final. Triggers of the
 * database announce to every replica what ends a session or changes what its user may do.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';

/** Where the triggers announce that what a user may do has changed; the payload is the user's id. */
export const ACCESS_CHANNEL = 'verzek_access';

export interface SessionRow {
  id: string;
  user_id: number;
  generation: number;
  expires_at: Date;
  revoked_at: Date | null;
}

export interface LiveSession {
  id: string;
  user_agent: string;
  address: string;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
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

  /**
   * A new session; undefined when the user's password is no longer the one whose hash was checked, a second factor was
   * switched on or off meanwhile, or the user is disabled. The lock makes it wait for a reset under way, and makes a later reset see this session.
   */
  create(
    user: { readonly id: number; readonly checkedHash: string; readonly twoFactorAt: Date | null },
    device: Device,
    lifetimeMs: number,
  ): Promise<SessionRow | undefined> {
    const now = this.clock.now();
    return this.database.first<SessionRow>(
      `INSERT INTO sessions (id, user_id, user_agent, address, created_at, authenticated_at, last_used_at, expires_at)
       SELECT $1, id, $4, $5, $6, $6, $6, $7 FROM users
       WHERE id = $2 AND password_hash = $3 AND two_factor_at IS NOT DISTINCT FROM $8 AND disabled_at IS NULL FOR SHARE
       RETURNING id, user_id, generation, expires_at, revoked_at`,
      [
        this.randomness.uuid(),
        user.id,
        user.checkedHash,
        shownAgent(device.userAgent),
        device.address,
        now,
        new Date(now.getTime() + lifetimeMs),
        user.twoFactorAt,
      ],
    );
  }

  /** The live session, its last use and from where noted; undefined when it is unknown, revoked, expired or of a disabled user. */
  touch(userId: number, id: string, address: string): Promise<SessionRow | undefined> {
    return this.database.first<SessionRow>(
      `UPDATE sessions s SET last_used_at = $3, address = $4 FROM users u
       WHERE s.id = $1 AND s.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3
         AND u.id = s.user_id AND u.disabled_at IS NULL
       RETURNING s.id, s.user_id, s.generation, s.expires_at, s.revoked_at`,
      [id, userId, this.clock.now(), address],
    );
  }

  /** Moves the session from `generation` to the next, for another life; undefined when somebody else did so before. */
  rotate(id: string, generation: number, lifetimeMs: number): Promise<SessionRow | undefined> {
    return this.database.first<SessionRow>(
      `UPDATE sessions SET generation = generation + 1, expires_at = $3
       WHERE id = $1 AND generation = $2 AND revoked_at IS NULL
       RETURNING id, user_id, generation, expires_at, revoked_at`,
      [id, generation, new Date(this.clock.now().getTime() + lifetimeMs)],
    );
  }

  /** The live sessions of a user, last used first. */
  live(userId: number): Promise<LiveSession[]> {
    return this.database.query<LiveSession>(
      `SELECT id, user_agent, address, created_at, last_used_at, expires_at FROM sessions
       WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY last_used_at DESC, id LIMIT 100`,
      [userId, this.clock.now()],
    );
  }

  /** The devices of a user's other sessions, ended ones included, newest first. */
  async devicesBeside(userId: number, id: string): Promise<Device[]> {
    const rows = await this.database.query<{ user_agent: string; address: string }>(
      'SELECT user_agent, address FROM sessions WHERE user_id = $1 AND id <> $2 ORDER BY created_at DESC LIMIT 100',
      [userId, id],
    );
    return rows.map(({ user_agent, address }) => ({ userAgent: user_agent, address }));
  }

  /** From where the account was signed in to lately. */
  async addressesOf(email: string): Promise<string[]> {
    const rows = await this.database.query<{ address: string }>(
      `SELECT s.address FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE u.email = $1 AND s.expires_at > $2 GROUP BY s.address ORDER BY max(s.created_at) DESC LIMIT 100`,
      [email, this.clock.now()],
    );
    return rows.map(({ address }) => address);
  }

  /** When the session's second factor or password was last shown; undefined for a session that has ended. */
  async authenticatedAt(userId: number, id: string): Promise<Date | undefined> {
    const row = await this.database.first<{ authenticated_at: Date }>(
      'SELECT authenticated_at FROM sessions WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL',
      [userId, id],
    );
    return row?.authenticated_at;
  }

  async markAuthenticated(userId: number, id: string): Promise<void> {
    await this.database.execute('UPDATE sessions SET authenticated_at = $3 WHERE user_id = $1 AND id = $2', [
      userId,
      id,
      this.clock.now(),
    ]);
  }

  /** Answers how many were ended: 1, or 0 for one that is unknown or has ended. */
  revoke(userId: number, id: string, reason: string): Promise<number> {
    return this.#end(userId, 'AND id = $4', reason, [id]);
  }

  revokeOthers(userId: number, keptId: string, reason: string): Promise<number> {
    return this.#end(userId, 'AND id <> $4', reason, [keptId]);
  }

  async revokeAll(userId: number, reason: string): Promise<void> {
    await this.#end(userId, '', reason, []);
  }

  #end(userId: number, condition: string, reason: string, extra: readonly string[]): Promise<number> {
    return this.database.execute(
      `UPDATE sessions SET revoked_at = $2, revoked_reason = $3 WHERE user_id = $1 AND revoked_at IS NULL ${condition}`,
      [userId, this.clock.now(), reason, ...extra],
    );
  }
}

/** As much of a `User-Agent` as is kept. */
export function shownAgent(userAgent: string): string {
  return userAgent.slice(0, 200);
}
