/**
 * Serves the queue `position.close` in the leading process: a follower closes a position, whole or in part.
 * Keeps: books at the market price of the moment in the transaction that completes the request; never closes more than
 * remains; a position that has ended meanwhile is left as it is. Without a price an entry that waits is withdrawn all the
 * same, and what is held waits for one.
 */
import { Injectable } from '@nestjs/common';
import { Decimal } from '../../../domain/money/decimal.js';
import { onCommand } from '../../../domain/position/on-command.js';
import { isTerminalPosition } from '../../../domain/position/position-status.js';
import type { PositionState } from '../../../domain/position/position.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { ClaimedWork } from '../../../platform/work/work-queue.js';
import { NotYet, type WorkHandler } from '../../../platform/work/work-runner.js';
import { MarketWatch } from '../../market-data/market-watch.service.js';
import { POSITION_CLOSE_QUEUE, type PositionCloseRequest } from '../../positions/position-work.js';
import { PositionChanges } from '../changes/position-changes.service.js';
import { PositionStateRepository } from '../changes/position-state.repository.js';
import { TriggerEngine } from '../triggers/trigger-engine.service.js';

const NO_PRICE_PAUSE_MS = 2_000;

export interface CloseParts {
  readonly database: Database;
  readonly positions: PositionStateRepository;
  readonly changes: PositionChanges;
  readonly engine: TriggerEngine;
  readonly watch: MarketWatch;
  readonly clock: Clock;
}

@Injectable()
export class CloseHandler implements WorkHandler {
  readonly queue = POSITION_CLOSE_QUEUE;
  readonly concurrency = 8;
  readonly leaseMs = 30_000;
  readonly maxAttempts = 0;
  readonly leaderOnly = true;

  constructor(private readonly parts: CloseParts) {}

  async handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const request = work.payload as unknown as PositionCloseRequest;
    const position = await this.#find(request.position_id);
    if (position === undefined) return;
    const { symbol } = position;
    const tick =
      this.parts.watch.latest(symbol) ?? (position.isWaiting ? undefined : await this.parts.watch.quote(symbol));
    const price = tick === undefined ? undefined : Decimal.of(tick.price);
    const command = {
      kind: 'close' as const,
      qty: request.qty === null ? null : Decimal.of(request.qty),
      leg: `CLOSE${work.id}`,
    };
    const changed = await this.parts.database.transaction(async () => {
      const locked = await this.parts.positions.lockLive([request.position_id]);
      const now = this.parts.clock.now();
      const after = await this.parts.changes.write(locked, (position) =>
        onCommand(position, command, price, this.parts.changes.fees, now),
      );
      if (!mustWait(price, after)) await complete();
      return after;
    });
    this.parts.engine.refreshPositions(changed);
    if (mustWait(price, changed)) {
      const at = new Date(this.parts.clock.now().getTime() + NO_PRICE_PAUSE_MS);
      throw new NotYet(`there is no price of ${symbol}`, at);
    }
  }

  #find(positionId: number): Promise<{ symbol: string; isWaiting: boolean } | undefined> {
    const sql = `SELECT symbol, status = 'PENDING' AS "isWaiting" FROM positions WHERE id = $1`;
    return this.parts.database.first(sql, [positionId]);
  }
}

/** What is held is closed at a price of the market only. */
function mustWait(price: Decimal | undefined, positions: readonly PositionState[]): boolean {
  return price === undefined && positions.some(({ status }) => !isTerminalPosition(status));
}
