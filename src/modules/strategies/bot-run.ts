/**
 * One bot on the symbols that it looks at: what it has seen of each, and what it would trade.
 * Keeps: every candle is decided upon once, oldest first, by the bot's pure rule and nothing else; a run that failed is
 * thrown away, and a new one sees the same candles from the tables.
 */
import { houseBotOf, type HouseBot } from '../../domain/signal/house.js';
import type { SettingValues } from '../../domain/strategy/settings.js';
import { type ClosedCandle, LiveCandles } from '../../domain/strategy/run-views.js';
import type { Strategy } from '../../domain/strategy/strategy.js';
import type { CandleOfMinutes } from '../market-data/candles/candles.repository.js';
import type { SeenCandidate } from './house-candidates.repository.js';

interface SymbolRun {
  readonly view: LiveCandles;
  readonly state: unknown;
  lastMs: number;
}

export class BotRun {
  readonly bot: HouseBot;
  readonly #symbols = new Map<string, SymbolRun>();

  /** Throws where the strategy is none of the house's bots. */
  constructor(
    readonly strategy: Strategy,
    private readonly settings: SettingValues,
  ) {
    const bot = houseBotOf(strategy.code);
    if (bot === undefined) throw new Error(`${strategy.code} is no bot of the house`);
    this.bot = bot;
  }

  /** When the newest candle opens that it has seen of a symbol. */
  lastMs(symbol: string): number | undefined {
    return this.#symbols.get(symbol)?.lastMs;
  }

  /** What it would trade on the close of this candle; nothing where it has seen it before. Throws what the strategy throws. */
  take(candle: CandleOfMinutes): SeenCandidate[] {
    const { symbol } = candle;
    const run = this.#run(symbol);
    const openMs = candle.at.getTime();
    if (openMs <= run.lastMs) return [];
    run.lastMs = openMs;
    run.view.push(closedCandle(candle));
    const closeMs = openMs + this.strategy.intervalMs;
    const { intents } = this.strategy.decide(run.view, run.state, closeMs);
    return intents.flatMap((intent) => {
      if (intent.kind !== 'ENTER') return [];
      const ref = intent.ref ?? `${this.bot}:${symbol}:${closeMs}`;
      const { side, confidence } = intent;
      return [
        { ...{ bot: this.bot, ref, symbol, side, intent }, confidence: confidence ?? 0, seenAt: new Date(closeMs) },
      ];
    });
  }

  #run(symbol: string): SymbolRun {
    let run = this.#symbols.get(symbol);
    if (run === undefined) {
      const view = new LiveCandles(symbol, this.strategy.intervalMs, this.strategy, this.settings);
      run = { view, state: this.strategy.begin(this.settings, symbol), lastMs: -Infinity };
      this.#symbols.set(symbol, run);
    }
    return run;
  }
}

/** Statistics are in doubles. */
export function closedCandle({ at, open, high, low, close, volume }: CandleOfMinutes): ClosedCandle {
  return {
    time: at.getTime(),
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume),
  };
}
