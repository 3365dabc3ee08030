/**
 * Gathers the alerts of a moment and stores them together: under load one commit carries many.
 * Keeps: whoever waits is answered after the commit that has the own alert, never before; alone an alert waits for nobody; one
 * that cannot be stored takes no other with it; two of the same are never in one batch.
 */
import { Injectable } from '@nestjs/common';
import { isPassingFault } from '../../platform/database/database.js';
import { AlertInboxRepository, type ArrivedAlert, type StoredAlert } from './alert-inbox.repository.js';

const AT_ONCE = 200;

/** Transactions under way at a time: the next is gathered while these wait for the disk. */
const BATCHES = 3;

export type StoredAnswer = Exclude<StoredAlert, { is: 'again' }>;

interface Waiting {
  readonly alert: ArrivedAlert;
  readonly resolve: (stored: StoredAnswer) => void;
  readonly reject: (error: unknown) => void;
}

@Injectable()
export class AlertInbox {
  #waiting: Waiting[] = [];
  #running = 0;

  constructor(private readonly alerts: AlertInboxRepository) {}

  store(alert: ArrivedAlert): Promise<StoredAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ alert, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#running >= BATCHES || this.#waiting.length === 0) return;
    const batch = this.#take();
    this.#running += 1;
    void this.#store(batch).finally(() => {
      this.#running -= 1;
      this.#next();
    });
  }

  #take(): Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    const keys = new Set<string>();
    for (const one of this.#waiting) {
      const key = keyOf(one.alert);
      const fits = batch.length < AT_ONCE && (key === undefined || !keys.has(key));
      if (key !== undefined) keys.add(key);
      (fits ? batch : left).push(one);
    }
    this.#waiting = left;
    return batch;
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    try {
      const stored = await this.alerts.store(batch.map(({ alert }) => alert));
      batch.forEach((one, index) => {
        const answer = stored[index] ?? { is: 'gone' };
        if (answer.is === 'again') this.#waiting.unshift(one);
        else one.resolve(answer);
      });
    } catch (error) {
      if (batch.length === 1 || isPassingFault(error)) for (const { reject } of batch) reject(error);
      else for (const one of batch) await this.#store([one]);
    }
  }
}

/** The moment apart: whatever its key is, an equal body is for the next batch, which sees this one. */
function keyOf({ sourceId, dedup }: ArrivedAlert): string | undefined {
  return dedup === null
    ? undefined
    : `${sourceId} ${dedup.before === null ? dedup.key : dedup.key.slice(0, dedup.key.lastIndexOf(' '))}`;
}
