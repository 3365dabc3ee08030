/**
 * How the platform is, in figures: database, work queue, prices, broadcasts, workers.
 * Keeps: only a database that is away makes it unready; everything else degrades visibly. Asks over connections of its
 * own, each question for at most two seconds, and many askers at once are one: a check that fails says so, and no more.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { POSITION_CLOSE_QUEUE, POSITION_EDIT_QUEUE } from '../positions/position-work.js';
import { FLATTEN_QUEUE } from '../safety/safety-work.js';
import { SIGNAL_QUEUE } from '../signals/signal-work.js';

/** Figures are null where they could not be read in time. */
export interface HealthChecks {
  readonly database: { readonly ok: boolean; readonly ms: number };
  readonly queue: {
    readonly ok: boolean;
    readonly open: number | null;
    readonly dead: number | null;
    readonly oldest_due_seconds: number | null;
    /** A cancel, close or other order that is not done: whether it waits, as for a price, or is being tried. */
    readonly oldest_order_seconds: number | null;
  };
  readonly prices: {
    readonly ok: boolean;
    readonly symbols: number | null;
    readonly newest_age_seconds: number | null;
  };
  /** Deliveries of the last day that were given up. */
  readonly broadcast: { readonly ok: boolean; readonly given_up: number | null };
  /** Whether chats are listened to; `state` is off where nobody asked for it. */
  readonly listening: {
    readonly ok: boolean;
    readonly state: string | null;
    readonly reason: string;
    readonly beat_age_seconds: number | null;
  };
  /** Workers that are connected now, counted by their listening connections. */
  readonly workers: { readonly ok: boolean; readonly active: number | null };
}

const LATE_SECONDS = 60;

/** A listener says how it goes every half minute. */
const SILENT_LISTENER_SECONDS = 90;

/** What somebody ordered of positions: it waits for a price at most. */
const ORDERS: ReadonlySet<string> = new Set([SIGNAL_QUEUE, POSITION_CLOSE_QUEUE, POSITION_EDIT_QUEUE, FLATTEN_QUEUE]);

const UNKNOWN = {
  queue: { ok: false, open: null, dead: null, oldest_due_seconds: null, oldest_order_seconds: null },
  prices: { ok: false, symbols: null, newest_age_seconds: null },
  broadcast: { ok: false, given_up: null },
  listening: { ok: false, state: null, reason: '', beat_age_seconds: null },
  workers: { ok: false, active: null },
};

@Injectable()
export class HealthService {
  #running: Promise<HealthChecks> | undefined;

  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Never rejects. Whoever asks while it is being found out gets the same answer. */
  checks(): Promise<HealthChecks> {
    this.#running ??= this.database.inLane('health', () => this.#all()).finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #all(): Promise<HealthChecks> {
    const [database, queue, prices, broadcast, listening, workers] = await Promise.all([
      this.#database(),
      this.#attempt('queue', () => this.#queue()),
      this.#attempt('prices', () => this.#prices()),
      this.#attempt('broadcast', () => this.#broadcast()),
      this.#attempt('listening', () => this.#listening()),
      this.#attempt('workers', () => this.#workers()),
    ]);
    return { database, queue, prices, broadcast, listening, workers };
  }

  async #attempt<Name extends keyof typeof UNKNOWN>(
    name: Name,
    check: () => Promise<HealthChecks[Name]>,
  ): Promise<HealthChecks[Name]> {
    try {
      return await check();
    } catch (error) {
      this.logger.warn('a health check failed', { check: name, error });
      return UNKNOWN[name] as HealthChecks[Name];
    }
  }

  async #database(): Promise<HealthChecks['database']> {
    const start = this.clock.monotonicMs();
    const ms = () => Math.round(this.clock.monotonicMs() - start);
    return this.database.query('SELECT 1').then(
      () => ({ ok: true, ms: ms() }),
      () => ({ ok: false, ms: ms() }),
    );
  }

  async #queue(): Promise<HealthChecks['queue']> {
    const depths = await this.work.depth();
    const now = this.clock.now().getTime();
    const oldest = (times: readonly (Date | null)[]) =>
      Math.max(0, ...times.map((at) => Math.round((now - (at?.getTime() ?? now)) / 1_000)));
    const due = oldest(depths.map(({ oldest_due }) => oldest_due));
    const order = oldest(depths.filter(({ queue }) => ORDERS.has(queue)).map(({ oldest_open }) => oldest_open));
    const sum = (pick: 'open' | 'dead') => depths.reduce((total, depth) => total + depth[pick], 0);
    return {
      ok: Math.max(due, order) < LATE_SECONDS,
      open: sum('open'),
      dead: sum('dead'),
      oldest_due_seconds: due,
      oldest_order_seconds: order,
    };
  }

  async #prices(): Promise<HealthChecks['prices']> {
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

  async #broadcast(): Promise<HealthChecks['broadcast']> {
    const since = new Date(this.clock.now().getTime() - 86_400_000);
    const row = await this.database.first<{ count: number }>(
      `SELECT count(*) AS count FROM deliveries WHERE status = 'DEAD' AND created_at >= $1`,
      [since],
    );
    const given_up = row?.count ?? 0;
    return { ok: given_up === 0, given_up };
  }

  async #listening(): Promise<HealthChecks['listening']> {
    if (this.config.telegram.TELEGRAM_LISTEN === 'off')
      return { ok: true, state: 'off', reason: '', beat_age_seconds: null };
    const row = await this.database.first<{ state: string; reason: string; beat_at: Date }>(
      'SELECT state, reason, beat_at FROM telegram_listener WHERE id = 1',
    );
    if (row === undefined) return { ok: false, state: 'starting', reason: '', beat_age_seconds: null };
    const age = Math.max(0, Math.round((this.clock.now().getTime() - row.beat_at.getTime()) / 1_000));
    const isAlive = age <= SILENT_LISTENER_SECONDS;
    return { ok: isAlive && row.state === 'listening', state: row.state, reason: row.reason, beat_age_seconds: age };
  }

  async #workers(): Promise<HealthChecks['workers']> {
    const row = await this.database.first<{ count: number }>(
      `SELECT count(*) AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'verzek-listen-worker%'`,
    );
    const active = row?.count ?? 0;
    return { ok: active > 0, active };
  }
}
