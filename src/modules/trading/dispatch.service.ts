/**
 * Starts a signal: fixes how it is entered and cuts its followers into pages, in one transaction.
 * Keeps: a signal is dispatched once; its pages exist exactly when it is dispatched; all followers enter by the same
 * rule and reference price.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Decimal } from '../../domain/money/decimal.js';
import { type EntryMode, entryMode } from '../../domain/sizing/entry-mode.js';
import { openSignal, signalOnCommand, type SignalStep } from '../../domain/signal/signal-progress.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { killPoint } from '../../platform/process/kill-point.js';
import { type NewWork, WorkQueue } from '../../platform/work/work-queue.js';
import { FollowersRepository, type PageRange } from './followers.repository.js';
import { SignalStateRepository, type StoredSignal } from './signal-state.repository.js';

/** Fan-out pages: served by every worker. */
export const PAGE_QUEUE = 'signal.page';

export interface SignalPage extends PageRange {
  readonly signal_id: number;
  readonly symbol: string;
  /** Why everybody is refused, if so. */
  readonly refusal: string | null;
}

@Injectable()
export class DispatchService {
  constructor(
    private readonly database: Database,
    private readonly signals: SignalStateRepository,
    private readonly followers: FollowersRepository,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Dispatches within one transaction together with `complete`. `market` is the price of the moment, if there is one.
   * Answers the signal as it then stands.
   */
  dispatch(signal: StoredSignal, market: string | undefined, complete: () => Promise<void>): Promise<StoredSignal> {
    const price = market === undefined ? undefined : Decimal.of(market);
    const mode = this.#mode(signal, price);
    return this.database.transaction(async () => {
      const locked = (await this.signals.lock(signal.id)) ?? signal;
      if (locked.dispatchedAt === null && locked.status === 'NEW') await this.#start(locked, mode, price);
      await complete();
      return (await this.signals.find(signal.id)) ?? locked;
    });
  }

  /** Whether pages of an earlier signal on this symbol are still being worked on. */
  async isBusy(symbol: string): Promise<boolean> {
    const row = await this.database.first(
      `SELECT 1 AS busy FROM work_items WHERE queue = $1 AND state = 'open' AND payload ->> 'symbol' = $2 LIMIT 1`,
      [PAGE_QUEUE, symbol],
    );
    return row !== undefined;
  }

  #mode(signal: StoredSignal, price: Decimal | undefined): EntryMode {
    const question = {
      side: signal.side,
      entry: signal.entry,
      stopLoss: signal.stopLoss,
      firstTarget: signal.targetPrices[0] as Decimal,
      tolerancePercent: Decimal.of(this.config.trading.ENTRY_TOLERANCE_PERCENT),
    };
    return entryMode(question, price);
  }

  async #start(signal: StoredSignal, mode: EntryMode, price: Decimal | undefined): Promise<void> {
    const refusal = mode.type === 'REFUSED' ? mode.reason : null;
    await this.signals.markDispatched(signal.id, mode.type === 'REFUSED' ? null : mode.type, price ?? null);
    const step = this.#firstStep(signal, mode, price);
    if (step !== undefined) await this.signals.writeStep(step, null);
    await this.work.enqueue(await this.#pages(signal, refusal));
    killPoint('dispatch:pages-written');
  }

  #firstStep(signal: StoredSignal, mode: EntryMode, price: Decimal | undefined): SignalStep | undefined {
    const at = this.clock.now();
    if (mode.type === 'REFUSED') {
      return signalOnCommand(signal, { kind: 'cancel', reason: mode.reason }, price ?? signal.entry, at);
    }
    return mode.type === 'MARKET' ? openSignal({ ...signal, entryType: 'MARKET' }, mode.price, at) : undefined;
  }

  async #pages(signal: StoredSignal, refusal: string | null): Promise<NewWork[]> {
    const size = await this.#pageSize();
    const ranges = await this.followers.pages(size);
    return ranges.map((range, index) => {
      const payload: SignalPage = { ...range, signal_id: signal.id, symbol: signal.symbol, refusal };
      return { queue: PAGE_QUEUE, key: `${signal.id}:${index}`, payload: { ...payload } };
    });
  }

  /** Small audiences are cut in two, so that both page slots of a worker have something to do. */
  async #pageSize(): Promise<number> {
    const { FANOUT_PAGE_SIZE } = this.config.trading;
    const count = await this.followers.count();
    return Math.max(1, Math.min(FANOUT_PAGE_SIZE, Math.ceil(count / 2)));
  }
}
