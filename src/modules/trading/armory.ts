/**
 * What is armed in the trigger books: for each live position its stop and its next target (or its entry), for each live
 * signal the same. Keeps: at most two triggers per owner; arming again replaces; disarming removes both. In memory only:
 * the database is the truth and fills it at the start of leadership.
 */
import type { Side } from '../../domain/instrument/side.js';
import { TriggerBooks, type TriggerDirection, type TriggerHandle } from '../../domain/triggers/trigger-book.js';

export interface Armable {
  readonly id: number;
  readonly symbol: string;
  readonly side: Side;
  /** Waits for its entry. */
  readonly isWaiting: boolean;
  /** Nothing to watch any more. */
  readonly isOver: boolean;
  readonly entryPrice: string;
  readonly stopLoss: string;
  readonly targetPrices: readonly string[];
  readonly targetHitAt: readonly (Date | null)[];
}

export type Owner = 'position' | 'signal';

const OWNER_KIND: Readonly<Record<Owner, number>> = { position: 0, signal: 1 };

interface Armed {
  readonly symbol: string;
  readonly handles: readonly TriggerHandle[];
}

export interface Fired {
  readonly positions: number[];
  readonly signals: number[];
}

export class Armory {
  readonly #books = new TriggerBooks();
  readonly #armed: Readonly<Record<Owner, Map<number, Armed>>> = { position: new Map(), signal: new Map() };
  readonly #owners = new Map<string, number>();

  get triggers(): number {
    return this.#books.size;
  }

  get bytes(): number {
    return this.#books.bytes;
  }

  get symbols(): string[] {
    return [...this.#owners.keys()];
  }

  isArmed(owner: Owner, id: number): boolean {
    return this.#armed[owner].has(id);
  }

  has(symbol: string): boolean {
    return this.#owners.has(symbol);
  }

  clear(): void {
    for (const symbol of this.#owners.keys()) this.#books.drop(symbol);
    this.#owners.clear();
    this.#armed.position.clear();
    this.#armed.signal.clear();
  }

  /** Arms what the owner waits for next, or disarms it when it is over. */
  arm(owner: Owner, item: Armable): void {
    this.disarm(owner, item.id);
    if (item.isOver) return;
    const book = this.#books.book(item.symbol);
    const kind = OWNER_KIND[owner];
    const handles = wanted(item).map(({ direction, price }) => book.add(item.id, kind, direction, price));
    this.#armed[owner].set(item.id, { symbol: item.symbol, handles });
    this.#owners.set(item.symbol, (this.#owners.get(item.symbol) ?? 0) + 1);
  }

  disarm(owner: Owner, id: number): void {
    const armed = this.#armed[owner].get(id);
    if (armed === undefined) return;
    this.#armed[owner].delete(id);
    const book = this.#books.book(armed.symbol);
    for (const handle of armed.handles) book.cancel(handle);
    const left = (this.#owners.get(armed.symbol) ?? 1) - 1;
    if (left > 0) this.#owners.set(armed.symbol, left);
    else {
      this.#owners.delete(armed.symbol);
      this.#books.drop(armed.symbol);
    }
  }

  /** Keeps the owner, and with it its symbol, but lets nothing fire for it until it is armed again. */
  hold(owner: Owner, item: Armable): void {
    this.disarm(owner, item.id);
    if (item.isOver) return;
    this.#armed[owner].set(item.id, { symbol: item.symbol, handles: [] });
    this.#owners.set(item.symbol, (this.#owners.get(item.symbol) ?? 0) + 1);
  }

  /** Takes out what fires at `price`. Undefined, at almost no cost, when nothing does. */
  cross(symbol: string, price: number): Fired | undefined {
    const hits = this.#books.cross(symbol, price);
    if (hits.length === 0) return undefined;
    const positions = new Set<number>();
    const signals = new Set<number>();
    for (const hit of hits) (hit.kind === OWNER_KIND.position ? positions : signals).add(hit.ownerId);
    return { positions: [...positions], signals: [...signals] };
  }
}

function wanted(item: Armable): { direction: TriggerDirection; price: string }[] {
  const withSide: TriggerDirection = item.side === 'LONG' ? 'AT_OR_ABOVE' : 'AT_OR_BELOW';
  const against: TriggerDirection = item.side === 'LONG' ? 'AT_OR_BELOW' : 'AT_OR_ABOVE';
  if (item.isWaiting) return [{ direction: against, price: item.entryPrice }];
  const next = item.targetHitAt.findIndex((hit) => hit === null);
  const target = item.targetPrices[next];
  const stop = { direction: against, price: item.stopLoss };
  return target === undefined ? [stop] : [stop, { direction: withSide, price: target }];
}
