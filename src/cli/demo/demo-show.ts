/**
 * The show itself: posts the signals, watches until they have ended, ends what is left, and reads the report.
 * Keeps: prices are moved by the simulated market alone; what is shown was read from the server; on every way out the
 * signals are ended and the followers no longer trade. Never longer than its time, but for the closing seconds.
 */
import { isTerminalSignal } from '../../domain/signal/signal.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { Database } from '../../platform/database/database.js';
import type { DemoApi, DemoReport } from './demo-api.js';
import { type DemoFigures, isOver, readFigures } from './demo-figures.js';
import { type DemoMarket, type DemoSignal, DEMO_SIGNALS, demoSignal } from './demo-market.js';
import type { DemoFollowers } from './demo-people.js';
import { type DemoView, progressLine, tableLines } from './demo-screen.js';
import type { DemoTerminal } from './demo-terminal.js';

export interface ShowParts {
  readonly api: DemoApi;
  readonly database: Database;
  readonly clock: Clock;
  readonly terminal: DemoTerminal;
}

export interface ShowPlan {
  readonly markets: readonly DemoMarket[];
  /** Distance of stop and last target of a symbol, as a fraction of its price. */
  readonly spanOf: (symbol: string) => number;
  readonly followers: DemoFollowers;
  /** From the first signal on. */
  readonly seconds: number;
}

export interface ShowResult {
  readonly view: DemoView;
  readonly report: DemoReport;
  /** Symbols whose signals were still alive at the end and were cancelled. */
  readonly cancelled: readonly string[];
}

const LOOK_EVERY_MS = 250;
const BETWEEN_SIGNALS_MS = 1_500;
/** How long to wait for what was cancelled, and for broadcasts that are on their way. */
const CLOSING_MS = 4_000;
const REASON = 'the demo is over';

export class DemoShow {
  readonly #ids: number[] = [];
  readonly #symbols: string[] = [];
  #beganAt: number;

  constructor(
    private readonly parts: ShowParts,
    private readonly plan: ShowPlan,
  ) {
    this.#beganAt = parts.clock.monotonicMs();
  }

  /** Runs to the end; an aborted `stop` ends it early, in order. */
  async run(stop: AbortSignal): Promise<ShowResult> {
    this.#beganAt = this.parts.clock.monotonicMs();
    let cancelled: string[] = [];
    try {
      const isLate = () => this.#seconds() >= this.plan.seconds || stop.aborted;
      await this.#post(stop);
      await this.#watch(isLate, stop, (figures) => isOver(figures, this.plan.followers.trading));
    } finally {
      cancelled = await this.#cancelRest();
    }
    const closesAt = this.parts.clock.monotonicMs() + CLOSING_MS;
    const isClosed = (figures: DemoFigures) =>
      isOver(figures, this.plan.followers.trading) && figures.broadcasts.waiting === 0;
    const view = await this.#watch(() => this.parts.clock.monotonicMs() >= closesAt, undefined, isClosed);
    return { view, report: await this.parts.api.report(), cancelled };
  }

  async #post(stop: AbortSignal): Promise<void> {
    const pause = Math.min(BETWEEN_SIGNALS_MS, this.plan.seconds * 100);
    const prices = await this.parts.api.prices(this.plan.markets.map(({ symbol }) => symbol));
    for (const market of this.plan.markets) {
      if (this.#ids.length === DEMO_SIGNALS || stop.aborted) return;
      const price = prices.get(market.symbol) ?? market.start;
      if (!(await this.#postOne(demoSignal(market, price, this.plan.spanOf(market.symbol))))) continue;
      const next = this.parts.clock.monotonicMs() + pause;
      await this.#watch(() => stop.aborted || this.parts.clock.monotonicMs() >= next, stop);
    }
    if (this.#ids.length < DEMO_SIGNALS) {
      throw new TypeError('Signals were posted on these symbols a moment ago. Wait a minute and run the demo again.');
    }
  }

  /** False when the server takes it for a repetition. */
  async #postOne(signal: DemoSignal): Promise<boolean> {
    const id = await this.parts.api.post(signal);
    if (id === undefined) return false;
    this.#ids.push(id);
    this.#symbols.push(signal.symbol);
    return true;
  }

  /** Looks and draws until the time is up or `isDone`; answers what it saw last. */
  async #watch(
    isLate: () => boolean,
    stop?: AbortSignal,
    isDone: (figures: DemoFigures) => boolean = () => false,
  ): Promise<DemoView> {
    for (;;) {
      const view = await this.#look();
      this.parts.terminal.draw(tableLines(view), progressLine(view), view.seconds);
      if (isDone(view.figures) || isLate()) return view;
      await this.parts.clock.sleep(LOOK_EVERY_MS, stop);
    }
  }

  async #look(): Promise<DemoView> {
    const { ids, trading } = this.plan.followers;
    const [figures, prices] = await Promise.all([
      readFigures(this.parts.database, this.#ids, ids),
      this.#symbols.length === 0 ? new Map<string, string>() : this.parts.api.prices(this.#symbols),
    ]);
    return { seconds: this.#seconds(), followers: ids.length, trading, figures, prices };
  }

  /** Ends every signal that is alive; answers their symbols. */
  async #cancelRest(): Promise<string[]> {
    const figures = await readFigures(this.parts.database, this.#ids, this.plan.followers.ids);
    const alive = figures.signals.filter(({ status }) => !isTerminalSignal(status));
    for (const { signal_id } of alive) await this.parts.api.cancel(signal_id, REASON);
    return alive.map(({ symbol }) => symbol);
  }

  #seconds(): number {
    return (this.parts.clock.monotonicMs() - this.#beganAt) / 1_000;
  }
}
