/**
 * Reads and changes the layers that plans are resolved from: platform, source, user.
 * Keeps: what is stored was checked when it was written; a change replaces the whole layer.
 */
import { Injectable } from '@nestjs/common';
import type { DcaSettings } from '../../domain/plan/user-plan.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

const PLATFORM_KEY = 'plan';

export interface StoredUserPlan {
  readonly plan: Record<string, unknown>;
  readonly dca: DcaSettings;
}

export interface StoredSource {
  readonly id: number;
  readonly code: string;
  readonly owner_id: number | null;
  readonly plan: Record<string, unknown>;
}

@Injectable()
export class PlanLayersRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async platform(): Promise<Record<string, unknown>> {
    const sql = 'SELECT value FROM platform_settings WHERE key = $1';
    return (await this.database.first<{ value: Record<string, unknown> }>(sql, [PLATFORM_KEY]))?.value ?? {};
  }

  async changePlatform(plan: object, byId: number): Promise<void> {
    await this.database.execute(
      `INSERT INTO platform_settings (key, value, updated_by_id, updated_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_by_id = excluded.updated_by_id,
         updated_at = excluded.updated_at`,
      [PLATFORM_KEY, JSON.stringify(plan), byId, this.clock.now()],
    );
  }

  source(id: number): Promise<StoredSource | undefined> {
    return this.database.first<StoredSource>('SELECT id, code, owner_id, plan FROM sources WHERE id = $1', [id]);
  }

  async changeSource(id: number, plan: object): Promise<void> {
    await this.database.execute('UPDATE sources SET plan = $2 WHERE id = $1', [id, JSON.stringify(plan)]);
  }

  async user(userId: number): Promise<StoredUserPlan | undefined> {
    const row = await this.database.first<{
      plan: Record<string, unknown>;
      dca_enabled: boolean;
      dca_steps: number;
      dca_step_percent: string;
    }>('SELECT plan, dca_enabled, dca_steps, dca_step_percent FROM user_settings WHERE user_id = $1', [userId]);
    if (row === undefined) return undefined;
    const dca = { enabled: row.dca_enabled, steps: row.dca_steps, stepPercent: row.dca_step_percent };
    return { plan: row.plan, dca };
  }

  async changeUser(userId: number, stored: object): Promise<boolean> {
    const touched = await this.database.execute(
      'UPDATE user_settings SET plan = $2, updated_at = $3 WHERE user_id = $1',
      [userId, JSON.stringify(stored), this.clock.now()],
    );
    return touched === 1;
  }

  /** The signal's own layer and its source. */
  signal(id: number): Promise<{ plan: Record<string, unknown>; source_id: number } | undefined> {
    return this.database.first('SELECT plan, source_id FROM signals WHERE id = $1', [id]);
  }
}
