/**
 * Which processes are connected to the database, which hold work, and the end of what the dead ones held.
 * Keeps: a process names itself in every session that it opens (`sessionName`), so its sessions end with it and nobody
 * has to say that it is gone.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { WORK_CHANNEL } from './work-queue.js';

/** The `application_name` of a session that `holder` opens for `purpose`. */
export function sessionName(purpose: string, holder: string): string {
  return `verzek-${purpose} ${holder}`;
}

const CONNECTED = `
  SELECT DISTINCT split_part(application_name, ' ', 2) AS holder FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'verzek-% %'`;

const HOLDING = `SELECT DISTINCT leased_by AS holder FROM work_items WHERE state = 'open' AND leased_by IS NOT NULL`;

const RELEASE = `
  WITH released AS (
    UPDATE work_items SET available_at = $2, leased_by = NULL
    WHERE state = 'open' AND leased_by = ANY ($1::text[]) RETURNING queue
  )
  SELECT queue, count(*) AS items, pg_notify($3, queue) FROM released GROUP BY queue`;

@Injectable()
export class HoldersRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The processes that have a session now. */
  async connected(): Promise<Set<string>> {
    const rows = await this.database.query<{ holder: string }>(CONNECTED, [], { name: 'holders_connected' });
    return new Set(rows.map(({ holder }) => holder));
  }

  /** The processes that hold work. */
  async holding(): Promise<string[]> {
    return (await this.database.query<{ holder: string }>(HOLDING)).map(({ holder }) => holder);
  }

  /** Ends the leases of `holders` and announces their work. Answers the queues concerned, with how many items each. */
  release(holders: readonly string[]): Promise<{ queue: string; items: number }[]> {
    return this.database.query(RELEASE, [holders, this.clock.now(), WORK_CHANNEL]);
  }
}
