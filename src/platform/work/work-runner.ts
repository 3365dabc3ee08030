/**
 * Runs work: one loop per queue that claims due items and hands them to the queue's handler.
 * Keeps: at most `concurrency` items of a queue run here at once; a failed item is retried with backoff or becomes dead;
 * stopping waits for what runs; what this process holds without knowing is let go within moments. Leader-only queues are served only while this process watches the market.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { logContext } from '../logging/context.js';
import { Logger } from '../logging/logger.js';
import { redactText } from '../logging/redaction.js';
import { killPoint } from '../process/kill-point.js';
import { type ClaimedWork, LeaseLostError, WorkQueue } from './work-queue.js';

export interface WorkHandler {
  readonly queue: string;
  /** How many items may run at once in this process. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Claims after which the item is dead; 0 means never. */
  readonly maxAttempts: number;
  /** Served only by the process that watches the market. */
  readonly leaderOnly?: boolean;
  /**
   * Does the work. May complete the item itself, inside its transaction, with `complete`; otherwise it is completed
   * after this returns. Throwing gives it back; a `RetryLater` says when.
   */
  handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void>;
}

/** Thrown by a handler that knows when to try again, or (without a time) that trying again is useless. */
export class RetryLater extends Error {
  constructor(
    message: string,
    readonly at: Date | undefined,
  ) {
    super(message);
    this.name = 'RetryLater';
  }
}

/** The turn of the work has not come: looking was neither an attempt nor a failure, and makes no later pause longer. */
export class NotYet extends RetryLater {}

const BACKOFF_BASE_MS = 500;
const BACKOFF_LIMIT_MS = 60_000;

/** Thirds of a lease for which working on one item may go on. */
const MAX_PROLONGATIONS = 60;

/** A timer may fire a moment before the wall clock shows its time; looking too early would mean waiting for the sweep. */
const TIMER_SLACK_MS = 10;

/** A claim that is not answered for this long has lost its answer. */
const CLAIM_ANSWER_MS = 10_000;

interface Loop {
  readonly handler: WorkHandler;
  running: number;
  claiming: boolean;
  again: boolean;
}

@Injectable()
export class WorkRunner {
  readonly #loops = new Map<string, Loop>();
  readonly #active = new Set<Promise<void>>();
  readonly #leaderActive = new Set<Promise<void>>();
  /** Items that are worked on. */
  readonly #working = new Set<number>();
  readonly #holder: string;
  #started = false;
  #leading = false;

  constructor(
    private readonly queue: WorkQueue,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    holder: string,
  ) {
    this.#holder = holder;
  }

  register(handler: WorkHandler): void {
    if (this.#loops.has(handler.queue)) throw new Error(`Two handlers for the queue ${handler.queue}`);
    this.#loops.set(handler.queue, { handler, running: 0, claiming: false, again: false });
  }

  start(): void {
    this.#started = true;
    this.sweep();
  }

  /** Stops claiming and waits for what runs. */
  async stop(): Promise<void> {
    this.#started = false;
    while (this.#active.size > 0) await Promise.allSettled(this.#active);
  }

  /** Says whether this process serves the leader-only queues. A new leader takes over what the one before held. */
  lead(leading: boolean): void {
    this.#leading = leading;
    if (leading) this.#track(this.#takeOver());
  }

  /** Resolves when no leader-only work runs here any more. To be called after `lead(false)`. */
  async leaderWorkDone(): Promise<void> {
    while (this.#leaderActive.size > 0) await Promise.allSettled(this.#leaderActive);
  }

  /** Looks for due work in every queue: the safety net under the announcements. */
  sweep(): void {
    for (const queue of this.#loops.keys()) this.poke(queue);
    if (this.#started) this.#track(this.#releaseForgotten());
  }

  /** Looks for due work in one queue, because it was announced. */
  poke(queue: string): void {
    const loop = this.#loops.get(queue);
    if (loop === undefined || !this.#mayServe(loop)) return;
    if (loop.claiming) loop.again = true;
    else this.#track(this.database.inLane('worker', () => this.#fill(loop)));
  }

  #mayServe(loop: Loop): boolean {
    return this.#started && (loop.handler.leaderOnly !== true || this.#leading);
  }

  async #takeOver(): Promise<void> {
    const queues = [...this.#loops.values()].flatMap(({ handler }) =>
      handler.leaderOnly === true ? [handler.queue] : [],
    );
    try {
      await this.database.inLane('worker', () => this.queue.release(queues, this.#holder));
    } catch (error) {
      this.logger.warn('the work of the leader before could not be taken over; its leases will run out', { error });
    }
    this.sweep();
  }

  /** Under load a claim may be carried out after its caller has given up: nobody would work on it until its lease ends. */
  async #releaseForgotten(): Promise<void> {
    const now = this.clock.now().getTime();
    const until = [...this.#loops.values()].map(({ handler: { queue, leaseMs } }): [string, Date] => [
      queue,
      new Date(now + leaseMs - CLAIM_ANSWER_MS),
    ]);
    try {
      const release = () => this.queue.releaseForgotten(this.#holder, [...this.#working], until);
      for (const queue of await this.database.inLane('worker', release)) {
        this.logger.warn('work that this process held without knowing was let go', { queue });
        this.poke(queue);
      }
    } catch (error) {
      this.logger.warn('forgotten work could not be looked for; the next sweep will', { error });
    }
  }

  async #fill(loop: Loop): Promise<void> {
    loop.claiming = true;
    try {
      do {
        loop.again = false;
        const room = loop.handler.concurrency - loop.running;
        if (room <= 0 || !this.#mayServe(loop)) return;
        const { queue, leaseMs } = loop.handler;
        const claimed = await this.queue.claim(queue, this.#holder, room, leaseMs);
        for (const work of claimed) {
          loop.running += 1;
          this.#track(this.#run(loop, work), loop.handler.leaderOnly);
        }
      } while (loop.again);
    } catch (error) {
      this.logger.warn('claiming work failed', { queue: loop.handler.queue, error });
    } finally {
      loop.claiming = false;
    }
  }

  async #run(loop: Loop, work: ClaimedWork): Promise<void> {
    let completed = false;
    const complete = async (): Promise<void> => {
      await this.queue.complete(work);
      killPoint('work:completing');
      completed = true;
    };
    this.#working.add(work.id);
    const stopProlonging = this.#prolong(loop.handler, work);
    killPoint('work:claimed');
    try {
      await logContext.run({ work_id: work.id }, async () => {
        const began = this.clock.monotonicMs();
        await loop.handler.handle(work, complete);
        if (!completed) await complete();
        const { queue, key, attempts } = work;
        this.logger.info('work done', { queue, key, attempts, ms: Math.round(this.clock.monotonicMs() - began) });
      });
    } catch (error) {
      await this.#failed(loop.handler, work, error);
    } finally {
      stopProlonging();
      this.#working.delete(work.id);
      loop.running -= 1;
      this.poke(work.queue);
    }
  }

  /**
   * Keeps the lease of work that merely takes long, so that nobody begins it anew; a process that is killed or stopped
   * prolongs nothing. Bounded, so that work that hangs is given up in the end.
   */
  #prolong(handler: WorkHandler, work: ClaimedWork): () => void {
    let left = MAX_PROLONGATIONS;
    const stop = this.clock.every(handler.leaseMs / 3, () => {
      left -= 1;
      if (left < 0) return stop();
      this.queue.extend(work, handler.leaseMs).then(
        (isHeld) => (isHeld ? undefined : stop()),
        (error: unknown) => this.logger.warn('a lease could not be prolonged', { queue: work.queue, error }),
      );
    });
    return stop;
  }

  async #failed(handler: WorkHandler, work: ClaimedWork, error: unknown): Promise<void> {
    if (error instanceof LeaseLostError) {
      this.logger.warn(error.message, { queue: work.queue });
      return;
    }
    const retryAt = this.#retryAt(handler, work, error);
    const fields = { queue: work.queue, key: work.key, attempts: work.attempts, error };
    if (retryAt === undefined) this.logger.error('work is dead', fields);
    else if (!(error instanceof RetryLater)) this.logger.warn('work failed and will be tried again', fields);
    try {
      const message = error instanceof Error ? error.message : String(error);
      await this.queue.fail(work, redactText(message), retryAt, !(error instanceof NotYet));
    } catch (failure) {
      this.logger.warn('the failure of work could not be recorded; its lease will run out', { ...fields, failure });
      return;
    }
    if (retryAt !== undefined) {
      const wait = Math.max(0, retryAt.getTime() - this.clock.now().getTime()) + TIMER_SLACK_MS;
      this.clock.after(wait, () => this.poke(work.queue));
    }
  }

  #retryAt(handler: WorkHandler, work: ClaimedWork, error: unknown): Date | undefined {
    if (error instanceof RetryLater) return error.at;
    if (handler.maxAttempts > 0 && work.attempts >= handler.maxAttempts) return undefined;
    const delay = Math.min(BACKOFF_LIMIT_MS, BACKOFF_BASE_MS * 2 ** Math.min(work.attempts - 1, 10));
    return new Date(this.clock.now().getTime() + delay);
  }

  #track(task: Promise<void>, leaderOnly = false): void {
    const tracked = task.finally(() => {
      this.#active.delete(tracked);
      this.#leaderActive.delete(tracked);
    });
    this.#active.add(tracked);
    if (leaderOnly) this.#leaderActive.add(tracked);
  }
}
