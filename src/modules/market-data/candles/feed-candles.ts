/**
 * The candles of the price feed: what the feed itself knows of the past, or else what its ticks have made since they came.
 * Keeps: the minute in which the first tick of a symbol came is not told, because its beginning was not seen.
 */
import { MinuteOfTicks, type MinuteCandle } from '../../../domain/candles/minute-candle.js';
import type { CandleSource } from '../../../ports/candle-source.js';
import type { PriceFeed, Tick } from '../../../ports/price-feed.js';
import type { MarketWatch } from '../market-watch.service.js';

/** Candles of ticks that wait to be asked for. */
const REMEMBERED = 3_000;

interface Made {
  readonly minute: MinuteOfTicks;
  candles: MinuteCandle[];
  isFirst: boolean;
}

export class FeedCandles implements CandleSource {
  /** Of the symbols that are followed. */
  readonly #made = new Map<string, Made>();

  constructor(
    private readonly feed: PriceFeed,
    watch: MarketWatch,
    private readonly now: () => Date,
  ) {
    if (feed.candles === undefined) watch.onTick((tick) => this.#take(tick));
  }

  get code(): string {
    return this.feed.code;
  }

  get isRecording(): boolean {
    return this.feed.code === 'replay';
  }

  /** Of a market that is only simulated, the time of its newest tick. */
  nowMs(symbol: string): number | undefined {
    return this.feed.isSimulated ? this.feed.latest(symbol)?.at.getTime() : this.now().getTime();
  }

  async fetch(symbol: string, fromMs: number, toMs: number): Promise<readonly MinuteCandle[]> {
    if (this.feed.candles !== undefined) return this.feed.candles(symbol, fromMs, toMs);
    return (this.#made.get(symbol)?.candles ?? []).filter(({ openMs }) => openMs >= fromMs && openMs < toMs);
  }

  follow(symbols: readonly string[]): void {
    for (const symbol of [...this.#made.keys()]) if (!symbols.includes(symbol)) this.#made.delete(symbol);
    for (const symbol of symbols) {
      if (!this.#made.has(symbol)) this.#made.set(symbol, { minute: new MinuteOfTicks(), candles: [], isFirst: true });
    }
  }

  async stop(): Promise<void> {
    this.#made.clear();
  }

  #take({ symbol, price, at }: Tick): void {
    const made = this.#made.get(symbol);
    if (made === undefined) return;
    const candle = made.minute.take(price, at.getTime());
    if (candle === undefined) return;
    if (!made.isFirst) made.candles.push(candle);
    made.isFirst = false;
    if (made.candles.length >= 2 * REMEMBERED) made.candles = made.candles.slice(-REMEMBERED);
  }
}
