/**
 * Open triggers (entries, targets, stops) of one symbol, and of all symbols: which fire at a price?
 * Keeps: a price that fires nothing costs two comparisons, however many triggers are open; each trigger fires once.
 * Prices are doubles: equal decimal texts are equal here and order is never reversed, but beyond 15 digits two
 * neighbours may count as equal, so whoever acts on a hit decides again exactly.
 */
import { TriggerHeap } from './trigger-heap.js';
import { TriggerSlots } from './trigger-slots.js';

export type TriggerDirection = 'AT_OR_ABOVE' | 'AT_OR_BELOW';

/** Names one added trigger; never valid again once that trigger fired or was cancelled. */
export type TriggerHandle = number;

export interface TriggerHit {
  readonly handle: TriggerHandle;
  readonly ownerId: number;
  readonly kind: number;
  /** The trigger's own price, not the one that fired it. */
  readonly price: number;
}

const NO_HITS: TriggerHit[] = Object.freeze([] as TriggerHit[]) as TriggerHit[];

/** Fewer dead entries than this are not worth a rebuild. */
const REBUILD_FROM = 32;

/** One direction's heap. Keys of the lower side are negated prices, so that the nearest is on top of both. */
interface Side {
  readonly heap: TriggerHeap;
  readonly sign: 1 | -1;
  dead: number;
}

export class TriggerBook {
  /** Lowest price that fires something from below, highest that fires something from above. */
  #above = Infinity;
  #below = -Infinity;
  #previous = NaN;
  #size = 0;
  readonly #slots = new TriggerSlots();
  readonly #up: Side = { heap: new TriggerHeap(), sign: 1, dead: 0 };
  readonly #down: Side = { heap: new TriggerHeap(), sign: -1, dead: 0 };

  /** Open triggers. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of the typed arrays, used or reserved. */
  get bytes(): number {
    return this.#slots.bytes + this.#up.heap.bytes + this.#down.heap.bytes;
  }

  /**
   * Opens a trigger. One that the last price has already reached fires at the next `cross`.
   * `ownerId` is any safe integer, `kind` any 32-bit integer; both come back in the hit.
   * @throws RangeError for a price that is not finite and above zero.
   */
  add(ownerId: number, kind: number, direction: TriggerDirection, price: string | number): TriggerHandle {
    const level = Number(price);
    if (!(level > 0 && level < Infinity)) throw new RangeError(`not a price: ${price}`);
    const isBelow = direction === 'AT_OR_BELOW';
    const side = isBelow ? this.#down : this.#up;
    const slot = this.#slots.take(ownerId, kind, isBelow);
    side.heap.push(level * side.sign, slot);
    this.#size += 1;
    if (isBelow) this.#below = Math.max(this.#below, level);
    else this.#above = Math.min(this.#above, level);
    return this.#slots.handle(slot);
  }

  /** Closes a trigger without firing it; false when it is not open (any more). */
  cancel(handle: TriggerHandle): boolean {
    const slot = this.#slots.find(handle);
    if (slot === undefined) return false;
    const side = this.#slots.isBelow(slot) ? this.#down : this.#up;
    this.#slots.kill(slot);
    this.#size -= 1;
    side.dead += 1;
    if (side.dead >= REBUILD_FROM && side.dead * 2 > side.heap.length) this.#rebuild(side);
    this.#settle(side);
    return true;
  }

  /** True when `cross` of the same price would return something. */
  fires(price: number): boolean {
    return price >= this.#above || price <= this.#below;
  }

  /**
   * Removes and returns everything that fires at `price`, in the order in which a price moving there from the previous
   * one meets it: first what the previous price had already reached, then nearest first; ties by owner, then kind.
   * When nothing fires the answer is one shared, frozen, empty array.
   */
  cross(price: number): TriggerHit[] {
    const previous = this.#previous;
    this.#previous = price;
    if (price < this.#above && price > this.#below) return NO_HITS;
    return this.#collect(price, previous);
  }

  #collect(price: number, previous: number): TriggerHit[] {
    const hits: TriggerHit[] = [];
    const [first, second] = price < previous ? [this.#up, this.#down] : [this.#down, this.#up];
    this.#take(first, price, hits);
    this.#take(second, price, hits);
    return hits.length === 0 ? NO_HITS : hits;
  }

  #take(side: Side, price: number, hits: TriggerHit[]): void {
    const { heap, sign } = side;
    const slots = this.#slots;
    const reach = price * sign;
    const from = hits.length;
    let isTied = false;
    while (heap.length > 0 && heap.topKey <= reach) {
      const slot = heap.topSlot;
      if (slots.isLive(slot)) {
        const level = heap.topKey * sign;
        isTied ||= hits.length > from && (hits[hits.length - 1] as TriggerHit).price === level;
        hits.push({ handle: slots.handle(slot), ownerId: slots.owner(slot), kind: slots.kind(slot), price: level });
        this.#size -= 1;
      } else {
        side.dead -= 1;
      }
      heap.pop();
      slots.free(slot);
    }
    this.#settle(side);
    if (isTied) sortTies(hits, from, sign);
  }

  /** Removes dead entries from the top, so that the cached best price is that of an open trigger. */
  #settle(side: Side): void {
    const { heap } = side;
    while (heap.length > 0 && !this.#slots.isLive(heap.topSlot)) {
      this.#slots.free(heap.topSlot);
      heap.pop();
      side.dead -= 1;
    }
    if (side === this.#up) this.#above = heap.topKey;
    else this.#below = -heap.topKey;
  }

  #rebuild(side: Side): void {
    side.heap.retain((slot) => {
      if (this.#slots.isLive(slot)) return true;
      this.#slots.free(slot);
      return false;
    });
    side.dead = 0;
  }
}

/** A heap gives equal prices in no order; this makes the answer the same in every run. */
function sortTies(hits: TriggerHit[], from: number, sign: 1 | -1): void {
  const tail = hits.splice(from);
  tail.sort((a, b) => (a.price - b.price) * sign || a.ownerId - b.ownerId || a.kind - b.kind || a.handle - b.handle);
  for (const hit of tail) hits.push(hit);
}

/** The books of all symbols. */
export class TriggerBooks {
  readonly #books = new Map<string, TriggerBook>();

  /** The book of `symbol`, made when it is first asked for. */
  book(symbol: string): TriggerBook {
    let book = this.#books.get(symbol);
    if (book === undefined) {
      book = new TriggerBook();
      this.#books.set(symbol, book);
    }
    return book;
  }

  /** What fires at `price`; nothing for a symbol without triggers. See `TriggerBook.cross`. */
  cross(symbol: string, price: number): TriggerHit[] {
    return this.#books.get(symbol)?.cross(price) ?? NO_HITS;
  }

  get size(): number {
    let size = 0;
    for (const book of this.#books.values()) size += book.size;
    return size;
  }

  get bytes(): number {
    let bytes = 0;
    for (const book of this.#books.values()) bytes += book.bytes;
    return bytes;
  }

  /** Forgets a symbol and all its triggers. */
  drop(symbol: string): void {
    this.#books.delete(symbol);
  }
}
