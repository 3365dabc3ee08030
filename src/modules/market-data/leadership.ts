/**
 * Decides which process watches the market: the one that holds a session lock on its notification connection.
 * Keeps: at most one leader per database; a lost connection or a lock that cannot be confirmed ends leadership at once;
 * a leader that stands still is replaced; leader-only work is served only after the newly leading process is ready, and no
 * more as soon as it is not.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Cancel, Clock } from '../../platform/clock/clock.js';
import type { Notifications } from '../../platform/database/notifications.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { WorkRunner } from '../../platform/work/work-runner.js';

export const LEADER_LOCK = 'market-watch';

/** How often a follower asks for the lock, and a leader whether it still has it. */
export const LEADER_RETRY_MS = 1_000;

/** A process that just lost the lock lets the others go first for this long. */
const STEP_BACK_MS = 4 * LEADER_RETRY_MS;

/** A leader that has not confirmed its lock for this long stands still: others end its session and take over. */
export const SILENT_LEADER_MS = 10_000;

/** Prepares for leading (true) or gives it up (false). Runs are never concurrent. */
export type LeadershipChange = (leading: boolean) => Promise<void>;

export class Leadership {
  #change: LeadershipChange = () => Promise.resolve();
  #timer: Cancel | undefined;
  /** The lock is ours, as far as we know. */
  #held = false;
  /** What `change` was last told. */
  #told = false;
  #ready = false;
  #asking = false;
  #settling: Promise<void> | undefined;
  #notBeforeMs = -Infinity;

  constructor(
    private readonly notifications: Notifications,
    private readonly runner: WorkRunner,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** True from the moment at which everything is ready until leadership ends. */
  get isLeading(): boolean {
    return this.#ready && this.#held;
  }

  /** Begins to ask for the lock; `change` and all that follows run in the caller's asynchronous context. */
  start(change: LeadershipChange): void {
    if (this.#timer !== undefined) throw new Error('Leadership is started twice');
    this.#change = change;
    this.#timer = this.clock.every(LEADER_RETRY_MS, () => void this.#ask());
    this.notifications.onConnect(AsyncResource.bind(() => void this.#ask()));
    this.notifications.onDisconnect(AsyncResource.bind(() => this.#lose('the connection that held the lock is gone')));
    void this.#ask();
  }

  /**
   * Gives leadership up, waits until that and the leader-only work under way is done, and hands the lock over: the next
   * leader need not wait for whatever else this process has to finish.
   */
  async stop(): Promise<void> {
    if (this.#timer === undefined) return;
    this.#timer();
    this.#timer = undefined;
    this.#held = false;
    await this.#settle();
    await this.runner.leaderWorkDone();
    await this.notifications.releaseLocks();
  }

  async #ask(): Promise<void> {
    if (this.#timer === undefined || this.#asking) return;
    if (!this.#held && this.clock.monotonicMs() < this.#notBeforeMs) return;
    this.#asking = true;
    try {
      const locked = await this.notifications.tryLock(LEADER_LOCK);
      if (this.#timer === undefined) return;
      if (locked) this.#held = true;
      else if (this.#held) this.#lose('the lock could not be confirmed');
      else if (await this.notifications.endSilentHolder(LEADER_LOCK, SILENT_LEADER_MS)) {
        this.logger.warn('the process that watched the market stood still: its session was ended');
      }
    } finally {
      this.#asking = false;
    }
    // Outside the guard: whoever takes long to get ready goes on confirming the lock, or would pass for one that stands still.
    await this.#settle();
  }

  #lose(reason: string): void {
    if (!this.#held) return;
    this.#held = false;
    this.#notBeforeMs = this.clock.monotonicMs() + STEP_BACK_MS;
    this.logger.warn('this process no longer watches the market', { reason });
    void this.#settle();
  }

  /** Brings what was told in line with what is held; one run at a time, until both agree. */
  #settle(): Promise<void> {
    if (!this.#held && this.#ready) {
      this.#ready = false;
      this.runner.lead(false);
    }
    this.#settling ??= this.#bringInLine().finally(() => (this.#settling = undefined));
    return this.#settling;
  }

  async #bringInLine(): Promise<void> {
    // Not before the next turn, so that `#settling` is set by the time this ends.
    await Promise.resolve();
    while (this.#held !== this.#told) {
      if (this.#held) await this.#rise();
      else await this.#fall();
    }
  }

  async #rise(): Promise<void> {
    this.#told = true;
    try {
      await this.#change(true);
    } catch (error) {
      this.logger.error('this process could not take over the market watch and will try again', { error });
      this.#held = false;
      return;
    }
    if (!this.#held) return;
    this.#ready = true;
    this.logger.info('this process watches the market');
    this.runner.lead(true);
  }

  async #fall(): Promise<void> {
    this.#told = false;
    try {
      await this.#change(false);
    } catch (error) {
      this.logger.error('giving up the market watch failed', { error });
    }
  }
}
