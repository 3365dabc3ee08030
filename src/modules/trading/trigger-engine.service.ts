/**
 * Drives positions and signals from prices, in the one process that watches the market.
 * Keeps: a price that crosses triggers is noted durably, then applied in full, one price at a time per symbol; the books
 * are filled from the database before the first price is looked at, and what was touched is armed again from what was
 * written. A price that crosses nothing costs two comparisons.
 */
import { Injectable } from '@nestjs/common';
import type { PositionState } from '../../domain/position/position.js';
import { isTerminalPosition } from '../../domain/position/position-status.js';
import { signalOnPrice, type SignalState } from '../../domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../domain/signal/signal.js';
import { Decimal } from '../../domain/money/decimal.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { killPoint } from '../../platform/process/kill-point.js';
import type { Tick } from '../../ports/price-feed.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { signalWork } from '../signals/signal-work.js';
import { Armory, type Armable, type Fired } from './armory.js';
import { type Crossing, CrossingsRepository, type NotedCrossing } from './crossings.repository.js';
import { CHANGE_PAGE, PositionChanges } from './position-changes.service.js';
import { type ArmedPosition, PositionStateRepository } from './position-state.repository.js';
import { SignalStateRepository } from './signal-state.repository.js';

const LOAD_PAGE = 20_000;

const RETRY_BASE_MS = 100;
const RETRY_LIMIT_MS = 5_000;

/** Prices that wait behind one that is being applied; beyond it only their extremes are kept. */
const MAX_WAITING = 10_000;

interface Lane {
  waiting: Tick[];
  done: Promise<void>;
}

export interface TriggerEngineParts {
  readonly database: Database;
  readonly watch: MarketWatch;
  readonly positions: PositionStateRepository;
  readonly signals: SignalStateRepository;
  readonly changes: PositionChanges;
  readonly crossings: CrossingsRepository;
  readonly work: WorkQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class TriggerEngine {
  readonly #armory = new Armory();
  readonly #lanes = new Map<string, Lane>();
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
    this.#armory.clear();
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
    this.#armory.clear();
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
    const fired = this.#armory.cross(tick.symbol, Number(tick.price));
    if (fired !== undefined) this.#openLane(tick, fired);
  }

  /** Resolves when everything that earlier prices of `symbol` set off is written. */
  async settled(symbol: string): Promise<void> {
    await this.#lanes.get(symbol)?.done;
  }

  /** Arms positions that were just written, and looks at them with the newest price at once. */
  trackPositions(positions: readonly ArmedPosition[]): void {
    if (!this.#leading || positions.length === 0) return;
    for (const position of positions) this.#armory.arm('position', armableRow(position));
    this.#lookAgain(new Set(positions.map((position) => position.symbol)));
  }

  /** Arms positions after a change of theirs. */
  refreshPositions(positions: readonly PositionState[]): void {
    if (!this.#leading) return;
    for (const position of positions) this.#armory.arm('position', armablePosition(position));
    this.#lookAgain(new Set(positions.map((position) => position.symbol)));
  }

  trackSignal(signal: SignalState): void {
    if (!this.#leading) return;
    this.#armory.arm('signal', armableSignal(signal));
    this.#lookAgain(new Set([signal.symbol]));
  }

  isArmed(positionId: number): boolean {
    return this.#armory.isArmed('position', positionId);
  }

  /** Drops those of the feed's symbols that nobody needs any more; called by the sweep. */
  releaseSymbols(): void {
    if (!this.#leading) return;
    const idle = this.parts.watch.symbols.filter((symbol) => !this.#armory.has(symbol) && !this.#lanes.has(symbol));
    if (idle.length > 0) this.parts.watch.unwant(idle);
  }

  #lookAgain(symbols: ReadonlySet<string>): void {
    for (const symbol of symbols) {
      this.parts.watch.want([{ symbol }]);
      const latest = this.parts.watch.latest(symbol);
      if (latest !== undefined) this.onTick(latest);
    }
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
      for (const tick of batch) {
        const fired = this.#leading ? this.#armory.cross(tick.symbol, Number(tick.price)) : undefined;
        if (fired !== undefined) await this.#apply(tick, fired);
      }
    }
  }

  #apply(tick: Tick, fired: Fired): Promise<void> {
    const crossing = { symbol: tick.symbol, price: tick.price, at: this.parts.clock.now() };
    const key = this.parts.crossings.keyOf(crossing);
    killPoint('crossing:seen');
    let isNoted = false;
    return this.#persistently(tick.symbol, async () => {
      if (!isNoted) await this.parts.crossings.note(key, crossing);
      isNoted = true;
      killPoint('crossing:noted');
      await Promise.all([
        this.#applyToPositions(fired.positions, crossing),
        this.#applyToSignals(fired.signals, crossing),
      ]);
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

  async #applyToPositions(ids: readonly number[], crossing: Crossing): Promise<void> {
    if (ids.length === 0) return;
    const gone = new Set(ids);
    await this.parts.changes.applyPrice(ids, crossing.price, crossing.at, (page) => {
      for (const position of page) {
        gone.delete(position.id);
        this.#armory.arm('position', armablePosition(position));
      }
    });
    // Ended elsewhere, as by another worker's reversal: nobody else would take them out of the books.
    for (const id of gone) this.#armory.disarm('position', id);
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
    for (let after = 0; ;) {
      const ids = await this.parts.positions.liveIdsOfSymbol(
        crossing.symbol,
        crossing.newestPosition,
        after,
        CHANGE_PAGE,
      );
      if (ids.length === 0) break;
      await this.parts.changes.applyPrice(ids, crossing.price, crossing.at, () => undefined);
      after = ids.at(-1) ?? after;
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
    for (let after = 0; ;) {
      const page = await this.parts.positions.armed(after, LOAD_PAGE);
      for (const position of page) this.#armory.arm('position', armableRow(position));
      if (page.length < LOAD_PAGE) break;
      after = page.at(-1)?.id ?? after;
    }
    for (const signal of await this.parts.signals.live()) this.#armory.arm('signal', armableSignal(signal));
  }

  #want(): void {
    this.parts.watch.want(this.#armory.symbols.map((symbol) => ({ symbol })));
  }
}

function armableRow(row: ArmedPosition): Armable {
  return {
    id: row.id,
    symbol: row.symbol,
    side: row.side,
    isWaiting: row.status === 'PENDING',
    isOver: isTerminalPosition(row.status),
    entryPrice: row.entry_price,
    stopLoss: row.stop_loss,
    targetPrices: row.target_prices,
    targetHitAt: row.target_hit_at,
  };
}

function armablePosition(position: PositionState): Armable {
  return {
    id: position.id,
    symbol: position.symbol,
    side: position.side,
    isWaiting: position.status === 'PENDING',
    isOver: isTerminalPosition(position.status),
    entryPrice: position.entryPrice.toString(),
    stopLoss: position.stopLoss.toString(),
    targetPrices: position.targetPrices.map(String),
    targetHitAt: position.targetHitAt,
  };
}

function armableSignal(signal: SignalState): Armable {
  return {
    id: signal.id,
    symbol: signal.symbol,
    side: signal.side,
    isWaiting: signal.status === 'NEW',
    isOver: isTerminalSignal(signal.status),
    entryPrice: signal.entry.toString(),
    stopLoss: signal.stopLoss.toString(),
    targetPrices: signal.targetPrices.map(String),
    targetHitAt: signal.targetHitAt,
  };
}

/** The lowest, the highest and the last of the prices, in their order: everything they could set off. */
function thinned(ticks: readonly Tick[]): Tick[] {
  let low = 0;
  let high = 0;
  ticks.forEach((tick, index) => {
    if (Number(tick.price) < Number((ticks[low] as Tick).price)) low = index;
    if (Number(tick.price) > Number((ticks[high] as Tick).price)) high = index;
  });
  const kept = [...new Set([low, high, ticks.length - 1])].sort((a, b) => a - b);
  return kept.map((index) => ticks[index] as Tick);
}
