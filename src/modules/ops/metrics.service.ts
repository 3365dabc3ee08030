/**
 * Prometheus metrics on a port of their own.
 * Keeps: a port that is taken is logged and does not stop the platform; METRICS_PORT=0 means none.
 */
import { createServer, type Server } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';

@Injectable()
export class MetricsService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #registry = new Registry();
  #server: Server | undefined;

  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    const { METRICS_PORT, METRICS_HOST } = this.config.process;
    if (METRICS_PORT === 0) return;
    collectDefaultMetrics({ register: this.#registry });
    this.#declare();
    this.#server = createServer((_request, response) => {
      this.#registry.metrics().then(
        (text) => response.writeHead(200, { 'Content-Type': this.#registry.contentType }).end(text),
        (error: unknown) => {
          this.logger.warn('metrics could not be read', { error });
          response.writeHead(503).end();
        },
      );
    });
    this.#server.on('error', (error) => this.logger.warn('metrics are not served', { port: METRICS_PORT, error }));
    this.#server.listen(METRICS_PORT, METRICS_HOST);
    this.#server.unref();
  }

  onModuleDestroy(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #declare(): void {
    const registers = [this.#registry];
    const { database, work } = this;
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
}
