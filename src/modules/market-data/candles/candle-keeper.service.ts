/**
 * Keeps the candles of the watchlist: asks for what is missing up to now, round by round, and stores it.
 * Keeps: only the process that watches the market asks; a round is never begun before the one before it is over; one symbol
 * that cannot be had does not hold up the others, and a venue that has had enough is left alone for a while.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Clock, Cancel } from '../../../platform/clock/clock.js';
import type { Database } from '../../../platform/database/database.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { candleProblem, MINUTE_MS, minuteOf, type MinuteCandle } from '../../../domain/candles/minute-candle.js';
import { type CandleSource, CandleSourceError } from '../../../ports/candle-source.js';
import type { MarketWatch } from '../market-watch.service.js';
import type { CandleStore } from './candle-store.service.js';
import type { Gap, KeptSeries } from './kept-series.js';
import type { Watchlist } from './watchlist.repository.js';

export interface KeeperOptions {
  readonly pollMs: number;
  readonly backfillMs: number;
}

/** Beyond the source's own limits: an answer that does not come is none. */
const PATIENCE_MS = 20_000;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** After a limit of the venue: every symbol waits. */
const VENUE_PAUSE_MS = 30_000;

export class CandleKeeper {
  #timer: Cancel | undefined;
  #round: Promise<void> | undefined;
  #notBeforeMs = -Infinity;
  #venueFailures = 0;
  #followed = '';

  constructor(
    private readonly source: CandleSource,
    private readonly watch: MarketWatch,
    private readonly watchlist: Watchlist,
    private readonly store: CandleStore,
    private readonly options: KeeperOptions,
    private readonly host: { readonly clock: Clock; readonly database: Database; readonly logger: Logger },
  ) {}

  /** Begins and ends with the leadership of this process. */
  start(): void {
    this.watch.onLeading((leading) => (leading ? this.#rise() : this.#fall()));
  }

  #rise(): void {
    const begin = AsyncResource.bind(() => this.#begin());
    this.#timer = this.host.clock.every(this.options.pollMs, begin);
  }

  async #fall(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    await this.#round;
    this.#followed = '';
    this.store.forget();
    await this.source.stop();
  }

  #begin(): void {
    this.#round ??= this.host.database
      .inLane('worker', () => this.#rounds())
      .catch((error: unknown) => this.host.logger.warn('candles could not be kept', { error }))
      .finally(() => (this.#round = undefined));
  }

  /** Until everything is up to date or has to wait. */
  async #rounds(): Promise<void> {
    const symbols = await this.watchlist.symbols();
    if (symbols.length === 0) return;
    this.watch.want(symbols.map((symbol) => ({ symbol })));
    const series = await this.store.series(this.source.code, symbols);
    this.#follow(symbols, series);
    let isBehind = true;
    while (isBehind && this.#isDue) {
      isBehind = false;
      for (const one of series) if (this.#isDue && (await this.#catchUp(one))) isBehind = true;
    }
    if (this.#isDue) await this.#fillGaps(series);
    await this.store.noteAsked(series);
  }

  get #isDue(): boolean {
    return this.#timer !== undefined && this.host.clock.monotonicMs() >= this.#notBeforeMs;
  }

  #follow(symbols: readonly string[], series: readonly KeptSeries[]): void {
    if (this.source.follow === undefined || this.#followed === symbols.join()) return;
    this.#followed = symbols.join();
    const bySymbol = new Map(series.map((one) => [one.symbol, one]));
    this.source.follow(symbols, (symbol, candle) => {
      const one = bySymbol.get(symbol);
      if (one !== undefined) this.#told(one, candle);
    });
  }

  /** What a stream tells is stored when it follows what is there; otherwise the next round asks for what lies between. */
  #told(series: KeptSeries, candle: MinuteCandle): void {
    if (this.#timer === undefined || !series.isNext(candle.openMs) || candleProblem(candle) !== undefined) return;
    const stored = this.host.database.inLane('worker', () => this.store.store(series, [candle]));
    stored.catch((error: unknown) => this.host.logger.warn('a candle could not be stored', { error }));
  }

  /** One page of what is missing up to now; true where there may be more. */
  async #catchUp(series: KeptSeries): Promise<boolean> {
    const nowMs = this.source.nowMs(series.symbol);
    if (nowMs === undefined) return false;
    const fromMs = series.nextMs ?? minuteOf(nowMs - this.options.backfillMs);
    const toMs = minuteOf(nowMs);
    if (toMs <= fromMs) return false;
    const candles = await this.#fetch(series, fromMs, toMs);
    return candles !== undefined && candles.length > 1 && (series.nextMs ?? toMs) < toMs;
  }

  async #fillGaps(series: readonly KeptSeries[]): Promise<void> {
    const clock = this.host.clock.monotonicMs();
    const gaps = await this.store.dueGaps(series, clock, (symbol) => {
      const nowMs = this.source.nowMs(symbol);
      return nowMs === undefined ? undefined : minuteOf(nowMs - this.options.backfillMs);
    });
    for (const gap of gaps) if (this.#isDue) await this.#fillGap(gap);
  }

  async #fillGap({ series, fromMs, toMs }: Gap): Promise<void> {
    for (let nextMs = fromMs; nextMs < toMs && this.#isDue;) {
      const candles = await this.#fetch(series, nextMs, toMs);
      const last = candles?.at(-1);
      if (last === undefined) return;
      nextMs = last.openMs + MINUTE_MS;
    }
  }

  /** What was stored of the answer; undefined where there was none, or it is not time to ask. */
  async #fetch(series: KeptSeries, fromMs: number, toMs: number): Promise<readonly MinuteCandle[] | undefined> {
    if (this.host.clock.monotonicMs() < series.notBeforeMs) return undefined;
    try {
      const answer = await this.#inTime(this.source.fetch(series.symbol, fromMs, toMs));
      const candles = answer.filter((candle) => candle.openMs >= fromMs && candle.openMs < toMs);
      await this.store.store(series, this.#sound(series.symbol, candles));
      series.answered();
      this.#venueFailures = 0;
      return candles;
    } catch (error) {
      this.#failed(series, error);
      return undefined;
    }
  }

  #sound(symbol: string, candles: readonly MinuteCandle[]): MinuteCandle[] {
    const unsound = candles.flatMap((candle) => candleProblem(candle) ?? []);
    if (unsound.length > 0) {
      this.host.logger.warn('candles were refused', { symbol, count: unsound.length, problem: unsound[0] });
    }
    return candles.filter((candle) => candleProblem(candle) === undefined);
  }

  #failed(series: KeptSeries, error: unknown): void {
    const nowMs = this.host.clock.monotonicMs();
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(16, series.failures));
    const message = error instanceof Error ? error.message : String(error);
    series.failed(message.slice(0, 300), nowMs + pauseMs);
    this.host.logger.warn('candles could not be had', { symbol: series.symbol, message, pauseMs });
    if (!(error instanceof CandleSourceError) || !error.isForAll) return;
    this.#notBeforeMs = nowMs + Math.min(LONGEST_PAUSE_MS, VENUE_PAUSE_MS * 2 ** this.#venueFailures);
    this.#venueFailures = Math.min(4, this.#venueFailures + 1);
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const late = () => reject(new CandleSourceError(`no answer within ${PATIENCE_MS / 1_000} s`, false));
      const cancel = this.host.clock.after(PATIENCE_MS, late);
      work.then(resolve, reject).finally(cancel);
    });
  }
}
