/**
 * What is armed in the books: for each live position the prices at which it wants to be looked at and its trail, for
 * each live signal the same. Keeps: arming again replaces, but never forgets a better price that a trail has seen;
 * disarming removes everything. In memory only: the database is the truth and fills it at the start of leadership.
 */
import { SIDES, type Side } from '../../domain/instrument/side.js';
import { better } from '../../domain/position/prices.js';
import { Decimal } from '../../domain/money/decimal.js';
import { type Peak, TrailBook } from '../../domain/triggers/trail-book.js';
import { TriggerBooks, type TriggerDirection, type TriggerHandle } from '../../domain/triggers/trigger-book.js';

export interface ArmedTrail {
  readonly percent: string;
  readonly peak: Peak;
}

export interface Armable {
  readonly id: number;
  readonly symbol: string;
  readonly side: Side;
  /** Nothing to watch any more. */
  readonly isOver: boolean;
  readonly watches: readonly { readonly toward: 'PROFIT' | 'LOSS'; readonly price: string }[];
  readonly trail: ArmedTrail | null;
}

export type Owner = 'position' | 'signal';

const OWNER_KIND: Readonly<Record<Owner, number>> = { position: 0, signal: 1 };

interface Armed {
  readonly symbol: string;
  readonly side: Side;
  readonly handles: readonly TriggerHandle[];
}

/** The best prices that positions trail from, by side: what a restart needs to go on. */
export type Peaks = Readonly<Record<Side, readonly Peak[]>>;

export interface Fired {
  readonly positions: number[];
  readonly signals: number[];
  /** The best price of each fired position that trails. */
  readonly peaks: ReadonlyMap<number, Peak>;
  /** The best prices of the symbol before anything was taken out. */
  readonly trails: Peaks;
}

type Trails = Readonly<Record<Side, TrailBook>>;

export class Armory {
  readonly #books = new TriggerBooks();
  readonly #trails = new Map<string, Trails>();
  readonly #armed: Readonly<Record<Owner, Map<number, Armed>>> = { position: new Map(), signal: new Map() };
  readonly #owners = new Map<string, number>();

  get triggers(): number {
    let trails = 0;
    for (const { LONG, SHORT } of this.#trails.values()) trails += LONG.size + SHORT.size;
    return this.#books.size + trails;
  }

  get bytes(): number {
    return this.#books.bytes;
  }

  get symbols(): string[] {
    return [...this.#owners.keys()];
  }

  /** Symbols that somebody trails on. */
  get trailed(): string[] {
    return [...this.#trails.keys()];
  }

  peaks(symbol: string): Peaks {
    const trails = this.#trails.get(symbol);
    return { LONG: trails?.LONG.peaks ?? [], SHORT: trails?.SHORT.peaks ?? [] };
  }

  isArmed(owner: Owner, id: number): boolean {
    return this.#armed[owner].has(id);
  }

  has(symbol: string): boolean {
    return this.#owners.has(symbol);
  }

  clear(): void {
    for (const symbol of this.#owners.keys()) this.#books.drop(symbol);
    this.#trails.clear();
    this.#owners.clear();
    this.#armed.position.clear();
    this.#armed.signal.clear();
  }

  /** Arms what the owner waits for next, or disarms it when it is over. `seen` is a best price known from elsewhere. */
  arm(owner: Owner, item: Armable, seen?: Peak): void {
    const best = item.trail === null ? undefined : this.#bestPeak(item, item.trail, seen);
    this.disarm(owner, item.id);
    if (item.isOver) return;
    const book = this.#books.book(item.symbol);
    const kind = OWNER_KIND[owner];
    const handles = item.watches.map(({ toward, price }) =>
      book.add(item.id, kind, directionOf(item.side, toward), price),
    );
    if (item.trail !== null && best !== undefined) {
      this.#trailsOf(item.symbol)[item.side].add(item.id, item.trail.percent, best.price, best.at);
    }
    this.#armed[owner].set(item.id, { symbol: item.symbol, side: item.side, handles });
    this.#owners.set(item.symbol, (this.#owners.get(item.symbol) ?? 0) + 1);
  }

  disarm(owner: Owner, id: number): void {
    const armed = this.#armed[owner].get(id);
    if (armed === undefined) return;
    this.#armed[owner].delete(id);
    const book = this.#books.book(armed.symbol);
    for (const handle of armed.handles) book.cancel(handle);
    if (owner === 'position') this.#trails.get(armed.symbol)?.[armed.side].cancel(id);
    const left = (this.#owners.get(armed.symbol) ?? 1) - 1;
    if (left > 0) this.#owners.set(armed.symbol, left);
    else {
      this.#owners.delete(armed.symbol);
      this.#books.drop(armed.symbol);
      this.#trails.delete(armed.symbol);
    }
  }

  /** Takes out what fires at `price` (`text` is its exact form). Undefined, at almost no cost, when nothing does. */
  cross(symbol: string, price: number, text: string, at: number): Fired | undefined {
    const hits = this.#books.cross(symbol, price);
    const trails = this.#trails.get(symbol);
    const fires = hits.length > 0 || (trails !== undefined && (trails.LONG.fires(price) || trails.SHORT.fires(price)));
    const before = fires ? this.peaks(symbol) : undefined;
    const trailed = trails === undefined ? [] : SIDES.flatMap((side) => trails[side].cross(price, text, at));
    if (before === undefined) return undefined;
    const positions = new Set<number>();
    const signals = new Set<number>();
    const peaks = new Map<number, Peak>();
    for (const { ownerId, peak, at: seenAt } of trailed) {
      positions.add(ownerId);
      peaks.set(ownerId, { price: peak, at: seenAt });
    }
    for (const hit of hits) (hit.kind === OWNER_KIND.position ? positions : signals).add(hit.ownerId);
    if (trails !== undefined) for (const id of positions) this.#notePeak(trails, id, peaks);
    return { positions: [...positions], signals: [...signals], peaks, trails: before };
  }

  #notePeak(trails: Trails, id: number, peaks: Map<number, Peak>): void {
    if (peaks.has(id)) return;
    const side = this.#armed.position.get(id)?.side;
    const peak = side === undefined ? undefined : trails[side].peakOf(id);
    if (peak !== undefined) peaks.set(id, peak);
  }

  #bestPeak(item: Armable, trail: ArmedTrail, seen: Peak | undefined): Peak {
    const known = this.#trails.get(item.symbol)?.[item.side].peakOf(item.id);
    let best = trail.peak;
    for (const peak of [known, seen]) {
      if (peak === undefined) continue;
      const price = Decimal.of(peak.price);
      if (better(item.side, price, Decimal.of(best.price)) === price) best = peak;
    }
    return best;
  }

  #trailsOf(symbol: string): Trails {
    let trails = this.#trails.get(symbol);
    if (trails === undefined) {
      trails = { LONG: new TrailBook('LONG'), SHORT: new TrailBook('SHORT') };
      this.#trails.set(symbol, trails);
    }
    return trails;
  }
}

function directionOf(side: Side, toward: 'PROFIT' | 'LOSS'): TriggerDirection {
  return (side === 'LONG') === (toward === 'PROFIT') ? 'AT_OR_ABOVE' : 'AT_OR_BELOW';
}
