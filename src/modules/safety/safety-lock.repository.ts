/**
 * The lock between trading and whoever stops it: transactions that increase exposure hold it shared from the moment they
 * look at switches and breakers until they commit; a change holds it alone.
 * Keeps: after a change has committed, nothing that it forbids commits any more. The lock is fair, so a change waits only
 * for transactions that were there before it. Taken after positions and accounts, and nothing is waited for under it.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';

/** Announces the new epoch to every process. */
export const SAFETY_CHANNEL = 'verzek_safety';

const KEY = `hashtextextended('safety', 0)`;

/** A stop must not fail because a big page is still being written. */
const CHANGE_LOCK_TIMEOUT = '30s';

@Injectable()
export class SafetyLock {
  constructor(private readonly database: Database) {}

  /** Keeps changes out until the running transaction ends; what is read after this stays true for it. */
  async share(): Promise<void> {
    await this.database.query(`SELECT pg_advisory_xact_lock_shared(${KEY})`, [], { name: 'safety_share' });
  }

  /** Runs `work` alone, in one transaction, and tells every process when it answers true. */
  change<T>(work: () => Promise<{ changed: boolean; value: T }>): Promise<T> {
    return this.database.transaction(async () => {
      await this.database.query(`SELECT set_config('lock_timeout', $1, true)`, [CHANGE_LOCK_TIMEOUT]);
      await this.database.query(`SELECT pg_advisory_xact_lock(${KEY})`);
      const { changed, value } = await work();
      if (changed) await this.#announce();
      return value;
    });
  }

  async epoch(): Promise<number> {
    const row = await this.database.first<{ epoch: number }>('SELECT epoch FROM safety_epoch', [], {
      name: 'safety_epoch',
    });
    return row?.epoch ?? 0;
  }

  async #announce(): Promise<void> {
    await this.database.query(
      `WITH next AS (UPDATE safety_epoch SET epoch = epoch + 1 RETURNING epoch)
       SELECT pg_notify($1, epoch::text) FROM next`,
      [SAFETY_CHANNEL],
    );
  }
}
