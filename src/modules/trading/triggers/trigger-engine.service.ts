/**
 * Drives positions and signals from prices, in the one process that watches the market.
 * Keeps: a price that crosses triggers is noted durably, then applied in full, one price at a time per symbol; the books
 * are filled from the database before the first price is looked at, and what was touched is armed again from what was
 * written. A price that crosses nothing costs two comparisons.
 */
import { Injectable } from '@nestjs/common';
import { growsAt } from '../../../domain/position/on-price.js';
import type { PositionState } from '../../../domain/position/position.js';
import { signalOnPrice, type SignalState } from '../../../domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../../domain/signal/signal.js';
import { SIDES } from '../../../domain/instrument/side.js';
import { Decimal } from '../../../domain/money/decimal.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { Logger } from '../../../platform/logging/logger.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import type { Tick } from '../../../ports/price-feed.js';
import type { Peak } from '../../../domain/triggers/trail-book.js';
import { WorkQueue } from '../../../platform/work/work-queue.js';
import { MarketWatch } from '../../market-data/market-watch.service.js';
import { SafetyView } from '../../safety/safety-view.service.js';
import { signalWork } from '../../signals/signal-work.js';
import { armableNew, armablePosition, armableSignal, peakOf } from './armable.js';
import { Armory, type Fired } from './armory.js';
import { type Crossing, CrossingsRepository, type NotedCrossing } from './crossings.repository.js';
import { CrossMargin } from './cross-margin.service.js';
import { CHANGE_PAGE, PositionChanges } from '../changes/position-changes.service.js';
import type { LaidOut, OpenedPosition } from '../fan-out/entry-writer.repository.js';
import { PeaksRepository } from './peaks.repository.js';
import { PositionStateRepository } from '../changes/position-state.repository.js';
import { SignalStateRepository } from '../signals/signal-state.repository.js';
import { type Lane, MAX_WAITING, thinned } from './waiting-prices.js';

const LOAD_PAGE = 20_000;

const RETRY_BASE_MS = 100;
const RETRY_LIMIT_MS = 5_000;

export interface TriggerEngineParts {
  readonly database: Database;
  readonly watch: MarketWatch;
  readonly positions: PositionStateRepository;
  readonly signals: SignalStateRepository;
  readonly changes: PositionChanges;
  readonly crossings: CrossingsRepository;
  readonly peaks: PeaksRepository;
  readonly cross: CrossMargin;
  readonly work: WorkQueue;
  readonly safety: SafetyView;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class TriggerEngine {
  /** Symbols that nobody needed at the last sweep. */
  #idle: ReadonlySet<string> = new Set();
  readonly #armory = new Armory();
  readonly #lanes = new Map<string, Lane>();
  /** Positions with orders that were reached while a switch stood in their way: they wait for the next change of switches. */
  readonly #held = new Map<number, PositionState>();
  readonly #savedPeaks = new Map<string, string>();
  #leading = false;

  constructor(private readonly parts: TriggerEngineParts) {}

  get isLeading(): boolean {
    return this.#leading;
  }

  get triggers(): { count: number; bytes: number } {
    return { count: this.#armory.triggers, bytes: this.#armory.bytes };
  }

  /** Takes over the watch: settles what the leader before noted, then fills the books. */
  async lead(): Promise<void> {
    this.#forget();
    await this.parts.database.inLane('worker', async () => {
      killPoint('lead:begun');
      for (const crossing of await this.parts.crossings.unsettled()) await this.#settle(crossing);
      killPoint('lead:settled');
      await this.#load();
    });
    this.#leading = true;
    this.#want();
  }

  /** Gives the watch up; work in flight ends by itself and harms nobody. */
  rest(): void {
    this.#leading = false;
    this.#forget();
  }

  #forget(): void {
    this.#armory.clear();
    this.#held.clear();
    this.parts.cross.forget();
  }

  /**
   * Looks at one price. Never throws; what cannot be written yet is tried again for as long as this process leads.
   * While an earlier price of the symbol is being applied, later ones wait in order, so none meets outdated books.
   */
  onTick(tick: Tick): void {
    if (!this.#leading) return;
    const lane = this.#lanes.get(tick.symbol);
    if (lane !== undefined) {
      lane.waiting.push(tick);
      if (lane.waiting.length > MAX_WAITING) lane.waiting = thinned(lane.waiting);
      return;
    }
    const fired = this.#cross(tick);
    if (fired !== undefined) this.#openLane(tick, fired);
  }

  /** Resolves when everything that earlier prices of `symbol` set off is written. */
  async settled(symbol: string): Promise<void> {
    await this.#lanes.get(symbol)?.done;
  }

  /** Arms positions of one plan that were just opened, and looks at them with the newest price at once. */
  trackNew(positions: readonly OpenedPosition[], plan: LaidOut): void {
    if (!this.#leading || positions.length === 0) return;
    const armableFor = armableNew(plan, this.parts.changes.fees);
    this.#inTurn(plan.symbol, () => {
      for (const { id, accountId, plan: own } of positions) {
        this.#armory.arm('position', { ...armableFor(own), id });
        this.#noteAccount(accountId, plan.isCross);
      }
    });
  }

  /** Arms positions after a change of theirs. */
  refreshPositions(positions: readonly PositionState[]): void {
    if (!this.#leading) return;
    for (const symbol of new Set(positions.map((position) => position.symbol))) {
      const own = positions.filter((position) => position.symbol === symbol);
      this.#inTurn(symbol, () => {
        for (const position of own) this.#arm(position);
      });
    }
  }

  /** Looks at accounts with cross margin whose trades or money have changed; called every second. Never throws. */
  async reviewAccounts(): Promise<void> {
    if (!this.#leading) return;
    const ids = this.parts.cross.take();
    if (ids.length === 0) return;
    try {
      await this.#review(ids);
    } catch (error) {
      for (const id of ids) this.parts.cross.note(id);
      this.parts.logger.warn('accounts with cross margin could not be looked at yet', { error });
    }
  }

  /** Switches have changed: orders that one stood in the way of are tried again at the newest price. */
  reconsider(): void {
    if (this.#leading && this.#held.size > 0) this.refreshPositions([...this.#held.values()]);
  }

  trackSignal(signal: SignalState): void {
    if (!this.#leading) return;
    this.#inTurn(signal.symbol, () => this.#armory.arm('signal', armableSignal(signal)));
  }

  /** Stores the best prices that positions trail from, where they changed; called every second. */
  async savePeaks(): Promise<void> {
    if (!this.#leading) return;
    const changed = this.#armory.trailed.flatMap((symbol) => {
      const peaks = this.#armory.peaks(symbol);
      const text = JSON.stringify(peaks);
      return this.#savedPeaks.get(symbol) === text ? [] : [{ symbol, peaks, text }];
    });
    if (changed.length === 0) return;
    try {
      await this.parts.peaks.save(changed.map(({ symbol, peaks }) => [symbol, peaks]));
      for (const { symbol, text } of changed) this.#savedPeaks.set(symbol, text);
    } catch (error) {
      this.parts.logger.warn('best prices could not be stored; the next round will', { error });
    }
  }

  isArmed(positionId: number): boolean {
    return this.#armory.isArmed('position', positionId);
  }

  /**
   * Drops those of the feed's symbols that nobody has needed since the last sweep, which calls it: whoever just asked for a
   * price is about to arm something at it.
   */
  releaseSymbols(): void {
    if (!this.#leading) return;
    const idle = this.parts.watch.symbols.filter((symbol) => !this.#armory.has(symbol) && !this.#lanes.has(symbol));
    const unneeded = idle.filter((symbol) => this.#idle.has(symbol));
    this.#idle = new Set(idle);
    if (unneeded.length > 0) this.parts.watch.unwant(unneeded);
  }

  /**
   * Arms after the prices that wait: those came before what is armed and must not fire it. Then looks at the newest price,
   * which may have gone by meanwhile.
   */
  #inTurn(symbol: string, arm: () => void): void {
    const lane = this.#lanes.get(symbol);
    if (lane === undefined) arm();
    else lane.waiting.push(arm);
    this.parts.watch.want([{ symbol }]);
    const latest = this.parts.watch.latest(symbol);
    if (latest !== undefined) this.onTick(latest);
  }

  #cross(tick: Tick): Fired | undefined {
    return this.#armory.cross(tick.symbol, Number(tick.price), tick.price, this.parts.clock.now().getTime());
  }

  #openLane(tick: Tick, fired: Fired): void {
    const lane: Lane = { waiting: [], done: Promise.resolve() };
    this.#lanes.set(tick.symbol, lane);
    lane.done = this.parts.database
      .inLane('worker', () => this.#runLane(lane, tick, fired))
      .finally(() => this.#lanes.delete(tick.symbol));
  }

  async #runLane(lane: Lane, first: Tick, firedFirst: Fired): Promise<void> {
    await this.#apply(first, firedFirst);
    while (lane.waiting.length > 0) {
      const batch = lane.waiting;
      lane.waiting = [];
      for (const next of batch) {
        if (typeof next === 'function') next();
        else await this.#look(next);
      }
    }
  }

  async #look(tick: Tick): Promise<void> {
    const fired = this.#leading ? this.#cross(tick) : undefined;
    if (fired !== undefined) await this.#apply(tick, fired);
  }

  #apply(tick: Tick, fired: Fired): Promise<void> {
    const at = this.parts.clock.now();
    const crossing = { symbol: tick.symbol, price: tick.price, at, peaks: fired.trails };
    const key = this.parts.crossings.keyOf(crossing);
    killPoint('crossing:seen');
    let isNoted = false;
    return this.#persistently(tick.symbol, async () => {
      if (!isNoted) await this.parts.crossings.note(key, crossing);
      isNoted = true;
      killPoint('crossing:noted');
      if (fired.accounts.length > 0) await this.#review(fired.accounts, crossing);
      await Promise.all([this.#applyToPositions(fired, crossing), this.#applyToSignals(fired.signals, crossing)]);
      killPoint('crossing:applied');
      await this.parts.crossings.settle(key);
      killPoint('crossing:settled');
    });
  }

  async #persistently(symbol: string, task: () => Promise<void>): Promise<void> {
    for (let pause = RETRY_BASE_MS; ; pause = Math.min(pause * 2, RETRY_LIMIT_MS)) {
      try {
        await task();
        return;
      } catch (error) {
        this.parts.logger.error('a crossing could not be applied yet', { symbol, error });
        if (!this.#leading) return;
        await this.parts.clock.sleep(pause);
      }
    }
  }

  async #applyToPositions({ positions: ids, peaks }: Fired, crossing: Crossing): Promise<void> {
    if (ids.length === 0) return;
    const gone = new Set(ids);
    const price = Decimal.of(crossing.price);
    const { epoch } = this.parts.safety;
    let looksAgain = false;
    const peak = (position: PositionState) => peaks.get(position.id)?.price;
    await this.parts.changes.applyPrice(ids, crossing.price, crossing.at, peak, (page, barred) => {
      for (const position of page) {
        gone.delete(position.id);
        // Where switches changed meanwhile, they may have let it go already: it is looked at again, not held.
        const isBarred = barred.has(position.id) && growsAt(position, price, this.parts.changes.fees, crossing.at);
        const isSettled = epoch === this.parts.safety.epoch;
        this.#arm(position, peaks.get(position.id), isBarred && isSettled);
        looksAgain ||= isBarred && !isSettled;
      }
    });
    // Ended elsewhere, as by another worker's reversal: nobody else would take them out of the books.
    for (const id of gone) {
      this.#held.delete(id);
      this.#armory.disarm('position', id);
    }
    if (looksAgain) this.#inTurn(crossing.symbol, () => undefined);
  }

  /** Liquidates those of the accounts that have come to it and guards the others at new bounds. */
  async #review(ids: readonly number[], crossing?: Crossing): Promise<void> {
    const { guards, closed } = await this.parts.cross.review(ids, crossing);
    if (!this.#leading) return;
    this.refreshPositions(closed);
    const symbols = new Set<string>();
    for (const { accountId, bounds } of guards) {
      this.#armory.guard(accountId, bounds);
      for (const symbol of bounds.keys()) symbols.add(symbol);
    }
    // A price may have gone by meanwhile.
    for (const symbol of symbols) this.#inTurn(symbol, () => undefined);
  }

  #noteAccount(accountId: number, isCross: boolean): void {
    if (isCross || this.#armory.isGuarded(accountId)) this.parts.cross.note(accountId);
  }

  /** Where a switch stands in the way of its orders, a position is watched for everything else. */
  #arm(position: PositionState, seen?: Peak, isBarred = false): void {
    if (isBarred) this.#held.set(position.id, position);
    else this.#held.delete(position.id);
    this.#noteAccount(position.accountId, position.isCross);
    const watched = isBarred ? { ...position, entriesClosed: true } : position;
    this.#armory.arm('position', armablePosition(watched, this.parts.changes.fees), seen);
  }

  async #applyToSignals(ids: readonly number[], crossing: Crossing): Promise<void> {
    const price = Decimal.of(crossing.price);
    for (const id of ids) {
      const signal = await this.parts.database.transaction(async () => {
        const locked = await this.parts.signals.lock(id);
        if (locked === undefined) return undefined;
        const step = signalOnPrice(locked, price, crossing.at);
        if (step === undefined) return locked;
        await this.parts.signals.writeStep(step, null);
        if (isTerminalSignal(step.after.status)) await this.#expireEntries(step.after);
        return step.after;
      });
      if (signal !== undefined) this.#armory.arm('signal', armableSignal(signal));
    }
  }

  /** Followers whose page came late may still wait for an entry that the signal has had. */
  async #expireEntries(signal: SignalState): Promise<void> {
    await this.parts.work.enqueue([signalWork(signal.symbol, { kind: 'expire', signal_id: signal.id })]);
  }

  /** Applies a noted crossing to everything of its symbol that was there at the time. */
  async #settle(crossing: NotedCrossing): Promise<void> {
    const { symbol, newestPosition } = crossing;
    const { positions, changes } = this.parts;
    const peak = (position: PositionState) => peakOf(position, crossing.peaks)?.price;
    await this.parts.cross.settle(crossing);
    for (const side of SIDES) {
      for (let after = 0; ;) {
        const ids = await positions.liveIdsOfSymbol(symbol, side, newestPosition, after, CHANGE_PAGE);
        if (ids.length === 0) break;
        await changes.applyPrice(ids, crossing.price, crossing.at, peak, () => undefined);
        after = ids.at(-1) ?? after;
      }
    }
    const signals = (await this.parts.signals.live()).filter((signal) => signal.symbol === crossing.symbol);
    const present = signals.filter((signal) => signal.dispatchedAt !== null && signal.dispatchedAt <= crossing.at);
    await this.#applyToSignals(
      present.map((signal) => signal.id),
      crossing,
    );
    await this.parts.crossings.settle(crossing.key);
  }

  async #load(): Promise<void> {
    const peaks = await this.parts.peaks.all();
    for (let after = 0; ;) {
      const page = await this.parts.positions.live(after, LOAD_PAGE);
      for (const position of page) {
        this.#armory.arm(
          'position',
          armablePosition(position, this.parts.changes.fees),
          peakOf(position, peaks.get(position.symbol)),
        );
        this.#noteAccount(position.accountId, position.isCross);
      }
      if (page.length < LOAD_PAGE) break;
      after = page.at(-1)?.id ?? after;
    }
    for (const signal of await this.parts.signals.live()) this.#armory.arm('signal', armableSignal(signal));
  }

  #want(): void {
    this.parts.watch.want(this.#armory.symbols.map((symbol) => ({ symbol })));
  }
}
