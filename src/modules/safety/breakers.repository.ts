/**
 * Stores circuit breakers and reads the results that move them.
 * Keeps: results come from closed positions, so a breaker can be derived again at any time; writes that change whether
 * something is admitted stand inside `SafetyLock.change`. Set-based: one statement for any number of accounts.
 */
import { Injectable } from '@nestjs/common';
import type { BreakerResults, BreakerState, BreakerStatus, TripReason } from '../../domain/safety/circuit-breaker.js';
import { CLOSED_BREAKER } from '../../domain/safety/circuit-breaker.js';
import { Database } from '../../platform/database/database.js';

export interface BreakerRow {
  readonly id: number;
  readonly scope: 'platform' | 'account';
  readonly value: string;
  readonly user_id: number | null;
  readonly state: BreakerStatus;
  readonly reason: TripReason | null;
  readonly tripped_at: Date | null;
  readonly until: Date | null;
  readonly admitted: number[];
  readonly count_from: Date | null;
  readonly updated_at: Date;
}

/** A breaker with the results that it is to be judged by. */
export interface BreakerCase {
  readonly scope: 'platform' | 'account';
  readonly value: string;
  readonly userId: number | null;
  readonly state: BreakerState;
  readonly results: BreakerResults;
}

export interface BreakerChange {
  readonly scope: 'platform' | 'account';
  readonly value: string;
  readonly userId: number | null;
  readonly after: BreakerState;
}

interface CaseRow extends Omit<BreakerRow, 'state'> {
  /** Null for an account whose breaker never moved. */
  readonly state: BreakerStatus | null;
  readonly account_id: number;
  readonly owner: number;
  readonly balance: string;
  readonly window_sum: string;
  readonly newest: string[];
}

const COLUMNS = 'id, scope, value, user_id, state, reason, tripped_at, until, admitted, count_from, updated_at';

/** An open breaker whose time has come counts from then on. */
const COUNT_FROM = `coalesce(CASE WHEN b.state = 'open' AND b.until <= $2 THEN b.until ELSE b.count_from END, '-infinity')`;

const ACCOUNT_CASES = `
  SELECT a.id AS account_id, a.user_id AS owner, a.balance, b.state, b.reason, b.tripped_at, b.until, b.admitted, b.count_from,
    (SELECT coalesce(sum(p.realised_pnl), 0) FROM positions p WHERE p.account_id = a.id AND p.qty > 0
       AND p.closed_at > greatest($3::timestamptz, ${COUNT_FROM})) AS window_sum,
    ARRAY (SELECT p.realised_pnl FROM all_positions p WHERE p.account_id = a.id AND p.closed_at > ${COUNT_FROM} AND p.qty > 0
       ORDER BY p.closed_at DESC, p.id DESC LIMIT $4) AS newest
  FROM accounts a LEFT JOIN circuit_breakers b ON b.scope = 'account' AND b.value = a.id::text
  WHERE a.id = ANY ($1::bigint[]) ORDER BY a.id`;

// A signal's loss is one loss, however many followed it; positions of no signal stand for themselves.
const PLATFORM_CASE = `
  WITH recent AS (
    SELECT coalesce(p.signal_id, -p.id) AS cause, p.realised_pnl, p.closed_at FROM positions p
    WHERE p.qty > 0 AND p.closed_at > (
      SELECT greatest($2::timestamptz, max(CASE WHEN b.state = 'open' AND b.until <= $1 THEN b.until ELSE b.count_from END))
      FROM circuit_breakers b WHERE b.scope = 'platform')
  ), signals AS (
    SELECT sum(realised_pnl) AS result, max(closed_at) AS closed_at FROM recent GROUP BY cause
  )
  SELECT (SELECT coalesce(sum(balance), 0) FROM accounts) AS balance,
    (SELECT coalesce(sum(realised_pnl), 0) FROM recent) AS window_sum,
    ARRAY (SELECT result FROM signals ORDER BY closed_at DESC LIMIT $3) AS newest`;

/** Signals let in on trial that a breaker still waits for: a position of theirs lives, or has a result to be judged. */
const TRIALS = `
  SELECT b.id, array_agg(trial.signal_id) FILTER (WHERE EXISTS (
    SELECT 1 FROM positions p WHERE p.signal_id = trial.signal_id AND (b.scope = 'platform' OR p.account_id::text = b.value)
      AND (p.status IN ('PENDING', 'OPEN', 'PARTIAL') OR p.qty > 0 AND p.realised_pnl <> 0))) AS signals
  FROM circuit_breakers b CROSS JOIN LATERAL unnest(b.admitted) AS trial (signal_id)
  WHERE b.id = ANY ($1::bigint[]) GROUP BY b.id`;

const STORE = `
  INSERT INTO circuit_breakers (scope, value, user_id, state, reason, tripped_at, until, admitted, count_from, updated_at)
  SELECT scope, value, user_id, state, reason, tripped_at, until, admitted::bigint[], count_from, $10
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[],
              $9::timestamptz[]) AS item (scope, value, user_id, state, reason, tripped_at, until, admitted, count_from)
  ON CONFLICT (scope, value) DO UPDATE SET state = excluded.state, reason = excluded.reason, tripped_at = excluded.tripped_at,
    until = excluded.until, admitted = excluded.admitted, count_from = excluded.count_from, updated_at = excluded.updated_at`;

@Injectable()
export class BreakersRepository {
  constructor(private readonly database: Database) {}

  /** Breakers of `userId`'s accounts, or all of them for null, newest first. */
  list(userId: number | null, beforeId: number | null, limit: number): Promise<BreakerRow[]> {
    return this.database.query<BreakerRow>(
      `SELECT ${COLUMNS} FROM circuit_breakers WHERE ($1::bigint IS NULL OR user_id = $1) AND id < $2
       ORDER BY id DESC LIMIT $3`,
      [userId, beforeId ?? Number.MAX_SAFE_INTEGER, limit],
    );
  }

  find(scope: 'platform' | 'account', value: string): Promise<BreakerRow | undefined> {
    return this.database.first<BreakerRow>(`SELECT ${COLUMNS} FROM circuit_breakers WHERE scope = $1 AND value = $2`, [
      scope,
      value,
    ]);
  }

  /** Those of the platform and of these accounts that are not closed. */
  notClosed(accountIds: readonly number[], locked: boolean): Promise<BreakerRow[]> {
    return this.database.query<BreakerRow>(
      `SELECT ${COLUMNS} FROM circuit_breakers
       WHERE state <> 'closed' AND (scope = 'platform' OR value = ANY (($1::bigint[])::text[]))
       ORDER BY scope DESC, id ${locked ? 'FOR UPDATE' : ''}`,
      [accountIds],
      { name: locked ? 'breakers_locked' : 'breakers_not_closed' },
    );
  }

  /** Of each of these breakers the signals on trial whose result is still to come. */
  async trials(rows: readonly BreakerRow[]): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
    if (rows.length === 0) return new Map();
    const found = await this.database.query<{ id: number; signals: number[] | null }>(
      TRIALS,
      [rows.map(({ id }) => id)],
      {
        name: 'breakers_trials',
      },
    );
    return new Map(found.map(({ id, signals }) => [id, new Set(signals ?? [])]));
  }

  /** `streak`: how many of the newest results a judgement needs. */
  async accountCases(ids: readonly number[], now: Date, since: Date, streak: number): Promise<BreakerCase[]> {
    const rows = await this.database.query<CaseRow>(ACCOUNT_CASES, [ids, now, since, streak]);
    return rows.map((row) => ({
      scope: 'account',
      value: String(row.account_id),
      userId: row.owner,
      state: row.state === null ? CLOSED_BREAKER : breakerState({ ...row, state: row.state }),
      results: { windowSum: row.window_sum, newest: row.newest, balance: row.balance },
    }));
  }

  async platformCase(now: Date, since: Date, streak: number): Promise<BreakerCase> {
    const row = await this.database.first<{ balance: string; window_sum: string; newest: string[] }>(PLATFORM_CASE, [
      now,
      since,
      streak,
    ]);
    const stored = await this.find('platform', '');
    return {
      scope: 'platform',
      value: '',
      userId: null,
      state: stored === undefined ? CLOSED_BREAKER : breakerState(stored),
      results: { windowSum: row?.window_sum ?? '0', newest: row?.newest ?? [], balance: row?.balance ?? '0' },
    };
  }

  async store(changes: readonly BreakerChange[], now: Date): Promise<void> {
    if (changes.length === 0) return;
    const states = changes.map(({ after }) => after);
    await this.database.execute(STORE, [
      changes.map(({ scope }) => scope),
      changes.map(({ value }) => value),
      changes.map(({ userId }) => userId),
      states.map(({ status }) => status),
      states.map(({ reason }) => reason),
      states.map(({ trippedAt }) => trippedAt),
      states.map(({ until }) => until),
      states.map(({ admitted }) => `{${admitted.join(',')}}`),
      states.map(({ countFrom }) => countFrom),
      now,
    ]);
  }

  async countOpen(): Promise<number> {
    const row = await this.database.first<{ count: number }>(
      `SELECT count(*) AS count FROM circuit_breakers WHERE state <> 'closed' AND scope = 'account'`,
    );
    return row?.count ?? 0;
  }
}

export function breakerState(row: BreakerRow): BreakerState {
  return {
    status: row.state,
    reason: row.reason,
    trippedAt: row.tripped_at,
    until: row.until,
    admitted: row.admitted,
    countFrom: row.count_from,
  };
}
