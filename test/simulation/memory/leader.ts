/**
 * What only the leading process has, and loses when it dies: the trigger books and the prices under way.
 * Keeps: as the trigger engine does: a crossing is noted, applied, settled; a new leader settles what it finds noted
 * before it looks at a price; whatever was written is armed again from what was written; what a switch keeps from
 * growing is held, watched for everything else, and looked at again when switches change; accounts with cross margin
 * come before their positions.
 */
import { Decimal } from '../../../src/domain/money/decimal.js';
import { growsAt, onPrice } from '../../../src/domain/position/on-price.js';
import { dueAt, onTime } from '../../../src/domain/position/on-time.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import { signalOnPrice, type SignalState } from '../../../src/domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../../src/domain/signal/signal.js';
import type { Peak } from '../../../src/domain/triggers/trail-book.js';
import { armablePosition, armableSignal, peakOf } from '../../../src/modules/trading/triggers/armable.js';
import { Armory } from '../../../src/modules/trading/triggers/armory.js';
import type { Tick } from '../../../src/ports/price-feed.js';
import type { Noted } from './books.js';
import { CrossAccounts } from './cross.js';
import type { Surroundings } from './surroundings.js';

export class Leader {
  #armory = new Armory();
  readonly #held = new Set<number>();
  /** Accounts with cross margin that are to be looked at. */
  readonly #noted = new Set<number>();
  readonly cross: CrossAccounts;
  isLeading = false;
  /** Dies after this many positions of the next crossing. */
  dieAfter: number | undefined;

  constructor(private readonly world: Surroundings) {
    this.cross = new CrossAccounts(world);
  }

  lead(): void {
    const { books } = this.world;
    this.rest();
    for (const noted of [...books.noted]) this.#settle(noted);
    for (const position of books.allLive()) {
      this.#arm(position, peakOf(position, books.peaks.get(position.symbol)));
    }
    for (const { state, dispatched } of books.signals.values()) if (dispatched) this.#armSignal(state);
    this.isLeading = true;
  }

  rest(): void {
    this.isLeading = false;
    this.#armory = new Armory();
    this.#held.clear();
    this.#noted.clear();
  }

  /** Whether an account is guarded at bounds that are not out of date. */
  isSettled(accountId: number): boolean {
    return this.isLeading && !this.#noted.has(accountId) && !this.world.books.booked.has(accountId);
  }

  isHeld(id: number): boolean {
    return this.#held.has(id);
  }

  /** The best price since a position began to trail, as the books know it. */
  peakOf(position: PositionState): Decimal | undefined {
    const peak = this.#armory.peakOf(position.id);
    return peak === undefined ? undefined : Decimal.of(peak.price);
  }

  onTick(tick: Tick): void {
    if (!this.isLeading) return;
    const { books, now } = this.world;
    const fired = this.#armory.cross(tick.symbol, Number(tick.price), tick.price, now.getTime());
    if (fired === undefined) return;
    const noted = { symbol: tick.symbol, price: tick.price, at: now, newest: books.newest, peaks: fired.trails };
    books.noted.push(noted);
    this.#requireGuards(fired.accounts, noted);
    for (const id of fired.accounts) {
      if (this.#diesNow()) return;
      this.#review(id, noted);
    }
    for (const id of [...fired.positions].sort((a, b) => a - b)) {
      if (this.#diesNow()) return;
      this.#apply(id, noted, fired.peaks.get(id));
    }
    for (const id of fired.signals) {
      if (this.#diesNow()) return;
      this.#applyToSignal(id, noted);
    }
    if (this.dieAfter !== undefined) return this.#die();
    books.noted.splice(books.noted.indexOf(noted), 1);
  }

  /** Arms what was just written and looks at it with the newest price. */
  track(positions: readonly PositionState[], signals: readonly SignalState[] = []): void {
    if (!this.isLeading) return;
    for (const position of positions) this.#arm(position);
    for (const signal of signals) this.#armSignal(signal);
    for (const symbol of new Set([...positions, ...signals].map((owner) => owner.symbol))) {
      const price = this.world.latest(symbol);
      if (price !== undefined) this.onTick({ symbol, price, at: this.world.now });
    }
  }

  /** Switches have changed. */
  reconsider(): void {
    const { positions } = this.world.books;
    this.track([...this.#held].map((id) => positions.get(id) as PositionState));
  }

  /** What is due at this moment, where there is a price. */
  round(): void {
    if (!this.isLeading) return;
    const { books, now } = this.world;
    const changed: PositionState[] = [];
    for (const position of books.allLive()) {
      const due = dueAt(position);
      const price = this.world.latest(position.symbol);
      if (due === null || due > now || price === undefined) continue;
      const change = onTime(position, now, Decimal.of(price), this.world.fees);
      if (change === undefined) throw new Error(`position.no-due-time-is-missed: position ${position.id}`);
      books.write(change);
      changed.push(change.after);
    }
    this.track(changed);
  }

  /** Looks at accounts whose trades or money have changed, whoever changed them. */
  reviewAccounts(): void {
    if (!this.isLeading) return;
    const { booked } = this.world.books;
    for (const id of booked) if (this.cross.positionsOf(id).length > 0) this.#noted.add(id);
    booked.clear();
    const ids = [...this.#noted];
    this.#noted.clear();
    for (const id of ids) this.#review(id);
  }

  /** Stores the best and the newest prices, as the product does every second. */
  savePrices(symbols: readonly string[]): void {
    if (!this.isLeading) return;
    for (const symbol of symbols) {
      const price = this.world.latest(symbol);
      if (price !== undefined) this.world.books.marks.set(symbol, price);
    }
    for (const symbol of this.#armory.trailed) this.world.books.peaks.set(symbol, this.#armory.peaks(symbol));
  }

  #diesNow(): boolean {
    if (this.dieAfter === undefined) return false;
    if (this.dieAfter === 0) {
      this.#die();
      return true;
    }
    this.dieAfter -= 1;
    return false;
  }

  #die(): void {
    this.dieAfter = undefined;
    this.rest();
  }

  #settle(noted: Noted): void {
    const { books } = this.world;
    this.cross.settle(noted);
    for (const position of books.livePositions(noted.symbol)) {
      if (position.id <= noted.newest) this.#apply(position.id, noted, peakOf(position, noted.peaks));
    }
    for (const { state, dispatched } of books.signals.values()) {
      if (dispatched && state.symbol === noted.symbol) this.#applyToSignal(state.id, noted);
    }
    books.noted.splice(books.noted.indexOf(noted), 1);
  }

  /** Whoever a price uses up was guarded against it, before any stop of theirs is looked at. */
  #requireGuards(fired: readonly number[], noted: Noted): void {
    for (const { id } of this.world.books.users) {
      if (!this.isSettled(id) || fired.includes(id) || !this.cross.isUsedUp(id, this.#marks(noted))) continue;
      throw new Error(`account.no-used-up-account-survives: ${id} at ${noted.price} of ${noted.symbol}`);
    }
  }

  #marks(noted: Noted | undefined): (symbol: string) => string | undefined {
    return (symbol) => (symbol === noted?.symbol ? noted.price : this.world.latest(symbol));
  }

  /** By the newest prices, or by that of `noted` for its symbol. */
  #review(accountId: number, noted?: Noted): void {
    const markOf = this.#marks(noted);
    const { bounds, closed } = this.cross.review(accountId, markOf, noted?.at ?? this.world.now);
    for (const position of closed) this.#arm(position);
    if (bounds === undefined) this.#noted.add(accountId);
    else this.#armory.guard(accountId, bounds);
  }

  #apply(id: number, { price: text, at }: Noted, seen: Peak | undefined): void {
    const { books } = this.world;
    const position = books.positions.get(id) as PositionState;
    const price = Decimal.of(text);
    const mayGrow = !growsAt(position, price, this.world.fees, at) || !this.world.isBarred(position);
    const peak = seen === undefined || position.trail === null ? undefined : Decimal.of(seen.price);
    const change = onPrice(position, price, this.world.fees, at, peak, mayGrow);
    const after = change?.after ?? position;
    if (change !== undefined) {
      books.write(change);
      const again = onPrice(after, price, this.world.fees, at, peak, mayGrow);
      if (again !== undefined) {
        const told = [change, again].map(({ log }) => log.map(({ message }) => message));
        throw new Error(`position.same-again-changes-nothing: ${id} at ${text}: ${JSON.stringify(told)}`);
      }
    }
    this.#arm(after, seen, growsAt(after, price, this.world.fees, at));
  }

  #applyToSignal(id: number, { price, at }: Noted): void {
    const { books } = this.world;
    const stored = books.signals.get(id);
    if (stored === undefined) return;
    const step = signalOnPrice(stored.state, Decimal.of(price), at);
    if (step !== undefined) {
      books.step(stored, step);
      if (isTerminalSignal(step.after.status)) {
        books.enqueue('signal', `${id}:expire`, stored.state.symbol, { kind: 'expire', signal: id });
      }
    }
    this.#armSignal(stored.state);
  }

  #arm(position: PositionState, seen?: Peak, isBarred = false): void {
    if (isBarred) this.#held.add(position.id);
    else this.#held.delete(position.id);
    if (position.isCross || this.#armory.isGuarded(position.accountId)) this.#noted.add(position.accountId);
    const watched = isBarred ? { ...position, entriesClosed: true } : position;
    this.#armory.arm('position', armablePosition(watched, this.world.fees), seen);
  }

  #armSignal(signal: SignalState): void {
    this.#armory.arm('signal', armableSignal(signal));
  }
}
