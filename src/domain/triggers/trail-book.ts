/**
 * Trailing stops and take-profits of one symbol and side: which fire at a price, and from which best price they trail.
 * Keeps: a price costs two comparisons unless it is a new best or fires something, however many trail, because all that
 * trail from the same best price share one node; nodes are ordered from the best price to the worst, as in a sliding
 * maximum, and one that the price overtakes merges into the next. Levels are doubles and fire a hair early rather than
 * late: who acts on a hit decides exactly.
 */
import type { Side } from '../instrument/side.js';

export interface TrailHit {
  readonly ownerId: number;
  /** Best price since this owner began to trail, as it was written, and when it was seen (ms). */
  readonly peak: string;
  readonly at: number;
}

/** A best price and when it was seen, newest last: enough to tell the best price since any moment. */
export interface Peak {
  readonly price: string;
  readonly at: number;
}

interface Node {
  /** Times the side's sign, so that higher is better for both. */
  level: number;
  price: string;
  at: number;
  /** Sets of owners by their distance in percent: a node that merges hands its sets on whole. */
  readonly groups: Map<number, Set<number>[]>;
  sets: number;
  /** The node that this one merged into. */
  mergedInto: Node | undefined;
  /** Highest price (times sign) at which this node or one before it fires. */
  firesAt: number;
}

/** More than the rounding of a few doubles, as a part of the price. */
const HAIR = 1e-14;

/** Where an owner stands; `node` is the one that it was added to. */
interface Place {
  node: Node;
  readonly percent: number;
  readonly owners: Set<number>;
}

const NO_HITS: TrailHit[] = Object.freeze([] as TrailHit[]) as TrailHit[];

export class TrailBook {
  readonly #sign: 1 | -1;
  /** Best first. */
  readonly #nodes: Node[] = [];
  readonly #placeOf = new Map<number, Place>();
  readonly #percents = new Map<Node, number>();

  constructor(side: Side) {
    this.#sign = side === 'LONG' ? 1 : -1;
  }

  get size(): number {
    return this.#placeOf.size;
  }

  /** The best prices that somebody trails from, best first. */
  get peaks(): Peak[] {
    return this.#nodes.map(({ price, at }) => ({ price, at }));
  }

  /** The best price since this owner began to trail. */
  peakOf(ownerId: number): Peak | undefined {
    const place = this.#placeOf.get(ownerId);
    if (place === undefined) return undefined;
    const { price, at } = current(place);
    return { price, at };
  }

  /** Trails `percent` behind `peak`, which was seen at `at` (ms). An owner has one trail: the new one replaces it. */
  add(ownerId: number, percent: string | number, peak: string, at: number): void {
    this.cancel(ownerId);
    const level = Number(peak) * this.#sign;
    const distance = Number(percent);
    const index = this.#indexOf(level);
    const found = this.#nodes[index];
    const node = found?.level === level ? found : this.#insert(index, { level, price: peak, at });
    const owners = openSet(node, distance);
    owners.add(ownerId);
    this.#placeOf.set(ownerId, { node, percent: distance, owners });
    this.#percents.set(node, Math.min(this.#smallest(node), distance));
    this.#settle(index);
  }

  cancel(ownerId: number): boolean {
    const place = this.#placeOf.get(ownerId);
    if (place === undefined) return false;
    const { percent, owners } = place;
    this.#placeOf.delete(ownerId);
    owners.delete(ownerId);
    if (owners.size === 0) this.#dropSet(current(place), percent, owners);
    return true;
  }

  /** What fires at `price`; each owner fires once. `at` is the time of the price in ms. */
  cross(price: number, text: string, at: number): TrailHit[] {
    const last = this.#nodes.at(-1);
    if (last === undefined) return NO_HITS;
    const level = price * this.#sign;
    const fires = level <= last.firesAt;
    // A new best for those who began last, and yet far enough behind the best of others: they may have been added late.
    if (level > last.level) this.#raise(level, text, at);
    return fires ? this.#collect(level) : NO_HITS;
  }

  /** Whether `cross` of this price would return anything. */
  fires(price: number): boolean {
    const last = this.#nodes.at(-1);
    return last !== undefined && price * this.#sign <= last.firesAt;
  }

  #raise(level: number, text: string, at: number): void {
    let merged = this.#nodes.pop() as Node;
    for (let next = this.#nodes.at(-1); next !== undefined && next.level <= level; next = this.#nodes.at(-1)) {
      this.#nodes.pop();
      merged = this.#merge(next, merged);
    }
    merged.level = level;
    merged.price = text;
    merged.at = at;
    this.#nodes.push(merged);
    this.#settle(this.#nodes.length - 1);
  }

  /** All sets of both nodes in the one that has more, so that a set moves a few times at most. */
  #merge(a: Node, b: Node): Node {
    const [into, from] = a.sets >= b.sets ? [a, b] : [b, a];
    for (const [percent, sets] of from.groups) {
      const mine = into.groups.get(percent);
      if (mine === undefined) into.groups.set(percent, sets);
      else for (const owners of sets) mine.push(owners);
    }
    into.sets += from.sets;
    from.groups.clear();
    from.mergedInto = into;
    this.#percents.set(into, Math.min(this.#smallest(into), this.#smallest(from)));
    this.#percents.delete(from);
    return into;
  }

  #collect(level: number): TrailHit[] {
    const hits: TrailHit[] = [];
    for (const node of [...this.#nodes]) {
      for (const [percent, sets] of [...node.groups]) {
        if (level > reach(node.level, percent)) continue;
        for (const ownerId of sets.flatMap((owners) => [...owners])) {
          hits.push({ ownerId, peak: node.price, at: node.at });
          this.#placeOf.delete(ownerId);
        }
        this.#dropGroup(node, percent, sets.length);
      }
    }
    return hits.length === 0 ? NO_HITS : hits.sort((a, b) => a.ownerId - b.ownerId);
  }

  #dropSet(node: Node, percent: number, owners: Set<number>): void {
    const sets = node.groups.get(percent) as Set<number>[];
    if (sets.length === 1) return this.#dropGroup(node, percent, 1);
    sets.splice(sets.indexOf(owners), 1);
    node.sets -= 1;
  }

  #dropGroup(node: Node, percent: number, sets: number): void {
    node.groups.delete(percent);
    node.sets -= sets;
    const index = this.#indexOf(node.level);
    if (node.groups.size === 0) {
      this.#nodes.splice(index, 1);
      this.#percents.delete(node);
    } else this.#percents.set(node, Math.min(...node.groups.keys()));
    this.#settle(index);
  }

  #smallest(node: Node): number {
    return this.#percents.get(node) ?? Infinity;
  }

  /** Index of the first node that is not better than `level`. */
  #indexOf(level: number): number {
    let [low, high] = [0, this.#nodes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#nodes[middle] as Node).level > level) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(place: number, peak: { level: number; price: string; at: number }): Node {
    const node: Node = { ...peak, groups: new Map(), sets: 0, mergedInto: undefined, firesAt: -Infinity };
    this.#nodes.splice(place, 0, node);
    return node;
  }

  /** Firing levels from `place` on: each node knows the highest of itself and those before it. */
  #settle(place: number): void {
    for (let index = place; index < this.#nodes.length; index += 1) {
      const node = this.#nodes[index] as Node;
      const before = index === 0 ? -Infinity : (this.#nodes[index - 1] as Node).firesAt;
      const firesAt = Math.max(before, reach(node.level, this.#smallest(node)));
      // Where nothing changes, nothing behind it does either; but the place itself may have lost its node.
      if (firesAt === node.firesAt && index > place) return;
      node.firesAt = firesAt;
    }
  }
}

/** The newest set of a node at this distance. */
function openSet(node: Node, percent: number): Set<number> {
  let sets = node.groups.get(percent);
  if (sets === undefined) node.groups.set(percent, (sets = []));
  let owners = sets.at(-1);
  if (owners === undefined) {
    sets.push((owners = new Set()));
    node.sets += 1;
  }
  return owners;
}

/** The node that holds the place now; remembered, so that a chain of merges is walked once. */
function current(place: Place): Node {
  let { node } = place;
  while (node.mergedInto !== undefined) node = node.mergedInto;
  place.node = node;
  return node;
}

/** The level (times sign) `percent` behind a peak. Negative levels, those of shorts, move away from zero. */
function reach(level: number, percent: number): number {
  const size = Math.abs(level);
  return level - (size * percent) / 100 + size * HAIR;
}

/** The best price since `since` (ms); undefined when it is older than all that is known. */
export function peakSince(peaks: readonly Peak[], since: number): string | undefined {
  return peaks.find(({ at }) => at >= since)?.price;
}
