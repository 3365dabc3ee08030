/**
 * Runs the bots of the house, each by its own schedule, while this process watches the market.
 * Keeps: a bot that throws, hangs on the database or takes too long fails alone, rests after a few failures and is seen to;
 * after a restart it looks at the same candles again and posts nothing twice. Turns are given back between candles; what a
 * bot's rule computes within one candle nothing can interrupt.
 */
import { AsyncResource } from 'node:async_hooks';
import { candleStart } from '../../domain/candles/candle-length.js';
import { MINUTE_MS } from '../../domain/candles/minute-candle.js';
import { houseBotOf, type HouseBot } from '../../domain/signal/house.js';
import { readSettings } from '../../domain/strategy/settings.js';
import type { Strategy } from '../../domain/strategy/strategy.js';
import type { Cancel, Clock } from '../../platform/clock/clock.js';
import type { Database } from '../../platform/database/database.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Candles } from '../market-data/candles/candles.service.js';
import type { Watchlist } from '../market-data/candles/watchlist.repository.js';
import type { MarketWatch } from '../market-data/market-watch.service.js';
import { isResting, restUntil } from './bot-circuit.js';
import { BotRun } from './bot-run.js';
import type { CandidateChoice } from './candidate-choice.service.js';
import type { BotRow, HouseBotsRepository } from './house-bots.repository.js';
import type { HouseCandidatesRepository, SeenCandidate } from './house-candidates.repository.js';

/** How often each bot looks for candles that have closed, in seconds. */
export const SCHEDULE: Readonly<Record<HouseBot, number>> = { SCALPER: 15, TREND: 300, QFL: 20, AI_ML: 30 };

/** Candles before now that a bot sees first. */
export const WARM_UP = 500;

const TICK_MS = 1_000;
/** One run, the waiting for tables included. */
const PATIENCE_MS = 30_000;
/** Computing alone, between two looks at the clock. */
const COMPUTING_MS = 10_000;
const CANDLES_PER_TURN = 200;
const MESSAGE_LENGTH = 300;

export interface EngineParts {
  readonly watch: MarketWatch;
  readonly candles: Candles;
  readonly watchlist: Watchlist;
  readonly bots: HouseBotsRepository;
  readonly candidates: HouseCandidatesRepository;
  readonly choice: CandidateChoice;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A bot and where it is. */
interface Hosted {
  readonly strategy: Strategy;
  readonly bot: HouseBot;
  run: { readonly of: BotRun; readonly key: string } | undefined;
  going: Promise<void> | undefined;
  dueMs: number;
}

export class HouseEngine {
  readonly #hosted: readonly Hosted[];
  #timer: Cancel | undefined;
  #choosing: Promise<void> | undefined;

  constructor(
    private readonly parts: EngineParts,
    strategies: readonly Strategy[],
  ) {
    this.#hosted = strategies.flatMap((strategy) => {
      const bot = houseBotOf(strategy.code);
      return bot === undefined ? [] : [{ strategy, bot, run: undefined, going: undefined, dueMs: -Infinity }];
    });
  }

  /** The codes that run here when this process leads. */
  get codes(): readonly string[] {
    return this.#hosted.map(({ strategy }) => strategy.code);
  }

  /** Begins and ends with the leadership of this process. */
  start(): void {
    if (this.#hosted.length === 0) return;
    this.parts.watch.onLeading((leading) => (leading ? this.#rise() : this.#fall()));
  }

  #rise(): void {
    const tick = AsyncResource.bind(() => this.#tick());
    for (const one of this.#hosted) one.dueMs = -Infinity;
    this.#timer = this.parts.clock.every(TICK_MS, tick);
  }

  async #fall(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    for (const { going } of this.#hosted) await going;
    await this.#choosing;
    for (const one of this.#hosted) one.run = undefined;
  }

  #tick(): void {
    const nowMs = this.parts.clock.monotonicMs();
    for (const one of this.#hosted) {
      if (one.going !== undefined || nowMs < one.dueMs) continue;
      one.dueMs = nowMs + SCHEDULE[one.bot] * 1_000;
      one.going = this.parts.database
        .inLane('worker', () => this.#turn(one))
        .catch((error: unknown) => this.parts.logger.error('a bot could not be run', { bot: one.bot, error }))
        .finally(() => (one.going = undefined));
    }
    // Also what an earlier process has left: bots that saw something at the same time are compared with each other.
    this.#choosing ??= this.parts.database
      .inLane('worker', () => this.parts.choice.run())
      .catch((error: unknown) => this.parts.logger.warn('candidates could not be judged', { error }))
      .finally(() => (this.#choosing = undefined));
  }

  /** One run of one bot, and its heartbeat. */
  async #turn(one: Hosted): Promise<void> {
    const { bots, clock, logger } = this.parts;
    const at = clock.now();
    const row = await bots.ensure(one.strategy.code, at);
    if (row.every_seconds !== null) one.dueMs = clock.monotonicMs() + row.every_seconds * 1_000;
    if (!row.is_enabled) one.run = undefined;
    if (!row.is_enabled || isResting(row.open_until, at.getTime())) return;
    const began = clock.monotonicMs();
    let [error, lastCandleAt]: [string | null, Date | null] = [null, null];
    try {
      lastCandleAt = await this.#inTime(() => this.#look(one, row));
    } catch (caught) {
      error = (caught instanceof Error ? caught.message : String(caught)).slice(0, MESSAGE_LENGTH);
      // What it holds may be half a step ahead: the next run begins from the tables.
      one.run = undefined;
      logger.warn('a bot failed', { bot: one.bot, error: caught });
    }
    const failures = error === null ? 0 : row.failures + 1;
    const rest = error === null ? null : restUntil(failures, at.getTime());
    const openUntil = rest === null ? null : new Date(rest);
    const ms = Math.round(clock.monotonicMs() - began);
    await bots.beat(one.strategy.code, { at, ms, error, failures, openUntil, lastCandleAt });
  }

  /** Shows the bot what has closed since its last look; answers when the newest candle closed. */
  async #look(one: Hosted, row: BotRow): Promise<Date | null> {
    const symbols = row.symbols ?? (await this.parts.watchlist.symbols());
    const run = this.#runOf(one, row, symbols);
    const { intervalMs } = one.strategy;
    const ends = new Map(symbols.flatMap((symbol) => this.#endOf(symbol, intervalMs)));
    const newest = Math.max(...ends.values());
    if (!Number.isFinite(newest)) return null;
    const from = Math.min(...[...ends].map(([symbol, end]) => startOf(run.lastMs(symbol), end, intervalMs)));
    if (from >= newest) return new Date(newest);
    const rows = await this.parts.candles.closed(symbols, intervalMs / MINUTE_MS, new Date(from), new Date(newest));
    const known = rows.filter(({ symbol, at }) => at.getTime() + intervalMs <= (ends.get(symbol) ?? -Infinity));
    const seen = await this.#show(one, run, known);
    if (one.run?.of !== run) return null;
    await this.parts.candidates.add(seen, this.parts.clock.now());
    const last = known.reduce((latest, { at }) => Math.max(latest, at.getTime()), -Infinity);
    return Number.isFinite(last) ? new Date(last + intervalMs) : null;
  }

  /** In turns, so that a long look does not hold up what else this process does. */
  async #show(one: Hosted, run: BotRun, candles: Parameters<BotRun['take']>[0][]): Promise<SeenCandidate[]> {
    const { clock } = this.parts;
    const found: SeenCandidate[] = [];
    let turn = clock.monotonicMs();
    for (const [index, candle] of candles.entries()) {
      if (one.run?.of !== run) return [];
      for (const seen of run.take(candle)) if (this.#isFresh(one, seen)) found.push(seen);
      if (clock.monotonicMs() - turn > COMPUTING_MS) throw new Error(`computing took over ${COMPUTING_MS / 1_000} s`);
      if (index % CANDLES_PER_TURN !== CANDLES_PER_TURN - 1) continue;
      await clock.sleep(0);
      turn = clock.monotonicMs();
    }
    return found;
  }

  /** What was seen long ago, as on the first look after a start, is part of the past. Of a recording nothing is. */
  #isFresh({ bot }: Hosted, { symbol, seenAt }: SeenCandidate): boolean {
    const { candles } = this.parts;
    if (candles.isRecording) return true;
    const nowMs = candles.nowMs(symbol);
    return nowMs !== undefined && nowMs - seenAt.getTime() <= 2 * SCHEDULE[bot] * 1_000 + MINUTE_MS;
  }

  /** Up to where the candles of a symbol have closed; none where nothing is known of its market. */
  #endOf(symbol: string, intervalMs: number): [string, number][] {
    const nowMs = this.parts.candles.nowMs(symbol);
    return nowMs === undefined ? [] : [[symbol, candleStart(nowMs, intervalMs / MINUTE_MS)]];
  }

  /** The run so far, or a new one where something else was set. */
  #runOf(one: Hosted, row: BotRow, symbols: readonly string[]): BotRun {
    const key = JSON.stringify([row.settings, symbols]);
    if (one.run?.key !== key) {
      const { values } = readSettings(one.strategy.settings, row.settings);
      one.run = { of: new BotRun(one.strategy, values), key };
    }
    return one.run.of;
  }

  #inTime<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const late = () => reject(new Error(`the run took longer than ${PATIENCE_MS / 1_000} s`));
      const cancel = this.parts.clock.after(PATIENCE_MS, late);
      work().then(resolve, reject).finally(cancel);
    });
  }
}

/** The first candle to be read: after the last, but not further back than the warm-up. */
function startOf(lastMs: number | undefined, end: number, intervalMs: number): number {
  return Math.max(end - WARM_UP * intervalMs, lastMs === undefined ? -Infinity : lastMs + intervalMs);
}
