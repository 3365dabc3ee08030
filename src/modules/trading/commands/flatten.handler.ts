/**
 * Serves the queue `safety.flatten` in the leading process: closes everything in the scope of a switch at market, and
 * withdraws what waits for its entry. Keeps: a page and its progress are one transaction, so a new leader goes on where the
 * one before died; ends early when the switch is cleared; what has no price yet waits for one, visibly, and does not grow.
 */
import { Injectable } from '@nestjs/common';
import { Decimal } from '../../../domain/money/decimal.js';
import { onCommand } from '../../../domain/position/on-command.js';
import { isTerminalPosition } from '../../../domain/position/position-status.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import { type ClaimedWork, WorkQueue } from '../../../platform/work/work-queue.js';
import { NotYet, type WorkHandler } from '../../../platform/work/work-runner.js';
import { MarketWatch } from '../../market-data/market-watch.service.js';
import { FLATTEN_QUEUE, safetyEventWork } from '../../safety/safety-work.js';
import { type ScopedPosition, ScopedPositionsRepository } from '../../safety/scoped-positions.repository.js';
import { type SwitchRow, SwitchesRepository } from '../../safety/switches.repository.js';
import { CHANGE_PAGE, PositionChanges } from '../changes/position-changes.service.js';
import { PositionStateRepository } from '../changes/position-state.repository.js';
import { TriggerEngine } from '../triggers/trigger-engine.service.js';

const NO_PRICE_PAUSE_MS = 2_000;

export interface FlattenParts {
  readonly database: Database;
  readonly switches: SwitchesRepository;
  readonly scope: ScopedPositionsRepository;
  readonly positions: PositionStateRepository;
  readonly changes: PositionChanges;
  readonly engine: TriggerEngine;
  readonly watch: MarketWatch;
  readonly work: WorkQueue;
  readonly clock: Clock;
}

/** Rolls the page back. */
class SwitchCleared extends Error {}

@Injectable()
export class FlattenHandler implements WorkHandler {
  readonly queue = FLATTEN_QUEUE;
  readonly concurrency = 4;
  readonly leaseMs = 30_000;
  readonly maxAttempts = 0;
  readonly leaderOnly = true;

  constructor(private readonly parts: FlattenParts) {}

  async handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const id = Number(work.payload.switch_id);
    const item = await this.parts.switches.find(null, id);
    if (item === undefined || item.cleared_at !== null) return;
    await this.parts.switches.noteFound(id, await this.parts.scope.countLive(item.scope, item.value));
    const unpriced = await this.#closeAll(item);
    if (unpriced.size > 0) {
      const at = new Date(this.parts.clock.now().getTime() + NO_PRICE_PAUSE_MS);
      throw new NotYet(`there is no price of ${[...unpriced].sort().join(', ')}`, at);
    }
    await this.#finish(id, complete);
  }

  /** One walk over the scope; answers the symbols whose positions had to be left for want of a price. */
  async #closeAll(item: SwitchRow): Promise<ReadonlySet<string>> {
    const unpriced = new Set<string>();
    for (let after = 0; ;) {
      const page = await this.parts.scope.live(item.scope, item.value, after, CHANGE_PAGE);
      if (page.length === 0) return unpriced;
      const prices = await this.#prices(page);
      const isUnpriced = ({ symbol, status }: ScopedPosition) => status !== 'PENDING' && !prices.has(symbol);
      for (const { symbol } of page.filter(isUnpriced)) unpriced.add(symbol);
      const ids = page.filter((position) => !isUnpriced(position) || position.grows).map(({ id }) => id);
      if (ids.length > 0 && !(await this.#closePage(item, ids, prices))) return new Set();
      after = page.at(-1)?.id ?? after;
    }
  }

  async #prices(page: readonly ScopedPosition[]): Promise<ReadonlyMap<string, Decimal>> {
    const symbols = [...new Set(page.filter(({ status }) => status !== 'PENDING').map(({ symbol }) => symbol))];
    const ticks = await Promise.all(symbols.map((symbol) => this.parts.watch.quote(symbol)));
    return new Map(
      ticks.flatMap((tick, index) => (tick === undefined ? [] : [[symbols[index] as string, Decimal.of(tick.price)]])),
    );
  }

  /** False when the switch was cleared meanwhile. */
  async #closePage(item: SwitchRow, ids: readonly number[], prices: ReadonlyMap<string, Decimal>): Promise<boolean> {
    const command = { kind: 'flatten' as const, message: messageOf(item) };
    const at = this.parts.clock.now();
    const page = this.parts.database.transaction(async () => {
      const locked = await this.parts.positions.lockLive(ids);
      // Without a price what waits is withdrawn; an entry that filled since the page was read has none yet either.
      const changed = await this.parts.changes.write(locked, (position) =>
        onCommand(position, command, prices.get(position.symbol), this.parts.changes.fees, at),
      );
      const closed = changed.filter(({ status }) => isTerminalPosition(status));
      // Last, because whoever clears a switch holds the safety lock, for which holders of accounts may be waiting.
      if ((await this.parts.switches.holdActive(item.id)) === undefined) throw new SwitchCleared();
      await this.parts.switches.noteClosed(item.id, closed.length);
      killPoint('flatten:page-closed');
      return changed;
    });
    try {
      this.parts.engine.refreshPositions(await page);
      return true;
    } catch (error) {
      if (error instanceof SwitchCleared) return false;
      throw error;
    }
  }

  /** Done only when nothing is left: an entry that was filling while the walk passed it is met by the next one. */
  async #finish(id: number, complete: () => Promise<void>): Promise<void> {
    await this.parts.database.transaction(async () => {
      const item = await this.parts.switches.holdActive(id);
      if (item !== undefined) {
        if ((await this.parts.scope.countLive(item.scope, item.value)) > 0) {
          throw new NotYet('positions are left', this.parts.clock.now());
        }
        await this.parts.switches.noteDone(id, this.parts.clock.now());
        const { flatten_found: found, flatten_closed: closed } = item;
        const event = { kind: 'flatten_done' as const, switch_id: id, found: found ?? 0, closed };
        if (item.by_staff) await this.parts.work.enqueue([safetyEventWork(`flatten_done:${id}`, event)]);
      }
      await complete();
    });
  }
}

function messageOf({ scope, value, reason }: SwitchRow): string {
  const where = scope === 'platform' ? 'the platform' : `${scope} ${value}`;
  return `Closed by the kill switch of ${where}${reason === '' ? '' : `: ${reason}`}`;
}
