/**
 * How long it takes until what a killed process held is done by others.
 * Keeps: counts what the dead process had leased and, where it watched the market, what it had noted and the watch
 * itself; other work waits its turn as always and is no recovery. Times in which no worker runs at all, because each of
 * them was killed and boots, are told apart: no other process could do anything then.
 */
import type { Database } from '../../../src/platform/database/database.js';
import type { Process } from '../../support/processes.js';

const POLL_MS = 25;

/** Who holds the market watch. */
const LEADERS = `
  SELECT split_part(a.application_name, ' ', 2) AS holder FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
    AND a.application_name LIKE 'verzek-listen-worker %'`;

export interface Recovery {
  readonly ms: number;
  /** Of these, without any worker. */
  readonly unattendedMs: number;
  readonly wasLeading: boolean;
  readonly held: number;
}

export class Recoveries {
  readonly all: Recovery[] = [];
  readonly #boots: number[] = [];
  readonly #ready = new Set<Process>();

  constructor(
    private readonly database: Database,
    /** The workers that are not killed at the moment. */
    private readonly workers: () => readonly Process[],
    private readonly limitMs: number,
  ) {}

  /** Milliseconds from a process's start until it listened, ascending. */
  get boots(): readonly number[] {
    return [...this.#boots].sort((a, b) => a - b);
  }

  started(process: Process): void {
    const began = performance.now();
    process.address.then(
      () => {
        this.#boots.push(performance.now() - began);
        this.#ready.add(process);
      },
      () => undefined,
    );
  }

  /** To be asked before the process is killed. */
  async isLeading(process: Process): Promise<boolean> {
    const leaders = await this.database.query<{ holder: string }>(LEADERS);
    return leaders.some(({ holder }) => holder.startsWith(`${process.pid}-`));
  }

  /** Waits until what the dead process held is done. */
  async after(victim: Process, wasLeading: boolean): Promise<void> {
    const began = performance.now();
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM work_items WHERE state = 'open' AND (leased_by LIKE $1 OR queue = 'crossing' AND $2)`,
      [`${victim.pid}-%`, wasLeading],
    );
    const ids = rows.map(({ id }) => id);
    let unattendedMs = 0;
    for (let last = began; ;) {
      const now = performance.now();
      if (!this.workers().some((worker) => this.#ready.has(worker))) unattendedMs += now - last;
      last = now;
      if (await this.#isOver(ids, wasLeading, victim)) break;
      if (now - began > this.limitMs)
        throw new Error(`not taken over within ${this.limitMs} ms: ${await this.#left(ids)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.all.push({ ms: performance.now() - began, unattendedMs, wasLeading, held: ids.length });
  }

  async #isOver(ids: readonly number[], wasLeading: boolean, victim: Process): Promise<boolean> {
    if (wasLeading) {
      const leaders = await this.database.query<{ holder: string }>(LEADERS);
      if (leaders.every(({ holder }) => holder.startsWith(`${victim.pid}-`))) return false;
    }
    // Work that a living process has taken over and given back, because its turn has not come, is in good hands.
    const left = await this.database.first(
      `SELECT 1 FROM work_items WHERE id = ANY ($1::bigint[]) AND state = 'open'
         AND (leased_by LIKE $2 OR queue <> 'signal') LIMIT 1`,
      [ids, `${victim.pid}-%`],
    );
    return left === undefined;
  }

  async #left(ids: readonly number[]): Promise<string> {
    return JSON.stringify(
      await this.database.query(
        `SELECT queue, leased_by, attempts, last_error, available_at FROM work_items WHERE id = ANY ($1::bigint[]) AND state = 'open'`,
        [ids],
      ),
    );
  }
}
