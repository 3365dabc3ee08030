/**
 * What only the leading process has, and loses when it dies: the trigger books and the prices under way.
 * Keeps: as the trigger engine does: a crossing is noted, applied, settled; a new leader settles what it finds noted
 * before it looks at a price; whatever was written is armed again from what was written.
 */
import { Decimal } from '../../../src/domain/money/decimal.js';
import { onPrice } from '../../../src/domain/position/on-price.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import { isTerminalPosition } from '../../../src/domain/position/position-status.js';
import { signalOnPrice, type SignalState } from '../../../src/domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../../src/domain/signal/signal.js';
import { Armory } from '../../../src/modules/trading/armory.js';
import type { Tick } from '../../../src/ports/price-feed.js';
import type { Noted } from './books.js';
import { FEES, type Surroundings } from './surroundings.js';

export class Leader {
  #armory = new Armory();
  isLeading = false;
  /** Dies after this many positions of the next crossing. */
  dieAfter: number | undefined;

  constructor(private readonly world: Surroundings) {}

  lead(): void {
    this.#armory = new Armory();
    for (const noted of [...this.world.books.noted]) this.#settle(noted);
    for (const position of this.world.books.positions.values()) this.#armPosition(position);
    for (const { state, dispatched } of this.world.books.signals.values()) if (dispatched) this.#armSignal(state);
    this.isLeading = true;
  }

  rest(): void {
    this.isLeading = false;
    this.#armory = new Armory();
  }

  onTick(tick: Tick): void {
    if (!this.isLeading) return;
    const fired = this.#armory.cross(tick.symbol, Number(tick.price));
    if (fired === undefined) return;
    const { books } = this.world;
    const noted = { symbol: tick.symbol, price: tick.price, at: this.world.now, newest: books.newest };
    books.noted.push(noted);
    for (const id of [...fired.positions].sort((a, b) => a - b)) {
      if (this.dieAfter === 0) return this.#die();
      if (this.dieAfter !== undefined) this.dieAfter -= 1;
      this.#apply(id, noted);
    }
    for (const id of fired.signals) {
      if (this.dieAfter === 0) return this.#die();
      if (this.dieAfter !== undefined) this.dieAfter -= 1;
      this.#applyToSignal(id, noted);
    }
    if (this.dieAfter !== undefined) return this.#die();
    books.noted.splice(books.noted.indexOf(noted), 1);
  }

  /** Arms what was just written and looks at it with the newest price. */
  track(positions: readonly PositionState[], signals: readonly SignalState[] = []): void {
    if (!this.isLeading) return;
    for (const position of positions) this.#armPosition(position);
    for (const signal of signals) this.#armSignal(signal);
    for (const symbol of new Set([...positions, ...signals].map((owner) => owner.symbol))) {
      const price = this.world.latest(symbol);
      if (price !== undefined) this.onTick({ symbol, price, at: this.world.now });
    }
  }

  #die(): void {
    this.dieAfter = undefined;
    this.rest();
  }

  #settle(noted: Noted): void {
    const { books } = this.world;
    for (const { id } of books.livePositions(noted.symbol)) if (id <= noted.newest) this.#apply(id, noted);
    for (const { state, dispatched } of books.signals.values()) {
      if (dispatched && state.symbol === noted.symbol) this.#applyToSignal(state.id, noted);
    }
    books.noted.splice(books.noted.indexOf(noted), 1);
  }

  #apply(id: number, { price, at }: Noted): void {
    const { books } = this.world;
    const position = books.positions.get(id) as PositionState;
    const change = onPrice(position, Decimal.of(price), FEES, at);
    if (change === undefined) return this.#armPosition(position);
    books.write(change);
    if (onPrice(change.after, Decimal.of(price), FEES, at) !== undefined) {
      throw new Error(`position.same-again-changes-nothing: ${id} at ${price}`);
    }
    this.#armPosition(change.after);
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

  #armPosition(position: PositionState): void {
    this.#armory.arm('position', {
      id: position.id,
      symbol: position.symbol,
      side: position.side,
      isWaiting: position.status === 'PENDING',
      isOver: isTerminalPosition(position.status),
      entryPrice: position.entryPrice.toString(),
      stopLoss: position.stopLoss.toString(),
      targetPrices: position.targetPrices.map(String),
      targetHitAt: position.targetHitAt,
    });
  }

  #armSignal(signal: SignalState): void {
    this.#armory.arm('signal', {
      id: signal.id,
      symbol: signal.symbol,
      side: signal.side,
      isWaiting: signal.status === 'NEW',
      isOver: isTerminalSignal(signal.status),
      entryPrice: signal.entry.toString(),
      stopLoss: signal.stopLoss.toString(),
      targetPrices: signal.targetPrices.map(String),
      targetHitAt: signal.targetHitAt,
    });
  }
}
