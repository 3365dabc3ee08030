/**
 * A trading account in memory that is driven by prices: what live trading does with rows and work, with the same rules.
 * Keeps: nothing is decided here that live trading decides elsewhere: entries by `planEntry`, prices by `onPrice`, time by
 * `onTime`, commands by `onCommand`, funding and money by the ledger; a price that fires no trigger of the symbol's book costs
 * two comparisons. Deterministic: no clock, no chance but draws named after orders.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import { oppositeSide } from '../instrument/side.js';
import type { ChangeIntent, EnterIntent } from '../intent/intent.js';
import { fundingPayment } from '../ledger/ledger.js';
import { Decimal } from '../money/decimal.js';
import { FUNDING_MS } from '../paper/paper-times.js';
import { onCommand } from '../position/on-command.js';
import { dueAt, onTime } from '../position/on-time.js';
import { oppositeAction } from '../position/opposite.js';
import type { PositionChange, PositionState } from '../position/position.js';
import { isTerminalPosition } from '../position/position-status.js';
import { entrySizeOf } from '../risk/entry-size.js';
import type { OppositeFacts } from '../risk/opposite-facts.js';
import type { SignalDraft } from '../signal/check-signal.js';
import { type Bar, type IntrabarRule, walkBar } from './bar-path.js';
import { Cash } from './cash.js';
import { changesOf, isAbout } from './change.js';
import { draftOf, type PlannedEntry, planEntry } from './enter.js';
import { Held, HeldBook } from './held-book.js';
import { exactPrice, priceText, toDouble } from '../money/double.js';
import type { BacktestTerms } from './terms.js';
import { type ExitReason, type Trade, TradeLog } from './trade.js';
import { jump, type Walk } from './walk.js';

export class Engine {
  readonly cash: Cash;
  readonly trades: Trade[] = [];
  /** How many signals were refused, by reason. */
  readonly refusals = new Map<string, number>();
  /** Entries that never filled. */
  unfilled = 0;
  signals = 0;
  readonly #books = new Map<string, HeldBook>();
  readonly #rules = new Map<string, InstrumentRules>();
  #nextFunding: number | undefined;
  #ending = false;

  constructor(
    readonly terms: BacktestTerms,
    private readonly intrabar: IntrabarRule = 'stop-first',
    /** Told the name of each signal whose trade has ended, or never began. */
    private readonly onEnd: (ref: string | null) => void = () => undefined,
  ) {
    this.cash = new Cash(terms.account.balance);
  }

  /** Whether anything is held or waits on a symbol. */
  isIdle(symbol: string): boolean {
    return this.#books.get(symbol)?.isEmpty ?? true;
  }

  /** Whether anything is held, as opposed to waiting. */
  get isHolding(): boolean {
    for (const book of this.#books.values()) if (book.isHolding) return true;
    return false;
  }

  /** What is held, at these prices: USDT, for statistics. */
  unrealised(): number {
    let sum = 0;
    for (const book of this.#books.values()) sum += book.unrealised();
    return sum;
  }

  /**
   * The time has come to `at` (ms) with `price` of the symbol: a jump. Funding that is due is charged, then what is due by
   * time happens, then the price is looked at.
   */
  open(symbol: string, price: number, at: number): void {
    this.#fund(at);
    const book = this.#books.get(symbol);
    if (book === undefined || book.isEmpty) return;
    const isDue = book.isDue(at);
    if (!isDue && !book.fires(price, price)) return book.see(price, price);
    const exact = exactPrice(price);
    for (const held of book.all()) {
      if (isDue) this.#onTime(book, held, exact, new Date(at));
      this.#move(book, held, (start) => jump(start, exact, new Date(at)));
    }
    book.see(price, price);
  }

  /** What comes after the open of a candle, by the intrabar rule. */
  within(symbol: string, open: number, high: number, low: number, close: number, time: number, lengthMs: number): void {
    const book = this.#books.get(symbol);
    if (book === undefined || book.isEmpty) return;
    if (!book.fires(low, high)) return book.see(low, high, close);
    const [o, h, l, c] = [open, high, low, close].map(exactPrice) as [Decimal, Decimal, Decimal, Decimal];
    const bar: Bar = { open: o, high: h, low: l, close: c, time, lengthMs };
    for (const held of book.all()) {
      const isHeld = held.isHeld;
      this.#move(book, held, (start) => walkBar(start, bar, this.intrabar));
      if (isHeld && !isTerminalPosition(held.position.status)) held.log.see(low, high);
    }
    book.last = close;
  }

  /** Carries a signal out at this price. Answers why it was refused; undefined where it was entered. */
  enter(intent: EnterIntent, price: number, at: number): string | undefined {
    this.signals += 1;
    const refusal = this.#enter(intent, this.signals, exactPrice(price), new Date(at), price);
    if (refusal === undefined) return undefined;
    this.refuse(refusal);
    this.onEnd(intent.ref);
    return refusal;
  }

  /** Counts a signal that was refused before it came here, or here. */
  refuse(reason: string): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  /**
   * Carries out what a source says of its trades, each at the newest price of its symbol. Answers how many it changed. Where
   * several fit what is meant by its symbol only, and not all are meant, nothing is: as in live trading.
   */
  change(intent: ChangeIntent, at: number): number {
    const fitting = [...this.#books.values()].flatMap((book) => book.all().filter((held) => isAbout(held, intent)));
    const isClear = intent.about.ref !== undefined || intent.about.all === true || fitting.length < 2;
    if (fitting.length === 0) this.refuse('NOTHING_MEANT');
    else if (!isClear) this.refuse('AMBIGUOUS');
    if (!isClear) return 0;
    let changed = 0;
    for (const book of this.#books.values()) {
      if (book.isEmpty) continue;
      const moment = { market: exactPrice(book.last), fees: this.terms.venue.fees, at: new Date(at) };
      for (const held of book.all()) {
        const made = changesOf(held, intent, moment);
        for (const change of made) this.#book(held, change, moment.at);
        if (made.length > 0) this.#arm(book, held);
        changed += made.length > 0 ? 1 : 0;
      }
    }
    return changed;
  }

  /** Closes what is held at its last price and withdraws what waits: the run is over. */
  finish(at: number): void {
    this.#ending = true;
    for (const book of this.#books.values()) {
      for (const held of book.all()) {
        const command = { kind: 'flatten', message: 'The run has ended' } as const;
        const change = onCommand(held.position, command, exactPrice(book.last), this.terms.venue.fees, new Date(at));
        if (change !== undefined) this.#book(held, change, new Date(at));
        this.#arm(book, held);
      }
    }
    this.cash.requireBalanced();
  }

  #enter(intent: EnterIntent, id: number, market: Decimal, at: Date, price: number): string | undefined {
    const rules = this.#rulesOf(intent.symbol, price);
    const draft = draftOf(intent, market);
    if ('refusal' in draft) return draft.refusal;
    const book = this.#bookOf(intent.symbol);
    const planned = planEntry({ id, draft, market, at, rules }, this.terms);
    const opposite = this.#settleOtherSide(book, draft, id, planned, market, at);
    const entered = planned.decide(this.#wallet(opposite));
    if (entered.verdict === 'REFUSED') return entered.reason;
    this.cash.enter(entered.entry);
    const { lossAtStop } = entrySizeOf(planned.plan, entered.entry);
    const log = new TradeLog(draft.confidence, intent.ref, lossAtStop);
    const held = new Held(entered.position, entered.managed, log, draft.tradeType === 'SPOT');
    if (held.isHeld) {
      log.entered(entered.entry.entryPrice, entered.entry.qty, entered.entry.entryFee, at);
      log.see(price, price);
    }
    book.last = price;
    this.#arm(book, held);
    return undefined;
  }

  #wallet(opposite: OppositeFacts | undefined) {
    const { balance, marginUsed, openPositions } = this.cash;
    return { balance, marginUsed, openPositions, opposite };
  }

  /** Closes what stands on the other side as far as plans and settings want it; says what there was. */
  #settleOtherSide(
    book: HeldBook,
    draft: SignalDraft,
    id: number,
    planned: PlannedEntry,
    market: Decimal,
    at: Date,
  ): OppositeFacts | undefined {
    const others = book.all().filter(({ position }) => position.side === oppositeSide(draft.side));
    if (others.length === 0) return undefined;
    const { positionMode: mode, allowsReversal } = this.terms.account;
    const isMeant = planned.refusalAsFollower(this.#wallet(undefined)) === undefined;
    let [kept, closed] = [0, 0];
    for (const held of others) {
      const action = isMeant ? oppositeAction(held.position, { mode, allowsReversal }) : 'IGNORE';
      if (action === 'IGNORE') kept += 1;
      if (action === 'CLOSE') closed += 1;
      if (action === 'IGNORE') continue;
      const command = { kind: 'reverse', bySignal: id } as const;
      const change = onCommand(held.position, command, market, this.terms.venue.fees, at);
      if (change !== undefined) this.#book(held, change, at);
      this.#arm(book, held);
    }
    return kept === 0 && closed === 0 ? undefined : { mode, held: kept, closed };
  }

  #onTime(book: HeldBook, held: Held, price: Decimal, at: Date): void {
    const due = dueAt(held.position);
    if (due === null || due > at) return;
    const change = onTime(held.position, at, price, this.terms.venue.fees);
    if (change === undefined) return;
    this.#book(held, change, at);
    this.#arm(book, held);
  }

  #move(book: HeldBook, held: Held, by: (walk: Walk) => PositionState): void {
    if (isTerminalPosition(held.position.status)) return;
    const after = by({
      position: held.position,
      fees: this.terms.venue.fees,
      book: (change, at) => this.#book(held, change, at),
      see: (price) => {
        const seen = toDouble(price);
        if (held.isHeld) held.log.see(seen, seen);
      },
    });
    held.position = after;
    this.#arm(book, held);
  }

  #book(held: Held, change: PositionChange, at: Date): void {
    const wasHeld = held.isHeld;
    this.cash.book(change);
    held.log.book(change, at);
    held.position = change.after;
    const first = change.executions[0];
    if (!wasHeld && first !== undefined) held.log.see(toDouble(first.price), toDouble(first.price));
  }

  #arm(book: HeldBook, held: Held): void {
    book.arm(held, this.terms.venue.fees);
    if (!isTerminalPosition(held.position.status)) return;
    const { closeReason } = held.position;
    const reason: ExitReason = this.#ending ? 'END' : (closeReason ?? 'END');
    const trade = held.log.finish(held.position, held.funding, reason);
    if (trade === undefined) this.unfilled += 1;
    else this.trades.push(trade);
    this.onEnd(held.log.ref);
  }

  /** Charges every funding time up to `at`: at the time itself by the last price that was seen. */
  #fund(at: number): void {
    const rateOf = this.terms.venue.fundingRatePercent;
    if (rateOf === undefined) return;
    this.#nextFunding ??= Math.ceil(at / FUNDING_MS) * FUNDING_MS;
    for (; this.#nextFunding <= at; this.#nextFunding += FUNDING_MS) {
      if (this.cash.openPositions === 0) continue;
      for (const [symbol, book] of this.#books) this.#charge(book, this.#nextFunding, Decimal.of(rateOf(symbol)));
    }
  }

  #charge(book: HeldBook, at: number, rate: Decimal): void {
    for (const held of book.all()) {
      const { side, remainingQty, openedAt } = held.position;
      if (held.isSpot || openedAt === null || openedAt.getTime() > at || !remainingQty.isPositive) continue;
      const payment = fundingPayment(side, remainingQty, exactPrice(book.last), rate);
      if (payment.isZero) continue;
      this.cash.fund(payment);
      held.charge(payment);
    }
  }

  #bookOf(symbol: string): HeldBook {
    let book = this.#books.get(symbol);
    if (book === undefined) this.#books.set(symbol, (book = new HeldBook()));
    return book;
  }

  #rulesOf(symbol: string, price: number): InstrumentRules {
    let rules = this.#rules.get(symbol);
    if (rules === undefined) this.#rules.set(symbol, (rules = this.terms.venue.rules(symbol, priceText(price))));
    return rules;
  }
}
