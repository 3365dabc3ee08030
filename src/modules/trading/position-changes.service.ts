/**
 * Applies a price or a command to many positions, in pages: lock, decide by the domain's rules, write, in one
 * transaction a page. Keeps: what was applied already is not live any more, so repeating a call changes nothing.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Decimal } from '../../domain/money/decimal.js';
import { onCommand, type PositionCommand } from '../../domain/position/on-command.js';
import { onPrice } from '../../domain/position/on-price.js';
import type { FeeRates, PositionChange, PositionState } from '../../domain/position/position.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { killPoint } from '../../platform/process/kill-point.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { ChangeWriter } from './change-writer.repository.js';
import { PositionStateRepository } from './position-state.repository.js';

/** Positions a transaction changes at most. */
export const CHANGE_PAGE = 1_000;

/** Pages in flight: two keep Node and PostgreSQL both busy. */
const PAGES_IN_FLIGHT = 2;

/** The live positions that were looked at, as they are after the call. */
export type PageResult = readonly PositionState[];

@Injectable()
export class PositionChanges {
  readonly fees: FeeRates;

  constructor(
    private readonly database: Database,
    private readonly positions: PositionStateRepository,
    private readonly writer: ChangeWriter,
    private readonly clock: Clock,
    @Inject(EXCHANGE_CLIENT) client: ExchangeClient,
  ) {
    this.fees = {
      makerPercent: Decimal.of(client.fees.makerPercent),
      takerPercent: Decimal.of(client.fees.takerPercent),
    };
  }

  /** Applies one price to the positions `ids`, as of the time `at` of that price. */
  applyPrice(ids: readonly number[], price: string, at: Date, onPage: (page: PageResult) => void): Promise<void> {
    const exact = Decimal.of(price);
    return this.#inPages(ids, (position) => onPrice(position, exact, this.fees, at), onPage);
  }

  /** Applies a person's command to the positions `ids` at the market price of now. */
  applyCommand(
    ids: readonly number[],
    command: PositionCommand,
    price: string,
    onPage: (page: PageResult) => void,
  ): Promise<void> {
    const exact = Decimal.of(price);
    const at = this.clock.now();
    return this.#inPages(ids, (position) => onCommand(position, command, exact, this.fees, at), onPage);
  }

  /** Decides and writes within the caller's transaction, for positions that the caller has locked. */
  async write(
    positions: readonly PositionState[],
    decide: (position: PositionState) => PositionChange | undefined,
  ): Promise<PageResult> {
    const changes: PositionChange[] = [];
    const after = positions.map((position) => {
      const change = decide(position);
      if (change === undefined) return position;
      changes.push(change);
      return change.after;
    });
    await this.writer.write(changes, this.clock.now());
    return after;
  }

  async #inPages(
    ids: readonly number[],
    decide: (position: PositionState) => PositionChange | undefined,
    onPage: (page: PageResult) => void,
  ): Promise<void> {
    const sorted = [...ids].sort((a, b) => a - b);
    const size = Math.max(1, Math.min(CHANGE_PAGE, Math.ceil(sorted.length / PAGES_IN_FLIGHT)));
    let next = 0;
    const run = async (): Promise<void> => {
      while (next < sorted.length) {
        const page = sorted.slice(next, (next += size));
        onPage(await this.database.transaction(async () => this.write(await this.positions.lockLive(page), decide)));
        killPoint('crossing:page-applied');
      }
    };
    await Promise.all(Array.from({ length: PAGES_IN_FLIGHT }, run));
  }
}
