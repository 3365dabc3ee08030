/**
 * Plays a file of candles as ticks of one symbol, from its first candle, beginning when that symbol is first wanted.
 * Keeps: the order and the spacing of the recording, divided by the speed; at the end prices stay where they are. While
 * nobody wants the symbol the recording goes on unheard, as a market does.
 */
import { MINUTE_MS, type MinuteCandle } from '../../../domain/candles/minute-candle.js';
import type { PluginHost } from '../../../ports/plugin.js';
import type { PriceFeed, Tick, Wanted } from '../../../ports/price-feed.js';
import { type Candle, readCandles } from './candle-file.js';
import { candleTicks } from './candle-ticks.js';

export interface ReplayOptions {
  readonly file: string;
  readonly symbol: string;
  /** How many times faster than it was recorded; 0 for as fast as possible. */
  readonly speed: number;
}

/** The length of a candle that has no neighbour to measure by. */
const SINGLE_CANDLE_MS = 60_000;

/** Played candles that are remembered: five weeks of minutes. */
const REMEMBERED = 50_000;

const PER_ANSWER = 1_000;

/** After this many ticks without a pause, others get their turn. */
const TICKS_PER_TURN = 100;

export class ReplayFeed implements PriceFeed {
  readonly code = 'replay';
  readonly isSimulated = true;
  readonly #isForeign = new Set<string>();
  #onTick: ((tick: Tick) => void) | undefined;
  #isWanted = false;
  #latest: Tick | undefined;
  #playback: Playback | undefined;
  readonly #endWaiters = new Set<() => void>();
  #isEnded = false;
  /** Those of one minute that have been played, oldest first. */
  #played: MinuteCandle[] = [];

  constructor(
    private readonly options: ReplayOptions,
    private readonly host: PluginHost,
  ) {}

  get symbol(): string {
    return this.options.symbol;
  }

  /** True when the last candle was played, or the file turned out to be broken. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Resolves when the recording has ended. */
  ended(): Promise<void> {
    return this.#isEnded ? Promise.resolve() : new Promise((resolve) => this.#endWaiters.add(resolve));
  }

  async start(onTick: (tick: Tick) => void): Promise<void> {
    this.#onTick = onTick;
    this.#play();
  }

  want(symbols: readonly Wanted[]): void {
    for (const { symbol } of symbols) {
      if (symbol === this.options.symbol) this.#isWanted = true;
      else this.#mention(symbol);
    }
    this.#play();
  }

  unwant(symbols: readonly string[]): void {
    if (symbols.includes(this.options.symbol)) this.#isWanted = false;
  }

  latest(symbol: string): Tick | undefined {
    return symbol === this.options.symbol ? this.#latest : undefined;
  }

  candles(symbol: string, fromMs: number, toMs: number): readonly MinuteCandle[] {
    if (symbol !== this.options.symbol) return [];
    const first = firstFrom(this.#played, fromMs);
    return this.#played.slice(first, Math.min(first + PER_ANSWER, firstFrom(this.#played, toMs)));
  }

  async stop(): Promise<void> {
    this.#onTick = undefined;
    this.#played = [];
    this.#isWanted = false;
    const playback = this.#playback;
    this.#playback = undefined;
    this.#latest = undefined;
    await playback?.stop();
  }

  #play(): void {
    if (this.#onTick === undefined || !this.#isWanted || this.#playback !== undefined) return;
    this.#isEnded = false;
    this.host.log('info', 'the replay begins', { ...this.options });
    const playback = new Playback(this.options, this.host, {
      tick: (price, atMs) => {
        if (this.#playback === playback) this.#deliver(price, new Date(atMs));
      },
      candle: (candle) => {
        if (this.#playback === playback) this.#remember(candle);
      },
    });
    this.#playback = playback;
    playback.start((problem) => {
      if (this.#playback === playback) this.#end(problem);
    });
  }

  /** Longer ones, and those that begin within a minute, are not told of. */
  #remember({ atMs, open, high, low, close, volume }: Candle): void {
    if (atMs % MINUTE_MS !== 0) return;
    this.#played.push({ openMs: atMs, open, high, low, close, volume });
    if (this.#played.length >= 2 * REMEMBERED) this.#played = this.#played.slice(-REMEMBERED);
  }

  #deliver(price: string, at: Date): void {
    this.#latest = { symbol: this.options.symbol, price, at };
    if (this.#isWanted) this.#onTick?.(this.#latest);
  }

  #end(problem: string | undefined): void {
    if (problem === undefined) this.host.log('info', 'the replay has ended', { last: this.#latest?.at });
    else this.host.log('error', `the replay stopped: ${problem}`);
    this.#isEnded = true;
    for (const resolve of this.#endWaiters) resolve();
    this.#endWaiters.clear();
  }

  #mention(symbol: string): void {
    if (this.#isForeign.has(symbol)) return;
    this.#isForeign.add(symbol);
    this.host.log('warn', `the replay of ${this.options.symbol} has no prices of ${symbol}`);
  }
}

/** One run through the file. */
class Playback {
  #isStopped = false;
  #wake: (() => void) | undefined;
  /** When the first tick was due here, and its own time. */
  #anchor: { readonly hereMs: number; readonly thereMs: number } | undefined;
  #sincePause = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: ReplayOptions,
    private readonly host: PluginHost,
    private readonly told: {
      tick(price: string, atMs: number): void;
      /** Played to its end. */
      candle(candle: Candle): void;
    },
  ) {}

  start(onEnd: (problem: string | undefined) => void): void {
    this.#done = this.#run().then(
      () => onEnd(undefined),
      (error: unknown) => onEnd(error instanceof Error ? error.message : String(error)),
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.();
    await this.#done;
  }

  async #run(): Promise<void> {
    let held: Candle | undefined;
    let lengthMs: number | undefined;
    for await (const candle of readCandles(this.options.file)) {
      if (held !== undefined) {
        // A hole in the recording does not stretch the candle before it.
        lengthMs = Math.min(lengthMs ?? Infinity, candle.atMs - held.atMs);
        await this.#playCandle(held, lengthMs);
      }
      if (this.#isStopped) return;
      held = candle;
    }
    if (held !== undefined) await this.#playCandle(held, lengthMs ?? SINGLE_CANDLE_MS);
  }

  async #playCandle(candle: Candle, lengthMs: number): Promise<void> {
    for (const { price, atMs } of candleTicks(candle, lengthMs)) {
      await this.#pace(atMs);
      if (this.#isStopped) return;
      this.told.tick(price, atMs);
    }
    if (lengthMs === MINUTE_MS) this.told.candle(candle);
  }

  /** Waits until a tick of `atMs` is due. */
  async #pace(atMs: number): Promise<void> {
    const { speed } = this.options;
    if (this.#isStopped) return;
    const nowMs = this.host.now().getTime();
    this.#anchor ??= { hereMs: nowMs, thereMs: atMs };
    const dueMs = speed === 0 ? 0 : this.#anchor.hereMs + (atMs - this.#anchor.thereMs) / speed;
    const waitMs = Math.ceil(dueMs - nowMs);
    this.#sincePause += 1;
    if (waitMs <= 0 && this.#sincePause < TICKS_PER_TURN) return;
    this.#sincePause = 0;
    await this.#pause(Math.max(0, waitMs));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.host.after(ms, () => this.#wake?.());
      this.#wake = () => {
        this.#wake = undefined;
        cancel();
        resolve();
      };
    });
  }
}

/** Where the first candle stands that opens at `ms` or later. */
function firstFrom(candles: readonly MinuteCandle[], ms: number): number {
  let [low, high] = [0, candles.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((candles[middle] as MinuteCandle).openMs < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
