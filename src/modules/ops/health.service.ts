/**
 * How the platform is, in figures: database, work queue, prices.
 * Keeps: only a database that is away makes it unready; everything else degrades visibly.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { WorkQueue } from '../../platform/work/work-queue.js';

export interface HealthChecks {
  readonly database: { readonly ok: boolean; readonly ms: number };
  readonly queue?: {
    readonly ok: boolean;
    readonly open: number;
    readonly dead: number;
    readonly oldest_due_seconds: number;
  };
  readonly prices?: { readonly ok: boolean; readonly symbols: number; readonly newest_age_seconds: number | null };
}

const LATE_SECONDS = 60;

@Injectable()
export class HealthService {
  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async checks(): Promise<HealthChecks> {
    const start = this.clock.monotonicMs();
    try {
      await this.database.query('SELECT 1');
    } catch {
      return { database: { ok: false, ms: this.#since(start) } };
    }
    const database = { ok: true, ms: this.#since(start) };
    const [queue, prices] = await Promise.all([this.#queue(), this.#prices()]);
    return { database, queue, prices };
  }

  /** Workers that are connected now, counted by their listening connections. */
  async activeWorkers(): Promise<number> {
    const row = await this.database.first<{ count: number }>(
      `SELECT count(*) AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'verzek-listen-worker'`,
    );
    return row?.count ?? 0;
  }

  #since(start: number): number {
    return Math.round(this.clock.monotonicMs() - start);
  }

  async #queue(): Promise<NonNullable<HealthChecks['queue']>> {
    const depths = await this.work.depth();
    const now = this.clock.now().getTime();
    const ages = depths.flatMap(({ oldest_due }) => (oldest_due === null ? [] : [now - oldest_due.getTime()]));
    const oldest = Math.max(0, ...ages) / 1_000;
    const sum = (pick: 'open' | 'dead') => depths.reduce((total, depth) => total + depth[pick], 0);
    return { ok: oldest < LATE_SECONDS, open: sum('open'), dead: sum('dead'), oldest_due_seconds: Math.round(oldest) };
  }

  async #prices(): Promise<NonNullable<HealthChecks['prices']>> {
    const row = await this.database.first<{ symbols: number; newest: Date | null; needed: boolean }>(
      `SELECT count(*) AS symbols, max(observed_at) AS newest,
              EXISTS (SELECT 1 FROM positions WHERE status IN ('PENDING', 'OPEN', 'PARTIAL')) AS needed FROM market_prices`,
    );
    const newest = row?.newest ?? null;
    const age = newest === null ? null : Math.round((this.clock.now().getTime() - newest.getTime()) / 1_000);
    const fresh = age !== null && age <= this.config.prices.PRICE_STALE_SECONDS;
    const isReplay = this.config.prices.PRICE_FEED === 'replay';
    return { ok: fresh || isReplay || row?.needed !== true, symbols: row?.symbols ?? 0, newest_age_seconds: age };
  }
}
