/**
 * Looks every two seconds at what happened and has it told.
 * Keeps: far behind trading: nothing is read while pages of followers are being written (for half a minute at most);
 * each page of rows, what is told of it and the cursor are one transaction, so a process that dies leaves no gap.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { type TellMany, type Told, TOLD_QUEUE } from '../../domain/notification/told.js';
import { PLAN_TIERS } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { PAGE_QUEUE } from '../trading/fan-out/dispatch.service.js';
import { type Fact, Notifier } from './notifier.service.js';
import { type CursorState, type Source, SourcesRepository } from './sources.repository.js';
import { signalTelling, summaryTelling, TOLD_SIGNAL_EVENTS, tradeTelling } from './texts.js';

const EVERY_MS = 2_000;

/** How long trading may keep notifications waiting. */
const MAX_BUSY_MS = 30_000;

/** Rows of a source that are looked at in one transaction. */
const ROWS = 2_000;

/** Users who are told in one transaction. */
const USERS = 1_000;

/** Told to the users of a signal's plans: payload `{ event_id }`. */
const SIGNAL_QUEUE = 'notification.signal';

export interface FeedParts {
  readonly sources: SourcesRepository;
  readonly notifier: Notifier;
  readonly entitlements: Entitlements;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class NotificationFeed implements OnModuleInit {
  #isRunning = false;
  #busySinceMs: number | undefined;

  constructor(
    private readonly parts: FeedParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    const common = { concurrency: 1, leaseMs: 60_000, maxAttempts: 0 };
    this.parts.runner.register({
      ...common,
      queue: SIGNAL_QUEUE,
      handle: (work) => this.#tellSignal(Number(work.payload.event_id)),
    });
    this.parts.runner.register({
      ...common,
      queue: TOLD_QUEUE,
      handle: (work, complete) => this.#tellTold(work, complete),
    });
  }

  @Interval('notifications', EVERY_MS)
  async look(): Promise<void> {
    if (this.config.process.ROLE === 'api' || this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.parts.database.inLane('worker', () => this.round());
    } catch (error) {
      this.parts.logger.warn('notifications could not be made yet', { error });
    } finally {
      this.#isRunning = false;
    }
  }

  /** Tells what can be told without a gap. */
  async round(): Promise<void> {
    const states = await this.parts.sources.states(PAGE_QUEUE);
    if (this.#mustWait(states)) return;
    for (const state of states) {
      const upTo = await this.#settled(state);
      if (upTo !== undefined) await this.#tellUpTo(state.source, upTo);
    }
  }

  #mustWait(states: readonly CursorState[]): boolean {
    const now = this.parts.clock.monotonicMs();
    if (!states.some(({ is_busy }) => is_busy)) {
      this.#busySinceMs = undefined;
      return false;
    }
    this.#busySinceMs ??= now;
    return now - this.#busySinceMs < MAX_BUSY_MS;
  }

  /** The id up to which no row can appear any more; undefined when there is nothing new that is settled. */
  async #settled(state: CursorState): Promise<number | undefined> {
    const { source, last_id, mark_id, mark_xmax, newest, xmin, xmax } = state;
    if (newest === null || newest <= last_id) return undefined;
    if (xmin === xmax) return newest;
    // A mark from beyond the present is of the server that the database was copied from.
    const isMarked = mark_id > last_id && BigInt(mark_xmax) <= BigInt(xmax);
    if (isMarked) return BigInt(xmin) >= BigInt(mark_xmax) ? mark_id : undefined;
    await this.parts.sources.mark(source, newest, xmax);
    return undefined;
  }

  async #tellUpTo(source: Source, upTo: number): Promise<void> {
    for (let more = true; more;) {
      more = await this.parts.database.transaction(async () => {
        const after = await this.parts.sources.lock(source);
        if (after === undefined || after >= upTo) return false;
        const end = Math.min(upTo, after + ROWS);
        await this.#tellPage(source, after, end);
        await this.parts.sources.advance(source, end);
        return end < upTo;
      });
    }
  }

  async #tellPage(source: Source, after: number, upTo: number): Promise<void> {
    const { sources, notifier, work } = this.parts;
    if (source === 'signal_events') {
      const events = await sources.signalEvents(after, upTo, TOLD_SIGNAL_EVENTS);
      return void (await work.enqueue(
        events.map(({ id, key }) => ({ queue: SIGNAL_QUEUE, key, payload: { event_id: id } })),
      ));
    }
    if (source === 'daily_reports') {
      const rows = await sources.summaries(after, upTo);
      return notifier.tell(rows.map((row) => ({ ...summaryTelling(row), userId: row.user_id })));
    }
    const rows = await sources.trades(after, upTo, this.#tiersWith('tradeNotifications'));
    const facts = rows.flatMap((row): Fact[] => {
      const telling = tradeTelling(row);
      return telling === undefined ? [] : [{ ...telling, userId: row.user_id }];
    });
    await notifier.tell(facts);
  }

  /** Pages are transactions of their own: a worker that dies begins anew, and tells nobody twice. */
  async #tellSignal(eventId: number): Promise<void> {
    const { sources, database, notifier } = this.parts;
    const row = await sources.signalEvent(eventId);
    const telling = row && signalTelling(row);
    if (telling === undefined) return;
    for (let after = 0, more = true; more;) {
      const users = await sources.subscribers(this.#tiersWith('signals'), after, USERS);
      await database.transaction(() => notifier.tell(users.map((userId) => ({ ...telling, userId }))));
      after = users.at(-1) ?? after;
      more = users.length === USERS;
    }
  }

  async #tellTold(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const { told = [], many } = work.payload as Told;
    await this.parts.database.transaction(async () => {
      const facts = told.map((about, index) => ({
        ...about,
        key: `told:${work.key}:${index}`,
        data: { type: about.event },
      }));
      await this.parts.notifier.tell([...facts, ...(many === undefined ? [] : factsOf(many))]);
      await this.parts.work.forget(work);
      await complete();
    });
  }

  #tiersWith(feature: 'signals' | 'tradeNotifications') {
    return PLAN_TIERS.filter((tier) => this.parts.entitlements.plan(tier)[feature]);
  }
}

function factsOf({ userIds, ...fact }: TellMany): Fact[] {
  return userIds.map((userId) => ({ ...fact, userId }));
}
