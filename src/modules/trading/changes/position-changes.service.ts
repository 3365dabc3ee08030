/**
 * Applies a price or a command to many positions, in pages: lock, decide by the domain's rules, write, in one
 * transaction a page. Keeps: what was applied already is not live any more, so repeating a call changes nothing.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Decimal } from '../../../domain/money/decimal.js';
import { onCommand, type PositionCommand } from '../../../domain/position/on-command.js';
import { growsAt, onPrice } from '../../../domain/position/on-price.js';
import { onTime } from '../../../domain/position/on-time.js';
import type { FeeRates, PositionChange, PositionState } from '../../../domain/position/position.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../../ports/exchange-client.js';
import { SafetyGate } from '../../safety/safety-gate.repository.js';
import { ChangeWriter } from './change-writer.repository.js';
import { PositionStateRepository } from './position-state.repository.js';

/** Positions a transaction changes at most. */
export const CHANGE_PAGE = 1_000;

/** Which positions a command has met already, where that does not show by itself. */
const NONE: ReadonlySet<number> = new Set();

/** Pages in flight: one is decided while two are written. */
const PAGES_IN_FLIGHT = 3;

/** The live positions that were looked at, as they are after the call. */
export type PageResult = readonly PositionState[];

type Decide = (position: PositionState) => PositionChange | undefined;

@Injectable()
export class PositionChanges {
  readonly fees: FeeRates;

  constructor(
    private readonly database: Database,
    private readonly positions: PositionStateRepository,
    private readonly writer: ChangeWriter,
    private readonly safety: SafetyGate,
    private readonly clock: Clock,
    @Inject(EXCHANGE_CLIENT) client: ExchangeClient,
  ) {
    this.fees = {
      makerPercent: Decimal.of(client.fees.makerPercent),
      takerPercent: Decimal.of(client.fees.takerPercent),
      fills: client.simulation?.fills,
      brackets: client.simulation?.brackets,
    };
  }

  /**
   * Applies one price to the positions `ids`, as of the time `at` of that price. `peakOf` answers the best price since a
   * position began to trail, where ticks went by that it was not shown. Entries and safety orders that a switch or
   * breaker forbids do not fill: `onPage` is told whose.
   */
  applyPrice(
    ids: readonly number[],
    price: string,
    at: Date,
    peakOf: (position: PositionState) => string | undefined,
    onPage: (page: PageResult, barred: ReadonlySet<number>) => void,
  ): Promise<void> {
    const exact = Decimal.of(price);
    const kept = new Set<number>();
    const decideFor = async (page: readonly PositionState[]): Promise<Decide> => {
      const barred = await this.safety.barred(page.filter((position) => growsAt(position, exact, this.fees, at)));
      for (const id of barred) kept.add(id);
      return (position) => {
        const seen = position.trail === null ? undefined : peakOf(position);
        const peak = seen === undefined ? undefined : Decimal.of(seen);
        return onPrice(position, exact, this.fees, at, peak, !barred.has(position.id));
      };
    };
    return this.#inPages(ids, decideFor, (page) => onPage(page, kept));
  }

  /** Applies the time `now` to positions of one symbol, at its market price; without one entries expire all the same. */
  applyTime(
    ids: readonly number[],
    price: string | undefined,
    now: Date,
    onPage: (page: PageResult) => void,
  ): Promise<void> {
    const exact = price === undefined ? undefined : Decimal.of(price);
    const decide: Decide = (position) => onTime(position, now, exact, this.fees);
    return this.#inPages(ids, () => Promise.resolve(decide), onPage);
  }

  /** Applies a person's command to the positions `ids` at the market price of now; without one to entries that wait only. */
  applyCommand(
    ids: readonly number[],
    command: PositionCommand,
    price: string | undefined,
    onPage: (page: PageResult) => void,
  ): Promise<void> {
    const exact = price === undefined ? undefined : Decimal.of(price);
    const at = this.clock.now();
    const decideFor = async (page: readonly PositionState[]): Promise<Decide> => {
      const reduced = command.kind === 'reduce' ? await this.positions.withOrder(page, command.leg) : NONE;
      return (position) => (reduced.has(position.id) ? undefined : onCommand(position, command, exact, this.fees, at));
    };
    return this.#inPages(ids, decideFor, onPage);
  }

  /** Decides and writes within the caller's transaction, for positions that the caller has locked. */
  async write(positions: readonly PositionState[], decide: Decide): Promise<PageResult> {
    const changes: PositionChange[] = [];
    const after = positions.map((position) => {
      const change = decide(position);
      if (change === undefined) return position;
      changes.push(change);
      return change.after;
    });
    await this.writer.write(changes, this.clock.now());
    await this.safety.noteClosed(changes);
    return after;
  }

  async #inPages(
    ids: readonly number[],
    decideFor: (page: readonly PositionState[]) => Promise<Decide>,
    onPage: (page: PageResult) => void,
  ): Promise<void> {
    const sorted = [...ids].sort((a, b) => a - b);
    const size = Math.max(1, Math.min(CHANGE_PAGE, Math.ceil(sorted.length / PAGES_IN_FLIGHT)));
    let next = 0;
    const run = async (): Promise<void> => {
      while (next < sorted.length) {
        const page = sorted.slice(next, (next += size));
        const changed = await this.database.transaction(async () => {
          const locked = await this.positions.lockLive(page);
          return this.write(locked, await decideFor(locked));
        });
        onPage(changed);
        killPoint('crossing:page-applied');
      }
    };
    await Promise.all(Array.from({ length: PAGES_IN_FLIGHT }, run));
  }
}
