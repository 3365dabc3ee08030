/**
 * Stores second factors and recovery codes of users.
 * Keeps: whoever changes a factor holds the lock of its user; a step and a recovery code are taken by one conditional
 * update each, so that of any number of parallel tries one succeeds.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';

export interface FactorRow {
  secret: Buffer;
  created_at: Date;
}

export interface FactorState {
  two_factor_at: Date | null;
  recovery_codes_left: number;
}

@Injectable()
export class TwoFactorRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Since when the user has a second factor, and how many recovery codes are left. */
  async state(userId: number): Promise<FactorState> {
    const row = await this.database.first<FactorState>(
      `SELECT two_factor_at, (SELECT count(*) FROM recovery_codes c WHERE c.user_id = u.id AND c.used_at IS NULL)
         AS recovery_codes_left FROM users u WHERE id = $1`,
      [userId],
    );
    return row ?? { two_factor_at: null, recovery_codes_left: 0 };
  }

  /** Locks the user until the end of the transaction; answers since when a second factor is on. */
  async lock(userId: number): Promise<Date | null> {
    const row = await this.database.first<{ two_factor_at: Date | null }>(
      'SELECT two_factor_at FROM users WHERE id = $1 FOR NO KEY UPDATE',
      [userId],
    );
    return row?.two_factor_at ?? null;
  }

  find(userId: number): Promise<FactorRow | undefined> {
    return this.database.first<FactorRow>('SELECT secret, created_at FROM two_factors WHERE user_id = $1', [userId]);
  }

  /** Stores a sealed secret that waits for its first code, in place of one that waited before. */
  async propose(userId: number, sealed: Buffer): Promise<void> {
    await this.database.execute(
      `INSERT INTO two_factors (user_id, secret, created_at) VALUES ($1, $2, $3)
       ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = 0, created_at = excluded.created_at`,
      [userId, sealed, this.clock.now()],
    );
  }

  /** Puts the waiting secret in force; `step` is that of its first code. */
  async switchOn(userId: number, step: number): Promise<void> {
    await this.database.execute('UPDATE two_factors SET last_step = $2 WHERE user_id = $1', [userId, step]);
    await this.#mark(userId, this.clock.now());
  }

  async switchOff(userId: number): Promise<void> {
    await this.database.execute('DELETE FROM two_factors WHERE user_id = $1', [userId]);
    await this.database.execute('DELETE FROM recovery_codes WHERE user_id = $1', [userId]);
    await this.#mark(userId, null);
  }

  /** Takes a step, once; false when it or a later one was taken before, or the factor is not in force. */
  async takeStep(userId: number, step: number): Promise<boolean> {
    const taken = await this.database.execute(
      `UPDATE two_factors t SET last_step = $2 FROM users u
       WHERE t.user_id = $1 AND u.id = t.user_id AND u.two_factor_at IS NOT NULL AND t.last_step < $2`,
      [userId, step],
    );
    return taken === 1;
  }

  /** Takes a recovery code, once. */
  async takeCode(userId: number, codeHash: string): Promise<boolean> {
    const taken = await this.database.execute(
      'UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL',
      [userId, codeHash, this.clock.now()],
    );
    return taken === 1;
  }

  /** New recovery codes in place of all older ones. */
  async replaceCodes(userId: number, hashes: readonly string[]): Promise<void> {
    await this.database.execute('DELETE FROM recovery_codes WHERE user_id = $1', [userId]);
    await this.database.execute(
      'INSERT INTO recovery_codes (user_id, code_hash, created_at) SELECT $1, hash, $3 FROM unnest($2::text[]) AS hash',
      [userId, hashes, this.clock.now()],
    );
  }

  async #mark(userId: number, at: Date | null): Promise<void> {
    const sql = 'UPDATE users SET two_factor_at = $2, updated_at = $3 WHERE id = $1';
    await this.database.execute(sql, [userId, at, this.clock.now()]);
  }
}
