/**
 * Reads and changes how a user wants signals traded.
 * Keeps: a change names its columns from a fixed list; only named fields change; preferences are merged, not replaced.
 */
import { Injectable } from '@nestjs/common';
import type { PositionMode } from '../../domain/position/opposite.js';
import type { RiskLimits } from '../../domain/risk/limits.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface SettingsRow {
  capital_usdt: string;
  per_trade_usdt: string;
  leverage: number;
  max_concurrent_trades: number;
  dca_enabled: boolean;
  dca_steps: number;
  dca_step_percent: string;
  auto_reversal_enabled: boolean;
  position_mode: PositionMode;
  symbol_whitelist: string[];
  symbol_blacklist: string[];
  /** The limits that are set. */
  risk: Partial<RiskLimits>;
  strategy: Record<string, unknown>;
  preferences: Record<string, unknown>;
}

/** Columns that a change may name. */
export type SettingsChange = Partial<Omit<SettingsRow, 'risk' | 'strategy' | 'preferences'>>;

const COLUMNS: readonly (keyof SettingsChange)[] = [
  'capital_usdt',
  'per_trade_usdt',
  'leverage',
  'max_concurrent_trades',
  'dca_enabled',
  'dca_steps',
  'dca_step_percent',
  'auto_reversal_enabled',
  'position_mode',
  'symbol_whitelist',
  'symbol_blacklist',
];

/** A user's phones. */
export const MAX_DEVICES = 10;

export interface Phone {
  readonly token: string;
  readonly name: string;
  readonly platform: string;
}

export interface ProfileChange {
  readonly full_name?: string;
  readonly auto_trade_enabled?: boolean;
  readonly notifications_enabled?: boolean;
}

@Injectable()
export class UserSettingsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  find(userId: number): Promise<SettingsRow | undefined> {
    return this.database.first<SettingsRow>(
      `SELECT ${COLUMNS.join(', ')}, risk, strategy, preferences FROM user_settings WHERE user_id = $1`,
      [userId],
    );
  }

  /** False when there is no such user. */
  async change(userId: number, change: SettingsChange): Promise<boolean> {
    const named = COLUMNS.filter((column) => change[column] !== undefined);
    const assignments = named.map((column, index) => `${column} = $${index + 3}, `).join('');
    const touched = await this.database.execute(
      `UPDATE user_settings SET ${assignments}updated_at = $2 WHERE user_id = $1`,
      [userId, this.clock.now(), ...named.map((column) => change[column])],
    );
    return touched === 1;
  }

  /** A symbol of which the user holds both sides, if there is one. Waits for entries that are being opened. */
  async symbolHeldBothWays(userId: number): Promise<string | undefined> {
    await this.database.query('SELECT 1 FROM user_settings WHERE user_id = $1 FOR UPDATE', [userId]);
    const sql = `SELECT symbol FROM positions WHERE user_id = $1 AND closed_at IS NULL
      GROUP BY symbol HAVING count(DISTINCT side) > 1 LIMIT 1`;
    return (await this.database.first<{ symbol: string }>(sql, [userId]))?.symbol;
  }

  /** Sets the limits that are named, and takes away those that are null. False when there is no such user. */
  async changeLimits(userId: number, limits: Partial<RiskLimits>): Promise<boolean> {
    const touched = await this.database.execute(
      'UPDATE user_settings SET risk = jsonb_strip_nulls(risk || $2::jsonb), updated_at = $3 WHERE user_id = $1',
      [userId, JSON.stringify(limits), this.clock.now()],
    );
    return touched === 1;
  }

  /** Whether the database, which ends the days, knows a time zone by this name. */
  async knowsZone(zone: string): Promise<boolean> {
    const sql = 'SELECT 1 FROM pg_timezone_names WHERE lower(name) = lower($1) LIMIT 1';
    return (await this.database.first(sql, [zone])) !== undefined;
  }

  /**
   * Merges values into a free object; a null takes its key away. What would grow beyond `maxBytes` is not stored, but
   * one that is larger already may shrink.
   */
  merge(
    userId: number,
    column: 'strategy' | 'preferences',
    values: Readonly<Record<string, unknown>>,
    maxBytes: number,
  ): Promise<'merged' | 'too_large' | 'no_user'> {
    const merged = `(${column} || $2::jsonb) - $3::text[]`;
    const removed = Object.keys(values).filter((key) => values[key] === null);
    const params = [userId, JSON.stringify(values), removed];
    return this.database.transaction(async () => {
      const size = await this.database.first<{ before: number; after: number }>(
        `SELECT octet_length(${column}::text) AS before, octet_length((${merged})::text) AS after
         FROM user_settings WHERE user_id = $1 FOR NO KEY UPDATE`,
        params,
      );
      if (size === undefined) return 'no_user';
      if (size.after > maxBytes && size.after >= size.before) return 'too_large';
      const sql = `UPDATE user_settings SET ${column} = ${merged}, updated_at = $4 WHERE user_id = $1`;
      await this.database.execute(sql, [...params, this.clock.now()]);
      return 'merged';
    });
  }

  async changeProfile(userId: number, change: ProfileChange): Promise<boolean> {
    const touched = await this.database.execute(
      `UPDATE users SET full_name = coalesce($2, full_name), auto_trade_enabled = coalesce($3, auto_trade_enabled),
         notifications_enabled = coalesce($4, notifications_enabled), updated_at = $5 WHERE id = $1`,
      [
        userId,
        change.full_name ?? null,
        change.auto_trade_enabled ?? null,
        change.notifications_enabled ?? null,
        this.clock.now(),
      ],
    );
    return touched === 1;
  }

  /**
   * Registers a phone; it moves to the newest user who shows its token. Of more than `MAX_DEVICES` those that were not
   * registered for longest are forgotten. Answers nothing where the session has ended: what ends it drops the phones.
   */
  registerDevice(userId: number, sessionId: string, phone: Phone): Promise<'new' | 'known' | undefined> {
    return this.database.transaction(async () => {
      await this.database.query('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
      const alive = 'SELECT 1 FROM sessions WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL';
      if ((await this.database.first(alive, [userId, sessionId])) === undefined) return undefined;
      const isNew = await this.#storeDevice(userId, phone);
      await this.database.execute(
        `DELETE FROM device_tokens WHERE id IN (SELECT id FROM device_tokens WHERE user_id = $1
           ORDER BY is_active DESC, updated_at DESC, id DESC OFFSET ${MAX_DEVICES})`,
        [userId],
      );
      return isNew ? 'new' : 'known';
    });
  }

  async dropDevice(userId: number, token: string): Promise<boolean> {
    const touched = await this.database.execute(
      'UPDATE device_tokens SET is_active = false, updated_at = $3 WHERE user_id = $1 AND token = $2 AND is_active',
      [userId, token, this.clock.now()],
    );
    return touched === 1;
  }

  /** No phone of the user rings any more until the app registers it anew. */
  async dropDevices(userId: number): Promise<void> {
    await this.database.execute(
      'UPDATE device_tokens SET is_active = false, updated_at = $2 WHERE user_id = $1 AND is_active',
      [userId, this.clock.now()],
    );
  }

  async #storeDevice(userId: number, { token, name, platform }: Phone): Promise<boolean> {
    const row = await this.database.first<{ is_new: boolean }>(
      `INSERT INTO device_tokens (user_id, token, device_name, device_platform, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $5)
       ON CONFLICT (token) DO UPDATE SET user_id = excluded.user_id, device_name = excluded.device_name,
         device_platform = excluded.device_platform, is_active = true, updated_at = excluded.updated_at
       RETURNING (xmax = 0) AS is_new`,
      [userId, token, name, platform, this.clock.now()],
    );
    return row?.is_new === true;
  }
}
