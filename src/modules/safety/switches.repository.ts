/**
 * Stores and reads safety switches.
 * Keeps: reads for people name the owner (or null for staff) first; lists are keyset pages; every write stands inside
 * `SafetyLock.change`, except the progress of flattening, which forbids nothing.
 */
import { Injectable } from '@nestjs/common';
import type { SwitchMode, SwitchScope } from '../../domain/safety/switches.js';
import { Database } from '../../platform/database/database.js';

export interface SwitchRow {
  readonly id: number;
  readonly scope: SwitchScope;
  readonly value: string;
  readonly user_id: number | null;
  readonly mode: SwitchMode;
  readonly reason: string;
  readonly set_by_id: number | null;
  readonly by_staff: boolean;
  readonly set_at: Date;
  readonly expires_at: Date | null;
  readonly cleared_at: Date | null;
  readonly cleared_how: string | null;
  readonly flatten_found: number | null;
  readonly flatten_closed: number;
  readonly flatten_done_at: Date | null;
}

export interface NewSwitch {
  readonly scope: SwitchScope;
  readonly value: string;
  readonly userId: number | null;
  readonly mode: SwitchMode;
  readonly reason: string;
  readonly setById: number | null;
  readonly byStaff: boolean;
  readonly expiresAt: Date | null;
}

export interface SwitchFilter {
  readonly active: boolean | null;
  readonly scope: string | null;
  readonly beforeId: number | null;
  readonly limit: number;
}

/** What a scope's value names. */
export interface ScopeOwner {
  readonly value: string;
  readonly userId: number | null;
}

export type ClearedHow = 'cleared' | 'expired' | 'replaced';

const COLUMNS = `id, scope, value, user_id, mode, reason, set_by_id, by_staff, set_at, expires_at, cleared_at, cleared_how,
  flatten_found, flatten_closed, flatten_done_at`;

const LIST = `
  SELECT ${COLUMNS} FROM safety_switches
  WHERE ($1::bigint IS NULL OR user_id = $1) AND id < $2 AND ($3::boolean IS NULL OR (cleared_at IS NULL) = $3)
    AND ($4::text IS NULL OR scope = $4)
  ORDER BY id DESC LIMIT $5`;

const OWNERS: Readonly<Record<Exclude<SwitchScope, 'platform' | 'symbol'>, string>> = {
  source: 'SELECT id::text AS value, NULL::bigint AS "userId" FROM sources WHERE code = $1 OR id::text = $1',
  user: 'SELECT id::text AS value, id AS "userId" FROM users WHERE id::text = $1',
  account: 'SELECT id::text AS value, user_id AS "userId" FROM accounts WHERE id::text = $1',
};

@Injectable()
export class SwitchesRepository {
  constructor(private readonly database: Database) {}

  /** Switches of scopes that belong to `userId`, or all of them for null; newest first. */
  list(userId: number | null, { active, scope, beforeId, limit }: SwitchFilter): Promise<SwitchRow[]> {
    return this.database.query<SwitchRow>(LIST, [userId, beforeId ?? Number.MAX_SAFE_INTEGER, active, scope, limit]);
  }

  find(userId: number | null, id: number): Promise<SwitchRow | undefined> {
    return this.database.first<SwitchRow>(
      `SELECT ${COLUMNS} FROM safety_switches WHERE id = $1 AND ($2::bigint IS NULL OR user_id = $2)`,
      [id, userId],
    );
  }

  /** The one that is not cleared. Locked: the progress of flattening waits. */
  active(scope: SwitchScope, value: string): Promise<SwitchRow | undefined> {
    return this.database.first<SwitchRow>(
      `SELECT ${COLUMNS} FROM safety_switches WHERE scope = $1 AND value = $2 AND cleared_at IS NULL FOR UPDATE`,
      [scope, value],
    );
  }

  /** Locks the switch if it is still set. */
  async holdActive(id: number): Promise<SwitchRow | undefined> {
    return this.database.first<SwitchRow>(
      `SELECT ${COLUMNS} FROM safety_switches WHERE id = $1 AND cleared_at IS NULL FOR UPDATE`,
      [id],
    );
  }

  async insert(item: NewSwitch, now: Date): Promise<SwitchRow> {
    const { scope, value, userId, mode, reason, setById, byStaff, expiresAt } = item;
    const [row] = await this.database.query<SwitchRow>(
      `INSERT INTO safety_switches (scope, value, user_id, mode, reason, set_by_id, by_staff, set_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
      [scope, value, userId, mode, reason, setById, byStaff, now, expiresAt],
    );
    return row as SwitchRow;
  }

  async prolong(id: number, expiresAt: Date): Promise<SwitchRow> {
    const [row] = await this.database.query<SwitchRow>(
      `UPDATE safety_switches SET expires_at = $2 WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, expiresAt],
    );
    return row as SwitchRow;
  }

  async clear(id: number, actorId: number | null, how: ClearedHow, now: Date): Promise<void> {
    await this.database.execute(
      `UPDATE safety_switches SET cleared_at = $2, cleared_by_id = $3, cleared_how = $4
       WHERE id = $1 AND cleared_at IS NULL`,
      [id, now, actorId, how],
    );
  }

  /** Notes the end of pauses that have ended by themselves. */
  clearExpired(now: Date): Promise<SwitchRow[]> {
    return this.database.query<SwitchRow>(
      `UPDATE safety_switches SET cleared_at = expires_at, cleared_how = 'expired'
       WHERE cleared_at IS NULL AND expires_at <= $1 RETURNING ${COLUMNS}`,
      [now],
    );
  }

  async hasExpired(now: Date): Promise<boolean> {
    const sql = 'SELECT 1 AS found FROM safety_switches WHERE cleared_at IS NULL AND expires_at <= $1 LIMIT 1';
    return (await this.database.first(sql, [now])) !== undefined;
  }

  /** How many are in force, by scope. */
  async counts(now: Date): Promise<Partial<Record<SwitchScope, number>>> {
    const rows = await this.database.query<{ scope: SwitchScope; count: number }>(
      `SELECT scope, count(*) AS count FROM safety_switches
       WHERE cleared_at IS NULL AND (expires_at IS NULL OR expires_at > $1) GROUP BY scope`,
      [now],
    );
    return Object.fromEntries(rows.map(({ scope, count }) => [scope, count]));
  }

  /** What `value` names in `scope`, if it exists: a source by its id or code, a user or account by its id. */
  owner(scope: keyof typeof OWNERS, value: string): Promise<ScopeOwner | undefined> {
    return this.database.first<ScopeOwner>(OWNERS[scope], [value]);
  }

  async noteFound(id: number, found: number): Promise<void> {
    await this.database.execute(
      'UPDATE safety_switches SET flatten_found = coalesce(flatten_found, $2) WHERE id = $1',
      [id, found],
    );
  }

  async noteClosed(id: number, closed: number): Promise<void> {
    await this.database.execute('UPDATE safety_switches SET flatten_closed = flatten_closed + $2 WHERE id = $1', [
      id,
      closed,
    ]);
  }

  /** True the first time. */
  async noteDone(id: number, now: Date): Promise<boolean> {
    const sql = 'UPDATE safety_switches SET flatten_done_at = $2 WHERE id = $1 AND flatten_done_at IS NULL';
    return (await this.database.execute(sql, [id, now])) === 1;
  }
}
