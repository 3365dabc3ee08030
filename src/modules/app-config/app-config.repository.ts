/**
 * Stores the versions of the remote configuration and which of them is in force.
 * Keeps: changes are one after the other (an advisory lock), and told to all replicas when they are committed.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { ConfigData } from './config-data.js';

/** Told on every change of what is in force. */
export const APP_CONFIG_CHANNEL = 'verzek_app_config';

export interface StoredConfig {
  readonly id: number;
  readonly configVersion: string;
  readonly configData: ConfigData;
  readonly baseHash: string;
  readonly isActive: boolean;
  /** Grows with every change of what is in force; null for what never was. */
  readonly activation: number | null;
  readonly activatedAt: Date | null;
  readonly createdById: number | null;
  readonly createdAt: Date;
}

const COLUMNS = `id, config_version AS "configVersion", config_data AS "configData", base_hash AS "baseHash",
  activation IS NOT NULL AND activation = (SELECT max(activation) FROM app_config_versions) AS "isActive",
  activation, activated_at AS "activatedAt", created_by_id AS "createdById", created_at AS "createdAt"`;

@Injectable()
export class AppConfigRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  active(): Promise<StoredConfig | undefined> {
    return this.database.first<StoredConfig>(
      `SELECT ${COLUMNS} FROM app_config_versions WHERE activation IS NOT NULL ORDER BY activation DESC LIMIT 1`,
    );
  }

  /** Newest first, one more than `limit`. */
  list(limit: number, beforeId: number | undefined): Promise<StoredConfig[]> {
    return this.database.query<StoredConfig>(
      `SELECT ${COLUMNS} FROM app_config_versions WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
      [beforeId ?? null, limit + 1],
    );
  }

  /** Makes every other change wait until the running transaction ends. */
  async lock(): Promise<void> {
    await this.database.query(`SELECT pg_advisory_xact_lock(hashtextextended('app-config', 0))`);
  }

  /** Stores a version that is not in force yet; undefined when there is one of this name. */
  add(name: string, data: ConfigData, baseHash: string, adminId: number): Promise<StoredConfig | undefined> {
    return this.database.first<StoredConfig>(
      `INSERT INTO app_config_versions (config_version, config_data, base_hash, created_by_id, created_at)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (config_version) DO NOTHING RETURNING ${COLUMNS}`,
      [name, JSON.stringify(data), baseHash, adminId, this.clock.now()],
    );
  }

  async find(id: number): Promise<StoredConfig | undefined> {
    return this.database.first<StoredConfig>(`SELECT ${COLUMNS} FROM app_config_versions WHERE id = $1`, [id]);
  }

  /** Puts a version in force in the running transaction; undefined when there is none of this id. */
  async activate(id: number): Promise<StoredConfig | undefined> {
    const touched = await this.database.execute(
      `UPDATE app_config_versions SET activated_at = $2,
         activation = (SELECT coalesce(max(activation), 0) + 1 FROM app_config_versions) WHERE id = $1`,
      [id, this.clock.now()],
    );
    if (touched === 0) return undefined;
    await this.database.query('SELECT pg_notify($1, $2)', [APP_CONFIG_CHANNEL, String(id)]);
    return this.active();
  }
}
