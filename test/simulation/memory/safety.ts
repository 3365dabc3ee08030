/**
 * The safety switches of a simulation, as the product stores them: one in force per scope and value.
 * Keeps: what they forbid is asked of the product's own rules; a pause ends by its time, whether or not its end is noted.
 */
import {
  isInForce,
  safetyBook,
  type SafetyBook,
  type SafetyRefusal,
  type SafetySwitch,
  switchesFor,
  type TradeSubject,
} from '../../../src/domain/safety/switches.js';

const STRENGTH = { block_entries: 0, reduce_only: 1, flatten: 2 } as const;

export class Safety {
  #active: readonly SafetySwitch[] = [];
  #book: { readonly at: number; readonly book: SafetyBook } | undefined;
  #newest = 0;

  get active(): readonly SafetySwitch[] {
    return this.#active;
  }

  find(id: number): SafetySwitch | undefined {
    return this.#active.find((item) => item.id === id);
  }

  /** A weaker one than is set changes nothing; a stronger one takes its place. */
  set(item: Omit<SafetySwitch, 'id' | 'reason'>): SafetySwitch | undefined {
    const before = this.#active.find(({ scope, value }) => scope === item.scope && value === item.value);
    if (before !== undefined && STRENGTH[before.mode] >= STRENGTH[item.mode]) return undefined;
    const added = { ...item, id: (this.#newest += 1), reason: 'simulated' };
    this.#replace([...this.#active.filter((other) => other !== before), added]);
    return added;
  }

  clear(id: number): void {
    this.#replace(this.#active.filter((item) => item.id !== id));
  }

  /** Notes the end of pauses that are over. */
  noteEnds(now: Date): void {
    if (this.#active.some((item) => !isInForce(item, now))) {
      this.#replace(this.#active.filter((item) => isInForce(item, now)));
    }
  }

  refusalsOf(subject: TradeSubject, now: Date): readonly SafetyRefusal[] {
    return this.#active.length === 0 ? [] : switchesFor(this.#bookAt(now), subject);
  }

  #bookAt(now: Date): SafetyBook {
    const at = now.getTime();
    if (this.#book?.at !== at) this.#book = { at, book: safetyBook(this.#active, [], now) };
    return this.#book.book;
  }

  #replace(active: readonly SafetySwitch[]): void {
    this.#active = active;
    this.#book = undefined;
  }
}
