/**
 * The market's price for intents that name none.
 * Keeps: fresh or none. The process that watches the market asks its feed, which may have to begin with the symbol; others
 * know the stored prices of symbols that are traded already.
 */
import { Injectable } from '@nestjs/common';
import type { DecimalText } from '../../domain/money/decimal.js';
import { splitSymbol } from '../../domain/instrument/instrument.js';
import { Clock } from '../../platform/clock/clock.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { SignalsRepository } from '../signals/signals.repository.js';

/** A price that is older says nothing of where the market is. */
const FRESH_MS = 60_000;

@Injectable()
export class IntakePrices {
  constructor(
    private readonly watch: MarketWatch,
    private readonly signals: SignalsRepository,
    private readonly clock: Clock,
  ) {}

  /** Undefined where nothing fresh is known; waits a moment for a first price. */
  async of(symbol: string): Promise<DecimalText | undefined> {
    if (splitSymbol(symbol) === undefined) return undefined;
    const tick = await this.watch.quote(symbol);
    if (tick !== undefined) return tick.price;
    return this.signals.lastPrice(symbol, new Date(this.clock.now().getTime() - FRESH_MS));
  }
}
