/**
 * Serves fan-out pages: the work of the queue `signal.page`, on every worker.
 * Keeps: a page that keeps failing for its data is cut in halves until the follower that breaks it stands alone and is
 * refused, so nobody waits for somebody else's fault; a database that is away refuses nobody, it is tried again for ever; the leader learns of new positions by memory or by notification.
 */
import { Injectable } from '@nestjs/common';
import { Database, isPassingFault } from '../../../platform/database/database.js';
import { logContext } from '../../../platform/logging/context.js';
import { Logger } from '../../../platform/logging/logger.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import { type ClaimedWork, LeaseLostError, WorkQueue } from '../../../platform/work/work-queue.js';
import type { WorkHandler } from '../../../platform/work/work-runner.js';
import { PAGE_QUEUE, type SignalPage } from './dispatch.service.js';
import { FanOutService, type OpenedGroup, SignalEdited } from './fan-out.service.js';
import { PositionStateRepository } from '../changes/position-state.repository.js';
import { SignalStateRepository } from '../signals/signal-state.repository.js';
import { TriggerEngine } from '../triggers/trigger-engine.service.js';

/** Tells the leader, wherever it runs, of new positions. */
export const BOOK_CHANNEL = 'verzek_book';

/** What is told: the page's work item, and the lowest and the highest id of its positions. */
export type NewPositions = readonly [workId: number, firstId: number, lastId: number];

/** Attempts at a whole page before it is cut in two. */
const ATTEMPTS_BEFORE_SPLIT = 3;

export interface PageParts {
  readonly database: Database;
  readonly signals: SignalStateRepository;
  readonly positions: PositionStateRepository;
  readonly fanOut: FanOutService;
  readonly engine: TriggerEngine;
  readonly work: WorkQueue;
  readonly logger: Logger;
}

@Injectable()
export class PageHandler implements WorkHandler {
  readonly queue = PAGE_QUEUE;
  /** One is decided while two are written. */
  readonly concurrency = 3;
  /** Short, so that a killed worker's page is taken over soon; one that merely takes longer is fenced off. */
  readonly leaseMs = 5_000;
  readonly maxAttempts = 0;
  /** Work items of pages whose positions this process has armed itself; whoever has seen that takes them out. */
  readonly armed = new Set<number>();

  constructor(private readonly parts: PageParts) {}

  async handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const page = work.payload as unknown as SignalPage;
    logContext.add({ signal_id: page.signal_id });
    try {
      await this.#openNewest(work.id, page, complete);
    } catch (error) {
      const isPassing = error instanceof LeaseLostError || isPassingFault(error);
      if (isPassing || work.attempts < ATTEMPTS_BEFORE_SPLIT) throw error;
      this.parts.logger.error('a fan-out page keeps failing', { from: page.from_user, to: page.to_user, error });
      await this.#split(work, page, complete);
    }
  }

  /** By the newest version of the signal: whoever edits it waits for pages that hold it, so this comes to an end. */
  async #openNewest(workId: number, page: SignalPage, complete: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await this.#open(workId, page, complete);
      } catch (error) {
        if (!(error instanceof SignalEdited)) throw error;
      }
    }
  }

  async #open(workId: number, page: SignalPage, complete: () => Promise<void>): Promise<void> {
    const signal = await this.parts.signals.find(page.signal_id);
    if (signal === undefined) throw new Error(`signal ${page.signal_id} is gone`);
    const base = await this.parts.fanOut.baseOf(signal, page.refusal);
    const local = this.parts.engine.isLeading;
    const groups = await this.parts.database.transaction(async () => {
      const opened = await this.parts.fanOut.openPage(base, page);
      await complete();
      killPoint('fan-out:page-done');
      if (opened.length > 0 && !local) await this.#notify(workId, opened);
      return opened;
    });
    killPoint('fan-out:committed');
    if (!local) return;
    for (const { positions, plan } of groups) this.parts.engine.trackNew(positions, plan);
    this.armed.add(workId);
  }

  async #notify(workId: number, groups: readonly OpenedGroup[]): Promise<void> {
    const ids = groups.flatMap(({ positions }) => positions.map(({ id }) => id));
    const first = ids.reduce((least, id) => Math.min(least, id));
    const last = ids.reduce((most, id) => Math.max(most, id));
    const told: NewPositions = [workId, first, last];
    await this.parts.database.query('SELECT pg_notify($1, $2)', [BOOK_CHANNEL, JSON.stringify(told)]);
  }

  async #split(work: ClaimedWork, page: SignalPage, complete: () => Promise<void>): Promise<void> {
    await this.parts.database.transaction(async () => {
      if (page.from_user === page.to_user) {
        await this.parts.fanOut.refuseBroken(page.signal_id, page.from_user, 'the decision failed');
      } else {
        const middle = Math.floor((page.from_user + page.to_user) / 2);
        const half = (name: string, from: number, to: number) => ({
          queue: PAGE_QUEUE,
          key: `${work.key}${name}`,
          payload: { ...page, from_user: from, to_user: to },
        });
        await this.parts.work.enqueue([half('a', page.from_user, middle), half('b', middle + 1, page.to_user)]);
      }
      await complete();
    });
  }
}
