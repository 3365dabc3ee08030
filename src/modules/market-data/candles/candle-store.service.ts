/**
 * Between the keeper and the tables: partitions before rows, where each series ends, and which gaps are worth asking for.
 * Keeps: a gap that its source cannot fill is asked for a few times, further and further apart, and then left.
 */
import { Injectable } from '@nestjs/common';
import { MINUTE_MS, type MinuteCandle } from '../../../domain/candles/minute-candle.js';
import { Clock } from '../../../platform/clock/clock.js';
import { CandlePartitions } from './candle-partitions.repository.js';
import { CandlesRepository } from './candles.repository.js';
import { type Gap, KeptSeries } from './kept-series.js';

/** How often the tables are looked through for gaps, and how many of them are dealt with at once. */
const LOOK_MS = 300_000;
const GAPS_AT_ONCE = 200;

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 60_000;

@Injectable()
export class CandleStore {
  readonly #series = new Map<string, KeptSeries>();
  /** By series and beginning: how often it was asked for, and when it may be again. */
  readonly #attempts = new Map<string, { count: number; notBeforeMs: number }>();
  #lookAtMs = -Infinity;

  constructor(
    private readonly candles: CandlesRepository,
    private readonly partitions: CandlePartitions,
    private readonly clock: Clock,
  ) {}

  /** Another process may write from here on. */
  forget(): void {
    this.#series.clear();
    this.#attempts.clear();
    this.#lookAtMs = -Infinity;
  }

  /** In the order of `symbols`. */
  async series(source: string, symbols: readonly string[]): Promise<KeptSeries[]> {
    const missing = symbols.filter((symbol) => !this.#series.has(symbol));
    if (missing.length > 0) {
      for (const row of await this.candles.ensure(source, missing)) this.#series.set(row.symbol, new KeptSeries(row));
      this.#lookAtMs = -Infinity;
    }
    return symbols.flatMap((symbol) => this.#series.get(symbol) ?? []);
  }

  async store(series: KeptSeries, candles: readonly MinuteCandle[]): Promise<void> {
    const [first, last] = [candles[0], candles.at(-1)];
    if (first === undefined || last === undefined) return;
    await this.partitions.ensure(new Date(first.openMs), new Date(last.openMs));
    await this.candles.store(series.id, candles, this.clock.now());
    series.stored(first.openMs, last.openMs);
  }

  async noteAsked(series: readonly KeptSeries[]): Promise<void> {
    const asked = series.filter((one) => one.isToBeNoted);
    const rows = asked.map(({ id, failures, lastError }) => ({ seriesId: id, failures, error: lastError }));
    await this.candles.noteAsked(rows, this.clock.now());
    for (const one of asked) one.isToBeNoted = false;
  }

  /** `sinceMs` is how far back the series of a symbol should reach; undefined where that is not known. */
  async dueGaps(
    series: readonly KeptSeries[],
    monotonicMs: number,
    sinceMs: (symbol: string) => number | undefined,
  ): Promise<Gap[]> {
    if (monotonicMs < this.#lookAtMs) return [];
    this.#lookAtMs = monotonicMs + LOOK_MS;
    const known = series.flatMap((one) => ({ series: one, fromMs: sinceMs(one.symbol) }));
    const wanted = known.filter((one): one is { series: KeptSeries; fromMs: number } => one.fromMs !== undefined);
    if (wanted.length === 0) return [];
    const gaps = [...beginnings(wanted), ...(await this.#holes(wanted))];
    return gaps.filter((gap) => this.#isWorthAsking(gap, monotonicMs));
  }

  async #holes(wanted: readonly { series: KeptSeries; fromMs: number }[]): Promise<Gap[]> {
    const byId = new Map(wanted.map(({ series }) => [series.id, series]));
    const since = Math.min(...wanted.map(({ fromMs }) => fromMs));
    const rows = await this.candles.gaps([...byId.keys()], new Date(since), GAPS_AT_ONCE);
    return rows.flatMap(({ series_id, after, before }) => {
      const series = byId.get(series_id);
      if (series === undefined) return [];
      return [{ series, fromMs: after.getTime() + MINUTE_MS, toMs: before.getTime() }];
    });
  }

  #isWorthAsking({ series, fromMs }: Gap, monotonicMs: number): boolean {
    const key = `${series.id}:${fromMs}`;
    const { count, notBeforeMs } = this.#attempts.get(key) ?? { count: 0, notBeforeMs: -Infinity };
    if (count >= ATTEMPTS || monotonicMs < notBeforeMs) return false;
    this.#attempts.set(key, { count: count + 1, notBeforeMs: monotonicMs + FIRST_PAUSE_MS * 4 ** count });
    return true;
  }
}

/** What is missing before the oldest candle of each. */
function beginnings(wanted: readonly { series: KeptSeries; fromMs: number }[]): Gap[] {
  return wanted.flatMap(({ series, fromMs }) => {
    const toMs = series.firstMs;
    return toMs !== undefined && fromMs < toMs ? [{ series, fromMs, toMs }] : [];
  });
}
