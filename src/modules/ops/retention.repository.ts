/**
 * Deletes what nobody asks for any more: counters of limits whose time is over, mail tokens, sessions.
 * Keeps: at most `limit` rows at once, found by index; a counter that began anew meanwhile stays.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';

const DAY_MS = 86_400_000;

/** How long a row is kept beyond its end: counters not at all, tokens a day, sessions a week, for questions. */
const STATEMENTS = {
  rate_limits: {
    keepMs: 0,
    sql: `DELETE FROM rate_limits WHERE expire < $1 AND key = ANY (ARRAY (
            SELECT key FROM rate_limits WHERE expire < $1 ORDER BY expire LIMIT $2))`,
    boundary: (at: number) => at,
  },
  one_time_tokens: {
    keepMs: DAY_MS,
    sql: `DELETE FROM one_time_tokens WHERE id = ANY (ARRAY (
            SELECT id FROM one_time_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2))`,
    boundary: (at: number) => new Date(at),
  },
  access_nonces: {
    keepMs: 0,
    sql: `DELETE FROM access_nonces WHERE (token_id, nonce) IN (
            SELECT token_id, nonce FROM access_nonces WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`,
    boundary: (at: number) => new Date(at),
  },
  data_exports: {
    keepMs: 0,
    sql: `DELETE FROM data_exports WHERE user_id = ANY (ARRAY (
            SELECT user_id FROM data_exports WHERE expires_at < $1 ORDER BY expires_at LIMIT $2))`,
    boundary: (at: number) => new Date(at),
  },
  email_changes: {
    keepMs: 0,
    sql: `DELETE FROM email_changes WHERE user_id = ANY (ARRAY (
            SELECT user_id FROM email_changes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2))`,
    boundary: (at: number) => new Date(at),
  },
  sessions: {
    keepMs: 7 * DAY_MS,
    sql: `DELETE FROM sessions WHERE id = ANY (ARRAY (
            SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2))`,
    boundary: (at: number) => new Date(at),
  },
  webhook_deliveries: {
    keepMs: 30 * DAY_MS,
    sql: `DELETE FROM webhook_deliveries WHERE id = ANY (ARRAY (
            SELECT id FROM webhook_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2))`,
    boundary: (at: number) => new Date(at),
  },
  intake_targets: {
    keepMs: 30 * DAY_MS,
    sql: `DELETE FROM intake_targets WHERE (source_id, key) IN (
            SELECT source_id, key FROM intake_targets WHERE created_at < $1 ORDER BY created_at LIMIT $2)`,
    boundary: (at: number) => new Date(at),
  },
  telegram_codes: {
    keepMs: DAY_MS,
    sql: `DELETE FROM telegram_codes WHERE hash = ANY (ARRAY (
            SELECT hash FROM telegram_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2))`,
    boundary: (at: number) => new Date(at),
  },
  house_candidates: {
    keepMs: 90 * DAY_MS,
    sql: `DELETE FROM house_candidates WHERE id = ANY (ARRAY (
            SELECT id FROM house_candidates WHERE created_at < $1 ORDER BY created_at LIMIT $2))`,
    boundary: (at: number) => new Date(at),
  },
  notifications: {
    keepMs: 90 * DAY_MS,
    sql: `DELETE FROM notifications WHERE id = ANY (ARRAY (
            SELECT id FROM notifications WHERE created_at < $1 ORDER BY created_at LIMIT $2))`,
    boundary: (at: number) => new Date(at),
  },
} as const;

export type Expiring = keyof typeof STATEMENTS;

export const EXPIRING = Object.keys(STATEMENTS) as Expiring[];

@Injectable()
export class RetentionRepository {
  constructor(private readonly database: Database) {}

  /** Deletes rows of `table` that ended long enough before `now`; answers how many. */
  purge(table: Expiring, now: Date, limit: number): Promise<number> {
    const { keepMs, sql, boundary } = STATEMENTS[table];
    return this.database.execute(sql, [boundary(now.getTime() - keepMs), limit]);
  }
}
