/**
 * The scheduled heart of trading: every WORKER_POLL_SECONDS it sweeps for work whose announcement was lost, for new
 * positions that the books have not heard of, and for symbols that nobody needs any more.
 * Also connects the pieces at start: handlers to the runner, prices and leadership to the trigger engine.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Notifications } from '../../platform/database/notifications.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { SafetyView } from '../safety/safety-view.service.js';
import { FlattenHandler } from './commands/flatten.handler.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { CloseHandler } from './commands/close.handler.js';
import { EditHandler } from './commands/edit.handler.js';
import { CrossMargin } from './triggers/cross-margin.service.js';
import { DuePositions } from './triggers/due-positions.service.js';
import { PAGE_QUEUE, type SignalPage } from './fan-out/dispatch.service.js';
import { BOOK_CHANNEL, type NewPositions, PageHandler } from './fan-out/page.handler.js';
import { PositionStateRepository } from './changes/position-state.repository.js';
import { SignalHandler } from './signals/signal.handler.js';
import { TriggerEngine } from './triggers/trigger-engine.service.js';

export interface SchedulerParts {
  readonly runner: WorkRunner;
  readonly notifications: Notifications;
  readonly watch: MarketWatch;
  readonly engine: TriggerEngine;
  readonly positions: PositionStateRepository;
  readonly cross: CrossMargin;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signals: SignalHandler;
  readonly pages: PageHandler;
  readonly closes: CloseHandler;
  readonly edits: EditHandler;
  readonly due: DuePositions;
  readonly flattens: FlattenHandler;
  readonly safety: SafetyView;
}

@Injectable()
export class TradingScheduler implements OnModuleInit {
  #lastSweep: Date | undefined;
  /** Work items of pages whose positions are armed, as far back as the sweep looks. */
  #tracked = new Set<number>();
  #polledAt = 0;

  constructor(
    private readonly parts: SchedulerParts,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    if (!this.client.capabilities.settlesInline) {
      throw new Error(`The venue ${this.client.code} sends orders over a network, which this version cannot do`);
    }
    const { runner, watch, engine, notifications } = this.parts;
    const { signals, pages, closes, edits, flattens } = this.parts;
    for (const handler of [signals, pages, closes, edits, flattens]) runner.register(handler);
    watch.onTick((tick) => engine.onTick(tick));
    watch.onLeading((leading) => (leading ? engine.lead() : engine.rest()));
    this.parts.safety.onChange(() => engine.reconsider());
    notifications.subscribe(BOOK_CHANNEL, (payload) => void this.#trackPage(JSON.parse(payload) as NewPositions));
  }

  /** Looks every second whether the poll period is over. */
  @Interval('trading-sweep', 1_000)
  async poll(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    const now = this.parts.clock.monotonicMs();
    if (now - this.#polledAt < this.config.trading.WORKER_POLL_SECONDS * 1_000) return;
    this.#polledAt = now;
    await this.sweep();
  }

  /** What time alone changes, and what only memory knows yet. */
  @Interval('trading-clock', 1_000)
  async tickClock(): Promise<void> {
    if (this.config.process.ROLE === 'api' || !this.parts.engine.isLeading) return;
    await this.parts.database.inLane('worker', async () => {
      await this.parts.due.round();
      await this.parts.engine.reviewAccounts();
      await this.parts.engine.savePeaks();
    });
  }

  /** The safety net: everything that a lost notification would have told. */
  async sweep(): Promise<void> {
    this.parts.runner.sweep();
    if (!this.parts.engine.isLeading) return;
    const now = this.parts.clock.now();
    const since = this.#lastSweep ?? new Date(now.getTime() - this.config.trading.WORKER_POLL_SECONDS * 2_000);
    try {
      const pages = await this.#pagesFinishedSince(since);
      const missed = pages.filter(({ id }) => !this.parts.pages.armed.delete(id) && !this.#tracked.has(id));
      const { positions } = this.parts;
      const signalIds = [...new Set(missed.map(({ payload }) => payload.signal_id))];
      if (signalIds.length > 0) await this.#track(() => positions.liveIdsOfSignals(signalIds));
      await this.parts.cross.noteBooked(since);
      this.#tracked = new Set(pages.map(({ id }) => id));
      this.#lastSweep = new Date(now.getTime() - OVERLAP_MS);
      this.parts.engine.releaseSymbols();
    } catch (error) {
      this.parts.logger.warn('the trading sweep failed', { error });
    }
  }

  #pagesFinishedSince(since: Date): Promise<{ id: number; payload: SignalPage }[]> {
    return this.parts.database.query<{ id: number; payload: SignalPage }>(
      `SELECT id, payload FROM work_items WHERE finished_at >= $1 AND queue = $2 AND state = 'done' ORDER BY id`,
      [since, PAGE_QUEUE],
    );
  }

  async #trackPage([workId, first, last]: NewPositions): Promise<void> {
    if (!this.parts.engine.isLeading) return;
    try {
      await this.#track(() => this.parts.positions.liveIdsBetween(first, last));
      this.#tracked.add(workId);
    } catch (error) {
      this.parts.logger.warn('new positions could not be armed at once; the sweep will', { error });
    }
  }

  /** Arms those positions that are not. */
  async #track(read: () => Promise<{ id: number }[]>): Promise<void> {
    const { database, positions, engine } = this.parts;
    await database.inLane('worker', async () => {
      const missing = (await read()).flatMap(({ id }) => (engine.isArmed(id) ? [] : [id]));
      engine.refreshPositions(await positions.liveOf(missing));
    });
  }
}

/** Sweeps look this far back beyond the last one, because a transaction is seen later than its time stamp says. */
const OVERLAP_MS = 30_000;
