/**
 * Starts a signal: fixes how it is entered and cuts its followers into pages, in one transaction.
 * Keeps: a signal is dispatched once; its pages exist exactly when it is dispatched; all followers enter by the same
 * rule and reference price.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { Decimal } from '../../../domain/money/decimal.js';
import type { EntryType } from '../../../domain/instrument/side.js';
import type { EntryLeg, LayoutRefusal } from '../../../domain/plan/lay-out.js';
import { openSignal, signalOnCommand, type SignalStep } from '../../../domain/signal/signal-progress.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import { type NewWork, WorkQueue } from '../../../platform/work/work-queue.js';
import { NotYet } from '../../../platform/work/work-runner.js';
import { pricedLine, SIGNAL_QUEUE } from '../../signals/signal-work.js';
import { FollowersRepository, type PageRange } from './followers.repository.js';
import { SignalPlans } from './signal-plans.service.js';
import { SignalStateRepository, type StoredSignal } from '../signals/signal-state.repository.js';

type Mode =
  { readonly type: EntryType; readonly price: Decimal } | { readonly type: 'REFUSED'; readonly reason: LayoutRefusal };

/** Fan-out pages: served by every worker. */
export const PAGE_QUEUE = 'signal.page';

export interface SignalPage extends PageRange {
  readonly signal_id: number;
  readonly symbol: string;
  /** Why everybody is refused, if so. */
  readonly refusal: string | null;
}

export interface DispatchParts {
  readonly database: Database;
  readonly signals: SignalStateRepository;
  readonly followers: FollowersRepository;
  readonly plans: SignalPlans;
  readonly work: WorkQueue;
  readonly clock: Clock;
}

@Injectable()
export class DispatchService {
  constructor(
    private readonly parts: DispatchParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Dispatches within one transaction together with `complete`. `market` is the price of the moment, if there is one.
   * Answers the signal as it then stands. Throws `NotYet` where it was edited since it was read.
   */
  async dispatch(
    signal: StoredSignal,
    market: string | undefined,
    complete: () => Promise<void>,
  ): Promise<StoredSignal> {
    const price = market === undefined ? undefined : Decimal.of(market);
    const [mode, ranges] = await Promise.all([
      this.#mode(signal, price),
      this.parts.followers.pages(this.config.trading.FANOUT_PAGE_SIZE),
    ]);
    return this.parts.database.transaction(async () => {
      const locked = (await this.parts.signals.lock(signal.id)) ?? signal;
      if (locked.editVersion !== signal.editVersion) throw new NotYet('it was edited', this.parts.clock.now());
      const isNew = locked.dispatchedAt === null && locked.status === 'NEW';
      const dispatched = isNew ? await this.#start(locked, mode, price, ranges) : locked;
      await complete();
      return dispatched;
    });
  }

  /**
   * Whether pages of an earlier signal on this symbol are still being worked on, and whether earlier work on it still waits
   * for a price.
   */
  async lineOf(symbol: string): Promise<{ readonly hasPages: boolean; readonly waitsForPrice: boolean }> {
    const row = await this.parts.database.first<{ hasPages: boolean; waitsForPrice: boolean }>(
      `SELECT
         EXISTS (SELECT 1 FROM work_items WHERE queue = $1 AND state = 'open' AND payload ->> 'symbol' = $2) AS "hasPages",
         EXISTS (SELECT 1 FROM work_items WHERE queue = $3 AND state = 'open' AND serial_key = $4) AS "waitsForPrice"`,
      [PAGE_QUEUE, symbol, SIGNAL_QUEUE, pricedLine(symbol)],
    );
    return row ?? { hasPages: false, waitsForPrice: false };
  }

  /** How the signal itself is entered, by its own plan and without any follower's. */
  async #mode(signal: StoredSignal, price: Decimal | undefined): Promise<Mode> {
    const layout = this.parts.plans.ownLayout(await this.parts.plans.baseOf(signal, null), price);
    if ('refusal' in layout) return { type: 'REFUSED', reason: layout.refusal };
    return { type: layout.entryType, price: (layout.legs[0] as EntryLeg).price };
  }

  async #start(
    signal: StoredSignal,
    mode: Mode,
    price: Decimal | undefined,
    ranges: readonly PageRange[],
  ): Promise<StoredSignal> {
    const refusal = mode.type === 'REFUSED' ? mode.reason : null;
    const entryType = mode.type === 'REFUSED' ? null : mode.type;
    const marked = await this.parts.signals.markDispatched(signal, entryType, price ?? null);
    const step = this.#firstStep(marked, mode, price);
    if (step !== undefined) await this.parts.signals.writeStep(step, null);
    await this.parts.work.enqueue(pagesOf(signal, ranges, refusal));
    killPoint('dispatch:pages-written');
    return { ...marked, ...step?.after };
  }

  #firstStep(signal: StoredSignal, mode: Mode, price: Decimal | undefined): SignalStep | undefined {
    const at = this.parts.clock.now();
    if (mode.type === 'REFUSED') {
      return signalOnCommand(signal, { kind: 'cancel', reason: mode.reason }, price ?? signal.entry, at);
    }
    return mode.type === 'MARKET' ? openSignal(signal, mode.price, at) : undefined;
  }
}

function pagesOf(signal: StoredSignal, ranges: readonly PageRange[], refusal: string | null): NewWork[] {
  return ranges.map((range, index) => {
    const payload: SignalPage = { ...range, signal_id: signal.id, symbol: signal.symbol, refusal };
    return { queue: PAGE_QUEUE, key: `${signal.id}:${index}`, payload: { ...payload } };
  });
}
