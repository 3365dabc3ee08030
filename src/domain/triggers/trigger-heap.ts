/**
 * A binary min-heap of (key, slot) pairs in typed arrays: 12 bytes an entry, no objects.
 * Keeps: the smallest key is at the top. Knows nothing of triggers: the book says what a slot is and which are dead.
 */

const SMALLEST_CAPACITY = 8;

export class TriggerHeap {
  #keys = new Float64Array(SMALLEST_CAPACITY);
  #slots = new Uint32Array(SMALLEST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Bytes allocated, used or not. */
  get bytes(): number {
    return this.#keys.byteLength + this.#slots.byteLength;
  }

  /** The smallest key; `Infinity` when empty. */
  get topKey(): number {
    return this.#length === 0 ? Infinity : (this.#keys[0] as number);
  }

  /** The slot of the smallest key. Only while not empty. */
  get topSlot(): number {
    return this.#slots[0] as number;
  }

  push(key: number, slot: number): void {
    if (this.#length === this.#keys.length) this.#resize(this.#length + Math.max(SMALLEST_CAPACITY, this.#length >> 1));
    const keys = this.#keys;
    const slots = this.#slots;
    let hole = this.#length;
    this.#length += 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const parentKey = keys[parent] as number;
      if (parentKey <= key) break;
      keys[hole] = parentKey;
      slots[hole] = slots[parent] as number;
      hole = parent;
    }
    keys[hole] = key;
    slots[hole] = slot;
  }

  /** Removes the top. Only while not empty. */
  pop(): void {
    this.#length -= 1;
    const last = this.#length;
    if (last > 0) this.#sink(0, this.#keys[last] as number, this.#slots[last] as number);
  }

  /** Keeps the entries whose slot passes, in time proportional to the length; returns memory that is not needed. */
  retain(keep: (slot: number) => boolean): void {
    const keys = this.#keys;
    const slots = this.#slots;
    let kept = 0;
    for (let index = 0; index < this.#length; index += 1) {
      const slot = slots[index] as number;
      if (!keep(slot)) continue;
      keys[kept] = keys[index] as number;
      slots[kept] = slot;
      kept += 1;
    }
    this.#length = kept;
    for (let index = (kept >> 1) - 1; index >= 0; index -= 1) {
      this.#sink(index, keys[index] as number, slots[index] as number);
    }
    if (kept < keys.length >> 2) this.#resize(Math.max(SMALLEST_CAPACITY, kept * 2));
  }

  /** Puts the pair at `start` or below, where it belongs. */
  #sink(start: number, key: number, slot: number): void {
    const keys = this.#keys;
    const slots = this.#slots;
    const length = this.#length;
    let hole = start;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && (keys[child + 1] as number) < (keys[child] as number)) child += 1;
      const childKey = keys[child] as number;
      if (childKey >= key) break;
      keys[hole] = childKey;
      slots[hole] = slots[child] as number;
      hole = child;
    }
    keys[hole] = key;
    slots[hole] = slot;
  }

  #resize(capacity: number): void {
    const keys = new Float64Array(capacity);
    const slots = new Uint32Array(capacity);
    keys.set(this.#keys.subarray(0, this.#length));
    slots.set(this.#slots.subarray(0, this.#length));
    this.#keys = keys;
    this.#slots = slots;
  }
}
