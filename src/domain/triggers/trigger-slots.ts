/**
 * The table behind trigger handles: owner, kind and state of each slot, in typed arrays, 16 bytes a slot.
 * Keeps: a handle names one use of a slot; freeing a slot makes every older handle to it invalid.
 */

/** Slots of one book, at most: 67 million. */
const SLOT_LIMIT = 2 ** 26;
/** A handle repeats only after its slot was used this often in between. */
const GENERATIONS = 2 ** 26;

const LIVE = 1;
const BELOW = 2;
const FLAG_BITS = 2;
const NONE = -1;
const SMALLEST_CAPACITY = 8;

export class TriggerSlots {
  /** The owner of a used slot; the next free slot of a free one. */
  #owners = new Float64Array(SMALLEST_CAPACITY);
  #kinds = new Int32Array(SMALLEST_CAPACITY);
  /** Generation and flags. */
  #states = new Uint32Array(SMALLEST_CAPACITY);
  #used = 0;
  #free = NONE;

  get bytes(): number {
    return this.#owners.byteLength + this.#kinds.byteLength + this.#states.byteLength;
  }

  /** Takes a slot into use, live. */
  take(ownerId: number, kind: number, isBelow: boolean): number {
    const slot = this.#free === NONE ? this.#fresh() : this.#reused();
    this.#owners[slot] = ownerId;
    this.#kinds[slot] = kind;
    this.#states[slot] = this.#generation(slot) * (1 << FLAG_BITS) + LIVE + (isBelow ? BELOW : 0);
    return slot;
  }

  handle(slot: number): number {
    return this.#generation(slot) * SLOT_LIMIT + slot;
  }

  /** The live slot that `handle` names; undefined when it was cancelled, fired or never given. */
  find(handle: number): number | undefined {
    if (!Number.isSafeInteger(handle) || handle < 0) return undefined;
    const slot = handle % SLOT_LIMIT;
    if (slot >= this.#used || !this.isLive(slot)) return undefined;
    return this.handle(slot) === handle ? slot : undefined;
  }

  isLive(slot: number): boolean {
    return ((this.#states[slot] as number) & LIVE) !== 0;
  }

  isBelow(slot: number): boolean {
    return ((this.#states[slot] as number) & BELOW) !== 0;
  }

  owner(slot: number): number {
    return this.#owners[slot] as number;
  }

  kind(slot: number): number {
    return this.#kinds[slot] as number;
  }

  /** The slot's trigger is dead; the slot stays in use until `free`, because a heap still points to it. */
  kill(slot: number): void {
    this.#states[slot] = ((this.#states[slot] as number) & ~LIVE) >>> 0;
  }

  /** Gives the slot back for another use. Only when no heap points to it. */
  free(slot: number): void {
    this.#states[slot] = ((this.#generation(slot) + 1) % GENERATIONS) * (1 << FLAG_BITS);
    this.#owners[slot] = this.#free;
    this.#free = slot;
  }

  #generation(slot: number): number {
    return (this.#states[slot] as number) >>> FLAG_BITS;
  }

  #reused(): number {
    const slot = this.#free;
    this.#free = this.#owners[slot] as number;
    return slot;
  }

  #fresh(): number {
    if (this.#used === this.#owners.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  #grow(): void {
    if (this.#used >= SLOT_LIMIT) throw new RangeError(`a trigger book holds at most ${SLOT_LIMIT} triggers`);
    const capacity = Math.min(SLOT_LIMIT, this.#used + Math.max(SMALLEST_CAPACITY, this.#used >> 1));
    const [owners, kinds, states] = [this.#owners, this.#kinds, this.#states];
    this.#owners = new Float64Array(capacity);
    this.#kinds = new Int32Array(capacity);
    this.#states = new Uint32Array(capacity);
    this.#owners.set(owners);
    this.#kinds.set(kinds);
    this.#states.set(states);
  }
}
