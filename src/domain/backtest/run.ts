/**
 * One backtest: a strategy (or dated intents) over the candles of one or more symbols, on one account.
 * Keeps: the same input gives the same result, byte for byte. What is decided on the close of a candle is carried out at the
 * next price there is, the open of a later candle, never at a price that had been seen before; all symbols see their opens
 * before any of them sees what came after.
 */
import type { FusionSettings } from '../fusion/candidate.js';
import type { Intent } from '../intent/intent.js';
import type { ClosedCandles } from '../strategy/candle-view.js';
import type { SettingValues } from '../strategy/settings.js';
import { closedCandlesOf } from '../strategy/run-views.js';
import type { Strategy } from '../strategy/strategy.js';
import type { IntrabarRule } from './bar-path.js';
import { Engine } from './engine.js';
import { type EquityFigures, EquityRecorder } from './equity.js';
import { FusionGate } from './fusion-gate.js';
import { toDouble } from '../money/double.js';
import { type CandleSeries, indexAt } from './series.js';
import type { BacktestTerms } from './terms.js';
import type { Trade } from './trade.js';

export interface DatedIntent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly intent: Intent;
}

export interface BacktestInput {
  readonly series: readonly CandleSeries[];
  /** What decides: a strategy for each symbol, or what was said at its time. */
  readonly strategy?: { readonly rule: Strategy; readonly settings: SettingValues } | undefined;
  readonly said?: readonly DatedIntent[] | undefined;
  readonly terms: BacktestTerms;
  readonly intrabar: IntrabarRule;
  /** The layer that chooses among candidates of house bots; absent: every signal is carried out. */
  readonly fusion?: FusionSettings | undefined;
  /** Nothing is traded before; earlier candles warm the strategy up. Milliseconds since 1970. */
  readonly from?: number | undefined;
  /** Candles that open then or later are left out. */
  readonly to?: number | undefined;
}

export interface BacktestResult {
  /** Open of the first candle that was traded on, and close of the last. */
  readonly from: number;
  readonly to: number;
  readonly symbols: readonly string[];
  /** Candles that were gone through, of all symbols. */
  readonly candles: number;
  readonly initialBalance: string;
  readonly finalBalance: string;
  /** In the order in which they ended. */
  readonly trades: readonly Trade[];
  readonly signals: number;
  readonly unfilled: number;
  /** By reason, sorted by it. */
  readonly refusals: Readonly<Record<string, number>>;
  /** How often the strategy decided what it decided, by its reason. */
  readonly decisions: Readonly<Record<string, number>>;
  readonly equity: EquityFigures;
}

/** How far the run is; answering false ends it there. */
export type OnProgress = (done: number, total: number) => boolean | void;

export class BacktestCancelled extends Error {}

/** Candles between two reports of progress. */
const REPORT_EVERY = 10_000;

/** One symbol on its way through its candles. */
interface Lane {
  readonly series: CandleSeries;
  readonly end: number;
  /** The strategy on this symbol, with its state. */
  readonly decide: ((now: number) => readonly Intent[]) | undefined;
  readonly view: ClosedCandles;
  /** Intents that wait for the next price. */
  readonly waiting: DatedIntent[];
  index: number;
}

export function runBacktest(input: BacktestInput, onProgress?: OnProgress): BacktestResult {
  return new Run(input, onProgress).result();
}

class Run {
  readonly #engine: Engine;
  readonly #gate: FusionGate | undefined;
  readonly #lanes: Lane[];
  readonly #recorder: EquityRecorder;
  readonly #decisions = new Map<string, number>();
  readonly #tallies: Tally[] = [];
  readonly #intervalMs: number;
  readonly #from: number;
  readonly #to: number;
  readonly #total: number;
  #balanceOf: unknown;
  #balance = 0;
  #done = 0;
  #nextReport = REPORT_EVERY;

  constructor(
    private readonly input: BacktestInput,
    private readonly onProgress: OnProgress | undefined,
  ) {
    const { series, terms, from = -Infinity, to = Infinity } = input;
    this.#intervalMs = series[0]?.intervalMs ?? 0;
    if (series.some(({ intervalMs }) => intervalMs !== this.#intervalMs)) {
      throw new RangeError('all candles of a run have the same interval');
    }
    this.#engine = new Engine(terms, input.intrabar, (ref) => this.#gate?.ended(ref));
    const { fusion } = input;
    this.#gate = fusion === undefined ? undefined : new FusionGate(fusion, (reason) => this.#engine.refuse(reason));
    this.#lanes = series.map((one) => this.#lane(one, to));
    this.#total = this.#lanes.reduce((sum, { end }) => sum + end, 0);
    const opens = this.#lanes.flatMap(({ series: { candles }, end }) => firstAndLast(candles.time, from, end));
    if (opens.length === 0) throw new RangeError('there are no candles in that time');
    this.#from = Math.min(...opens);
    this.#to = Math.max(...opens) + this.#intervalMs;
    this.#recorder = new EquityRecorder(this.#from, this.#to, toDouble(this.#engine.cash.balance));
  }

  result(): BacktestResult {
    this.#go();
    this.#engine.finish(this.#to);
    for (const tally of this.#tallies) tally.flush();
    const { cash, trades, signals, unfilled, refusals } = this.#engine;
    return {
      from: this.#from,
      to: this.#to,
      symbols: this.#lanes.map(({ series }) => series.symbol),
      candles: this.#total,
      initialBalance: this.input.terms.account.balance,
      finalBalance: cash.balance.toString(),
      trades,
      signals,
      unfilled,
      refusals: sorted(refusals),
      decisions: sorted(this.#decisions),
      equity: this.#recorder.finish(toDouble(cash.balance)),
    };
  }

  #go(): void {
    const lanes = this.#lanes;
    for (;;) {
      let time = Infinity;
      for (const lane of lanes) if (lane.index < lane.end) time = Math.min(time, openOf(lane));
      if (time === Infinity) return;
      const isTrading = time >= this.#from;
      const now = time + this.#intervalMs;
      if (isTrading) for (const lane of lanes) if (isAt(lane, time)) this.#open(lane, time);
      for (const lane of lanes) {
        if (!isAt(lane, time)) continue;
        if (isTrading) this.#within(lane, time);
        this.#close(lane, now, isTrading);
      }
      if (isTrading) this.#mark(now);
      if (this.#done >= this.#nextReport) this.#report();
    }
  }

  #report(): void {
    this.#nextReport += REPORT_EVERY;
    if (this.onProgress?.(this.#done, this.#total) === false) throw new BacktestCancelled('the run was cancelled');
  }

  #mark(now: number): void {
    const { cash } = this.#engine;
    if (this.#balanceOf !== cash.balance) {
      this.#balanceOf = cash.balance;
      this.#balance = toDouble(cash.balance);
    }
    const open = cash.openPositions === 0 ? 0 : this.#engine.unrealised();
    this.#recorder.mark(now, this.#balance + open, cash.openPositions > 0 && this.#engine.isHolding);
  }

  /** The open of a candle: first for what is held, then for what has been decided since the last price. */
  #open(lane: Lane, time: number): void {
    const { symbol, candles } = lane.series;
    const price = candles.open[lane.index] as number;
    this.#engine.open(symbol, price, time);
    if (lane.waiting.length > 0) this.#carryOut(lane, price, time);
  }

  #carryOut(lane: Lane, price: number, time: number): void {
    const due: Intent[] = [];
    for (let next = lane.waiting[0]; next !== undefined && next.at <= time; next = lane.waiting[0]) {
      lane.waiting.shift();
      due.push(next.intent);
    }
    for (const intent of this.#gate?.choose(due, price, time) ?? due) {
      if (intent.kind === 'ENTER') this.#engine.enter(intent, price, time);
      else this.#engine.change(intent, time);
    }
  }

  #within(lane: Lane, time: number): void {
    const { symbol, candles, intervalMs, fine } = lane.series;
    const at = lane.index;
    const isIdle = this.#engine.isIdle(symbol) && (fine === undefined || lane.waiting.length === 0);
    if (isIdle || (fine !== undefined && this.#withinFine(lane, time))) return;
    this.#engine.within(
      symbol,
      candles.open[at] as number,
      candles.high[at] as number,
      candles.low[at] as number,
      candles.close[at] as number,
      time,
      intervalMs,
    );
  }

  /** The candle by the finer ones inside it; false where there are none. */
  #withinFine(lane: Lane, time: number): boolean {
    const { symbol, fine, intervalMs } = lane.series;
    if (fine === undefined) return false;
    const { candles } = fine;
    const first = indexAt(candles, time);
    const end = indexAt(candles, time + intervalMs);
    for (let index = first; index < end; index += 1) {
      const price = (column: Float64Array) => column[index] as number;
      const at = candles.time[index] as number;
      this.#engine.open(symbol, price(candles.open), at);
      if (lane.waiting.length > 0) this.#carryOut(lane, price(candles.open), at);
      const { open, high, low, close } = candles;
      this.#engine.within(symbol, price(open), price(high), price(low), price(close), at, fine.intervalMs);
    }
    return end > first;
  }

  #close(lane: Lane, now: number, isTrading: boolean): void {
    lane.index += 1;
    this.#done += 1;
    if (lane.decide === undefined) return;
    lane.view.showTo(lane.index);
    const intents = lane.decide(now);
    if (!isTrading || intents.length === 0) return;
    for (const intent of intents) this.#laneOf(intent, lane).waiting.push({ at: now, intent });
  }

  /** An intent waits for a price of its own symbol. */
  #laneOf(intent: Intent, own: Lane): Lane {
    const symbol = intent.kind === 'ENTER' ? intent.symbol : intent.about.symbol;
    return this.#lanes.find(({ series }) => series.symbol === symbol) ?? own;
  }

  #lane(series: CandleSeries, to: number): Lane {
    const { symbol, candles } = series;
    const { strategy, said = [] } = this.input;
    const view = closedCandlesOf(series, strategy?.rule, strategy?.settings ?? {});
    const waiting = said
      .filter(({ intent }) => (intent.kind === 'ENTER' ? intent.symbol : (intent.about.symbol ?? symbol)) === symbol)
      .sort((a, b) => a.at - b.at);
    const decide = strategy === undefined ? undefined : this.#decider(strategy.rule, strategy.settings, view);
    return { series, end: indexAt(candles, to), view, decide, waiting, index: 0 };
  }

  #decider(rule: Strategy, settings: SettingValues, view: ClosedCandles): (now: number) => readonly Intent[] {
    const state = rule.begin(settings, view.symbol);
    const tally = new Tally(this.#decisions);
    this.#tallies.push(tally);
    return (now) => {
      const { intents, why } = rule.decide(view, state, now);
      tally.count(why);
      return intents;
    };
  }
}

/** Counts reasons; most come many times in a row. */
class Tally {
  #why = '';
  #times = 0;

  constructor(private readonly counts: Map<string, number>) {}

  count(why: string): void {
    if (why !== this.#why) this.flush();
    this.#why = why;
    this.#times += 1;
  }

  flush(): void {
    if (this.#times > 0) this.counts.set(this.#why, (this.counts.get(this.#why) ?? 0) + this.#times);
    this.#times = 0;
  }
}

const openOf = ({ series, index }: Lane): number => series.candles.time[index] as number;

const isAt = (lane: Lane, time: number): boolean => lane.index < lane.end && openOf(lane) === time;

function firstAndLast(time: Float64Array, from: number, end: number): number[] {
  let first = 0;
  while (first < end && (time[first] as number) < from) first += 1;
  return first >= end ? [] : [time[first] as number, time[end - 1] as number];
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
