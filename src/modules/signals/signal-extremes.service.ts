/**
 * Notes, in the process that watches the market, how far prices go while signals are entered.
 * Keeps: a tick costs a look into a map and two comparisons; one statement every five seconds, whatever the number of
 * signals; what could not be written is kept for the next.
 */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Decimal } from '../../domain/money/decimal.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import type { Tick } from '../../ports/price-feed.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { SignalResultsRepository } from './signal-results.repository.js';

const EVERY_MS = 5_000;

interface Window {
  high: Decimal;
  low: Decimal;
  readonly since: Date;
}

@Injectable()
export class SignalExtremes implements OnModuleInit {
  #windows = new Map<string, Window>();
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly watch: MarketWatch,
    private readonly results: SignalResultsRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.watch.onTick((tick) => this.#note(tick));
  }

  /** Writes what has been seen since the last time. Never rejects. */
  @Interval('signal-extremes', EVERY_MS)
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const seen = this.#windows;
    if (seen.size === 0) return;
    this.#windows = new Map();
    const windows = [...seen].map(([symbol, { high, low, since }]) => ({
      symbol,
      high: high.toString(),
      low: low.toString(),
      since,
    }));
    try {
      await this.database.inLane('worker', () => this.results.widen(windows));
    } catch (error) {
      this.logger.warn('how far prices went could not be stored; the next round will', { error });
      for (const [symbol, window] of seen) this.#merge(symbol, window);
    }
  }

  #note({ symbol, price }: Tick): void {
    const exact = Decimal.of(price);
    const window = this.#windows.get(symbol);
    if (window === undefined) this.#windows.set(symbol, { high: exact, low: exact, since: this.clock.now() });
    else if (exact.gt(window.high)) window.high = exact;
    else if (exact.lt(window.low)) window.low = exact;
  }

  #merge(symbol: string, before: Window): void {
    const since = this.#windows.get(symbol) ?? before;
    this.#windows.set(symbol, {
      high: Decimal.max(before.high, since.high),
      low: Decimal.min(before.low, since.low),
      since: before.since,
    });
  }
}
