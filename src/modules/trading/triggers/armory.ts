/**
 * What is armed in the books: for each live position the prices at which it wants to be looked at and its trail, for
 * each live signal the same, for each account with cross margin its bounds on every symbol. Keeps: arming again replaces, but never forgets a better price that a trail has seen;
 * disarming removes everything. In memory only: the database is the truth and fills it at the start of leadership.
 */
import { SIDES, type Side } from '../../../domain/instrument/side.js';
import type { PriceBounds } from '../../../domain/margin/cross.js';
import { better } from '../../../domain/position/prices.js';
import { Decimal } from '../../../domain/money/decimal.js';
import { type Peak, TrailBook } from '../../../domain/triggers/trail-book.js';
import { TriggerBooks, type TriggerDirection, type TriggerHandle } from '../../../domain/triggers/trigger-book.js';

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
const ACCOUNT_KIND = 2;

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
  /** Accounts with cross margin of which a price has left its bounds. */
  readonly accounts: number[];
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
  /** By account and symbol. */
  readonly #guarded = new Map<number, ReadonlyMap<string, readonly TriggerHandle[]>>();

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

  /** The best price that a position trails from; undefined where it does not trail. */
  peakOf(id: number): Peak | undefined {
    const armed = this.#armed.position.get(id);
    return armed === undefined ? undefined : this.#trails.get(armed.symbol)?.[armed.side].peakOf(id);
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
    this.#guarded.clear();
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
    this.#own(item.symbol);
  }

  disarm(owner: Owner, id: number): void {
    const armed = this.#armed[owner].get(id);
    if (armed === undefined) return;
    this.#armed[owner].delete(id);
    const book = this.#books.book(armed.symbol);
    for (const handle of armed.handles) book.cancel(handle);
    if (owner === 'position') this.#trails.get(armed.symbol)?.[armed.side].cancel(id);
    this.#disown(armed.symbol);
  }

  isGuarded(accountId: number): boolean {
    return this.#guarded.has(accountId);
  }

  /** Watches an account at these bounds, by symbol, and nowhere else; nowhere at all where there are none. */
  guard(accountId: number, bounds: ReadonlyMap<string, PriceBounds>): void {
    const before = this.#guarded.get(accountId);
    const handles = new Map<string, readonly TriggerHandle[]>();
    for (const [symbol, { below, above }] of bounds) {
      const book = this.#books.book(symbol);
      handles.set(symbol, [
        ...(below === null ? [] : [book.add(accountId, ACCOUNT_KIND, 'AT_OR_BELOW', below.toString())]),
        ...(above === null ? [] : [book.add(accountId, ACCOUNT_KIND, 'AT_OR_ABOVE', above.toString())]),
      ]);
      this.#own(symbol);
    }
    for (const [symbol, old] of before ?? []) {
      const book = this.#books.book(symbol);
      for (const handle of old) book.cancel(handle);
      this.#disown(symbol);
    }
    if (handles.size > 0) this.#guarded.set(accountId, handles);
    else this.#guarded.delete(accountId);
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
    const accounts = new Set<number>();
    for (const { kind, ownerId } of hits) {
      (kind === OWNER_KIND.position ? positions : kind === OWNER_KIND.signal ? signals : accounts).add(ownerId);
    }
    if (trails !== undefined) for (const id of positions) this.#notePeak(id, peaks);
    return { positions: [...positions], signals: [...signals], accounts: [...accounts], peaks, trails: before };
  }

  #own(symbol: string): void {
    this.#owners.set(symbol, (this.#owners.get(symbol) ?? 0) + 1);
  }

  #disown(symbol: string): void {
    const left = (this.#owners.get(symbol) ?? 1) - 1;
    if (left > 0) this.#owners.set(symbol, left);
    else {
      this.#owners.delete(symbol);
      this.#books.drop(symbol);
      this.#trails.delete(symbol);
    }
  }

  #notePeak(id: number, peaks: Map<number, Peak>): void {
    const peak = peaks.has(id) ? undefined : this.peakOf(id);
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
