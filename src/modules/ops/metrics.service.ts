/**
 * Prometheus metrics on a port of their own: HTTP durations, queues, positions, deliveries, prices, connections, process.
 * Keeps: labels are routes and states, never ids or addresses; a port that is taken stops the start,
 * because whoever reads there would read another process; METRICS_PORT=0 means none.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { InvariantsService } from './invariants/invariants.service.js';

/** Seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

@Injectable()
export class MetricsService implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  readonly #registry = new Registry();
  #server: Server | undefined;

  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly logger: Logger,
    private readonly http: HttpAdapterHost,
    private readonly invariants: InvariantsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Hooks must be there before the first request makes the server ready. */
  onModuleInit(): void {
    if (this.config.process.METRICS_PORT === 0) return;
    const durations = new Histogram({
      name: 'verzek_http_request_seconds',
      help: 'Time to answer, by route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATION_BUCKETS,
      registers: [this.#registry],
    });
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'unknown';
      const labels = { method: request.method, route, status: String(reply.statusCode) };
      durations.observe(labels, reply.elapsedTime / 1_000);
      done();
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { METRICS_PORT, METRICS_HOST } = this.config.process;
    if (METRICS_PORT === 0) return;
    collectDefaultMetrics({ register: this.#registry });
    this.#declare();
    this.#declareArchive();
    this.#declareAudit();
    this.#server = createServer((_request, response) => {
      this.#registry.metrics().then(
        (text) => response.writeHead(200, { 'Content-Type': this.#registry.contentType }).end(text),
        (error: unknown) => {
          this.logger.warn('metrics could not be read', { error });
          response.writeHead(503).end();
        },
      );
    });
    await once(this.#server.listen(METRICS_PORT, METRICS_HOST), 'listening');
    this.#server.on('error', (error) => this.logger.warn('metrics are not served', { port: METRICS_PORT, error }));
    this.#server.unref();
  }

  onModuleDestroy(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #declare(): void {
    const registers = [this.#registry];
    const { database, work, invariants } = this;
    new Gauge({
      name: 'verzek_invariant_violations',
      help: 'What breaks each invariant of docs/invariants.md, at the last check; in the process that watches the market',
      labelNames: ['name'],
      registers,
      collect() {
        this.reset();
        for (const [name, count] of invariants.counts ?? []) this.set({ name }, count);
      },
    });
    new Gauge({
      name: 'verzek_work_items',
      help: 'Work items by queue and state',
      labelNames: ['queue', 'state'],
      registers,
      async collect() {
        this.reset();
        for (const { queue, open, dead } of await work.depth()) {
          this.set({ queue, state: 'open' }, open);
          this.set({ queue, state: 'dead' }, dead);
        }
      },
    });
    new Gauge({
      name: 'verzek_positions',
      help: 'Live positions by status',
      labelNames: ['status'],
      registers,
      async collect() {
        this.reset();
        const rows = await database.query<{ status: string; count: number }>(
          `SELECT status, count(*) AS count FROM positions WHERE status IN ('PENDING', 'OPEN', 'PARTIAL') GROUP BY status`,
        );
        for (const { status, count } of rows) this.set({ status }, count);
      },
    });
    new Gauge({
      name: 'verzek_deliveries',
      help: 'Broadcast deliveries of the last day by channel and state',
      labelNames: ['channel', 'state'],
      registers,
      async collect() {
        this.reset();
        const rows = await database.query<{ channel: string; state: string; count: number }>(
          `SELECT channel, status AS state, count(*) AS count FROM deliveries
           WHERE created_at > now() - interval '1 day' GROUP BY channel, status`,
        );
        for (const { channel, state, count } of rows) this.set({ channel, state }, count);
      },
    });
    new Gauge({
      name: 'verzek_price_age_seconds',
      help: 'Age of the last price of each symbol with live positions',
      labelNames: ['symbol'],
      registers,
      async collect() {
        this.reset();
        const rows = await database.query<{ symbol: string; age: string }>(
          `SELECT symbol, extract(epoch FROM now() - observed_at) AS age FROM market_prices
           WHERE symbol IN (SELECT symbol FROM positions WHERE status IN ('PENDING', 'OPEN', 'PARTIAL'))`,
        );
        for (const { symbol, age } of rows) this.set({ symbol }, Number(age));
      },
    });
    this.#declareSafety();
    new Gauge({
      name: 'verzek_pool_connections',
      help: 'Database connections by lane and state',
      labelNames: ['lane', 'state'],
      registers,
      collect() {
        for (const lane of ['http', 'worker'] as const) {
          for (const [state, count] of Object.entries(database.poolState(lane))) this.set({ lane, state }, count);
        }
      },
    });
  }

  #declareArchive(): void {
    const registers = [this.#registry];
    const { database } = this;
    new Gauge({
      name: 'verzek_archived_rows',
      help: 'Rows moved to the archive, by table',
      labelNames: ['table'],
      registers,
      async collect() {
        this.reset();
        const rows = await database.query<{ table: string; count: string }>(
          `SELECT pair.* FROM (SELECT sum(positions) AS positions, sum(orders) AS orders, sum(fills) AS fills,
             sum(trade_log) AS trade_log, sum(decisions) AS decisions, sum(ledger_transactions) AS ledger_transactions
             FROM archive_batches) AS batch,
           LATERAL (VALUES ('positions', positions), ('orders', orders), ('fills', fills), ('trade_log', trade_log),
             ('decisions', decisions), ('ledger_transactions', ledger_transactions)) AS pair ("table", count)`,
        );
        for (const { table, count } of rows) this.set({ table }, Number(count));
      },
    });
    new Gauge({
      name: 'verzek_oldest_ended_trade_age_seconds',
      help: 'How long ago the oldest ended trade ended that is not archived; 0 without one',
      registers,
      async collect() {
        const row = await database.first<{ age: string }>(
          `SELECT coalesce(extract(epoch FROM now() - min(closed_at)), 0) AS age FROM positions WHERE closed_at IS NOT NULL`,
        );
        this.set(Number(row?.age ?? 0));
      },
    });
  }

  #declareAudit(): void {
    const registers = [this.#registry];
    const { database } = this;
    new Gauge({
      name: 'verzek_audit_waiting',
      help: 'Rows of the audit trail that wait for their seals; they are sealed within seconds',
      registers,
      async collect() {
        const row = await database.first<{ waiting: number }>('SELECT count(*) AS waiting FROM audit_unsealed');
        this.set(row?.waiting ?? 0);
      },
    });
  }

  #declareSafety(): void {
    const registers = [this.#registry];
    const { database } = this;
    new Gauge({
      name: 'verzek_price_rejections',
      help: 'Ticks that were not believed, by reason, since they are counted',
      labelNames: ['reason'],
      registers,
      async collect() {
        this.reset();
        const rows = await database.query<{ reason: string; count: string }>(
          'SELECT reason, sum(count) AS count FROM price_rejections GROUP BY reason',
        );
        for (const { reason, count } of rows) this.set({ reason }, Number(count));
      },
    });
    new Gauge({
      name: 'verzek_trading_stops',
      help: 'Safety switches in force by scope, and circuit breakers that are not closed',
      labelNames: ['kind', 'scope'],
      registers,
      async collect() {
        this.reset();
        const rows = await database.query<{ kind: string; scope: string; count: number }>(
          `SELECT 'switch' AS kind, scope, count(*) AS count FROM safety_switches
           WHERE cleared_at IS NULL AND (expires_at IS NULL OR expires_at > now()) GROUP BY scope
           UNION ALL SELECT 'breaker', scope, count(*) FROM circuit_breakers WHERE state <> 'closed' GROUP BY scope`,
        );
        for (const { kind, scope, count } of rows) this.set({ kind, scope }, count);
      },
    });
  }
}
