/**
 * Notices processes that have died, by their sessions in the database, and gives back what they had leased: their work
 * need not wait until its lease runs out. Keeps: a process with a session is left alone, whatever it does (its lease runs
 * out, its writes are fenced off); one without any is missed twice before it counts as gone, as it may be reconnecting.
 */
import type { Cancel, Clock } from '../clock/clock.js';
import type { Database } from '../database/database.js';
import type { Logger } from '../logging/logger.js';
import type { HoldersRepository } from './holders.repository.js';

/** How often is looked: twice that, at most, until the work of a dead process is taken over. */
export const LOOK_MS = 1_000;

/** Leases are looked through at the first look and every so many, because that reads all open work. */
const LOOKS_BETWEEN_HOLDING = 10;

export class GoneHolders {
  #looks = 0;
  /** Who was connected at the last look. */
  #connected: ReadonlySet<string> = new Set();
  /** Who was missed at the last look. */
  #missed: readonly string[] = [];
  #looking: Promise<void> | undefined;
  #timer: Cancel | undefined;

  constructor(
    private readonly holders: HoldersRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.#timer ??= this.clock.every(LOOK_MS, () => void this.look());
    void this.look();
  }

  async stop(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    await this.#looking;
  }

  /** Looks once; while one look is under way, asking for another joins it. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.database
      .inLane('worker', () => this.#look())
      .catch((error: unknown) => this.logger.warn('processes that are gone could not be looked for', { error }))
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const connected = await this.holders.connected();
    const gone = this.#missed.filter((holder) => !connected.has(holder));
    const before = new Set([...this.#connected, ...(await this.#holding())]);
    if (gone.length > 0) {
      for (const { queue, items } of await this.holders.release(gone)) {
        this.logger.warn('a process died: its work was given back', { queue, items, holders: gone });
      }
    }
    this.#looks += 1;
    this.#connected = connected;
    this.#missed = [...before].filter((holder) => !connected.has(holder));
  }

  /** Who died before this process came, or came and died between two looks, has left nothing but leases. */
  #holding(): Promise<readonly string[]> {
    return this.#looks % LOOKS_BETWEEN_HOLDING === 0 ? this.holders.holding() : Promise.resolve([]);
  }
}
