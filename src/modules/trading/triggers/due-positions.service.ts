/**
 * Applies the passing of time: entries that expire, and timed exits, in the process that watches the market.
 * Keeps: what is due is found by the database's own index, never held in memory, so no restart forgets it; applying it
 * twice changes nothing. Exits of a symbol without a price wait for the next round; entries expire without one.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { Logger } from '../../../platform/logging/logger.js';
import { MarketWatch } from '../../market-data/market-watch.service.js';
import { PositionChanges } from '../changes/position-changes.service.js';
import { type DuePosition, PositionStateRepository } from '../changes/position-state.repository.js';
import { TriggerEngine } from './trigger-engine.service.js';

const ROUND = 2_000;

export interface DueParts {
  readonly positions: PositionStateRepository;
  readonly changes: PositionChanges;
  readonly engine: TriggerEngine;
  readonly watch: MarketWatch;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class DuePositions {
  #isRunning = false;

  constructor(private readonly parts: DueParts) {}

  /** One round, unless one is running. Never throws. */
  async round(): Promise<void> {
    if (this.#isRunning || !this.parts.engine.isLeading) return;
    this.#isRunning = true;
    try {
      const now = this.parts.clock.now();
      const due = await this.parts.positions.due(now, ROUND);
      for (const [symbol, ids] of bySymbol(due)) await this.#apply(symbol, ids, now);
    } catch (error) {
      this.parts.logger.warn('positions that are due could not be changed yet', { error });
    } finally {
      this.#isRunning = false;
    }
  }

  async #apply(symbol: string, due: readonly DuePosition[], now: Date): Promise<void> {
    const tick = await this.parts.watch.quote(symbol);
    const ready = tick === undefined ? due.filter(({ expires }) => expires) : due;
    if (ready.length === 0) return;
    const ids = [...new Set(ready.map(({ id }) => id))];
    await this.parts.changes.applyTime(ids, tick?.price, now, (page) => this.parts.engine.refreshPositions(page));
  }
}

function bySymbol(due: readonly DuePosition[]): Map<string, DuePosition[]> {
  const groups = new Map<string, DuePosition[]>();
  for (const position of due) {
    const group = groups.get(position.symbol);
    if (group === undefined) groups.set(position.symbol, [position]);
    else group.push(position);
  }
  return groups;
}
