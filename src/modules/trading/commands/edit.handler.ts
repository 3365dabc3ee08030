/**
 * Serves the queue `position.edit` in the leading process: an owner edits a position by hand.
 * Keeps: decides at the market price of the moment, in the transaction that completes the request; a position that has
 * ended meanwhile is left as it is.
 */
import { Injectable } from '@nestjs/common';
import { Decimal } from '../../../domain/money/decimal.js';
import type { PositionEdit } from '../../../domain/position/edit.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { ClaimedWork } from '../../../platform/work/work-queue.js';
import { NotYet, type WorkHandler } from '../../../platform/work/work-runner.js';
import { MarketWatch } from '../../market-data/market-watch.service.js';
import { POSITION_EDIT_QUEUE, type PositionEditRequest } from '../../positions/position-work.js';
import { PositionEditsRepository } from './position-edits.repository.js';
import { PositionEdits } from './position-edits.service.js';
import { TriggerEngine } from '../triggers/trigger-engine.service.js';

const NO_PRICE_PAUSE_MS = 2_000;

export interface EditParts {
  readonly database: Database;
  readonly edits: PositionEdits;
  readonly rows: PositionEditsRepository;
  readonly engine: TriggerEngine;
  readonly watch: MarketWatch;
  readonly clock: Clock;
}

@Injectable()
export class EditHandler implements WorkHandler {
  readonly queue = POSITION_EDIT_QUEUE;
  readonly concurrency = 8;
  readonly leaseMs = 30_000;
  readonly maxAttempts = 0;
  readonly leaderOnly = true;

  constructor(private readonly parts: EditParts) {}

  async handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const request = work.payload as unknown as PositionEditRequest;
    const symbol = await this.parts.rows.symbolOf(request.position_id);
    if (symbol === undefined) return;
    const tick = await this.parts.watch.quote(symbol);
    if (tick === undefined) {
      const at = new Date(this.parts.clock.now().getTime() + NO_PRICE_PAUSE_MS);
      throw new NotYet(`there is no price of ${symbol}`, at);
    }
    const page = await this.parts.database.transaction(async () => {
      const edited = await this.parts.edits.applyByHand(request.position_id, editOf(request), tick.price);
      await complete();
      return edited.after;
    });
    this.parts.engine.refreshPositions(page);
  }
}

function editOf({ order, request, actor_id }: PositionEditRequest): PositionEdit {
  const { stop_loss, targets, entry, cancel_entries, add_entries, plan, allow_looser } = order;
  return {
    by: 'owner',
    name: 'Edit by hand',
    meta: { request, actor_id },
    ...(plan === undefined ? {} : { plan }),
    ...(entry === undefined ? {} : { entry: Decimal.of(entry) }),
    ...(stop_loss === undefined ? {} : { stopLoss: Decimal.of(stop_loss) }),
    ...(targets === undefined ? {} : { targets: targets.map((price) => Decimal.of(price)) }),
    ...(cancel_entries === undefined ? {} : { cancelEntries: cancel_entries }),
    ...(allow_looser === undefined ? {} : { allowsLooser: allow_looser }),
    addEntries: (add_entries ?? []).map(({ price, qty }) => ({ price: Decimal.of(price), qty: Decimal.of(qty) })),
  };
}
