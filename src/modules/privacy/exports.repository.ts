/**
 * Reads everything that is stored of a user, and keeps the document that is made of it.
 * Keeps: history is read by index in pages; later tables with a `user_id` come along by themselves; no column that holds
 * a secret, a hash or a token leaves.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

export interface ExportState {
  requested_at: Date;
  ready_at: Date | null;
  expires_at: Date;
  bytes: number;
}

/** Rows as JSON text, exactly as stored: numbers never pass through JavaScript. */
interface TextRow {
  key: number;
  row: string;
}

const PAGE = 1_000;

/** Read by sections of their own, or of no use to anybody but this server. */
const NOT_GENERIC = [
  'positions',
  'orders',
  'fills',
  'trade_log',
  'decisions',
  'ledger_transactions',
  'reported_trades',
  'archived_positions',
  'archived_orders',
  'archived_fills',
  'archived_trade_log',
  'archived_decisions',
  'archived_ledger_transactions',
  'two_factors',
  'recovery_codes',
  'one_time_tokens',
  'user_data_keys',
  'data_exports',
];

const SECRET_COLUMN = '(password|hash|secret|token|cipher|wrapped|nonce|staff_session)';

/** Tables that name their user in `user_id`, with the columns that are not shown. */
const TABLES = `
  SELECT quote_ident(t.table_name) AS name,
    (SELECT coalesce(array_agg(c.column_name::text), '{}') FROM information_schema.columns c
     WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name
       AND (c.data_type = 'bytea' OR c.column_name ~ '${SECRET_COLUMN}')) AS hidden
  FROM information_schema.tables t
  WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND NOT t.table_name = ANY ($1::text[])
    AND EXISTS (SELECT 1 FROM information_schema.columns c
      WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.column_name = 'user_id')
  ORDER BY 1`;

const list = (table: string) => `
  coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.id) FROM all_${table} r WHERE r.position_id = p.id), '[]')`;

/** `$1` the user, `$2` the last key of the page before, `$3` how many. */
const HISTORY: Readonly<Record<string, string>> = {
  positions: `
    SELECT p.id AS key, (to_jsonb(p) || jsonb_build_object('orders', ${list('orders')}, 'fills', ${list('fills')},
      'log', ${list('trade_log')}))::text AS row
    FROM all_positions p WHERE p.user_id = $1 AND p.id > $2 ORDER BY p.id LIMIT $3`,
  decisions: `
    SELECT signal_id AS key, to_jsonb(d)::text AS row
    FROM all_decisions d WHERE user_id = $1 AND signal_id > $2 ORDER BY signal_id LIMIT $3`,
  ledger: `
    SELECT l.id AS key, to_jsonb(l)::text AS row FROM all_ledger_transactions l
    WHERE l.account_id = (SELECT id FROM accounts WHERE user_id = $1 AND exchange = 'paper') AND l.id > $2
    ORDER BY l.id LIMIT $3`,
  audit: `
    SELECT id AS key, (to_jsonb(a) - 'mac')::text AS row FROM audit_events a
    WHERE actor_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
};

@Injectable()
export class ExportsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  find(userId: number): Promise<ExportState | undefined> {
    return this.database.first<ExportState>(
      'SELECT requested_at, ready_at, expires_at, bytes FROM data_exports WHERE user_id = $1 AND expires_at > $2',
      [userId, this.clock.now()],
    );
  }

  async content(userId: number): Promise<Buffer | undefined> {
    const row = await this.database.first<{ content: Buffer | null }>(
      'SELECT content FROM data_exports WHERE user_id = $1 AND expires_at > $2',
      [userId, this.clock.now()],
    );
    return row?.content ?? undefined;
  }

  /** Notes a request in place of an older one; answers when it was made. */
  async request(userId: number, lifetimeMs: number): Promise<Date> {
    const now = this.clock.now();
    await this.database.execute(
      `INSERT INTO data_exports (user_id, requested_at, expires_at) VALUES ($1, $2, $3)
       ON CONFLICT (user_id) DO UPDATE SET requested_at = excluded.requested_at, expires_at = excluded.expires_at,
         ready_at = NULL, content = NULL, bytes = 0`,
      [userId, now, new Date(now.getTime() + lifetimeMs)],
    );
    return now;
  }

  /** False when the request was replaced or has expired. */
  async store(userId: number, requestedAt: Date, content: Buffer, bytes: number, lifetimeMs: number): Promise<boolean> {
    const now = this.clock.now();
    const stored = await this.database.execute(
      `UPDATE data_exports SET ready_at = $3, content = $4, bytes = $5, expires_at = $6
       WHERE user_id = $1 AND requested_at = $2`,
      [userId, requestedAt, now, content, bytes, new Date(now.getTime() + lifetimeMs)],
    );
    return stored === 1;
  }

  /** Everything of the user: the name of a section and one row of it as JSON text, section by section. */
  async *rows(userId: number): AsyncGenerator<readonly [section: string, row: string]> {
    const [user] = await this.database.query<TextRow>(
      `SELECT id AS key, (to_jsonb(u) - 'password_hash')::text AS row FROM users u WHERE id = $1`,
      [userId],
    );
    if (user !== undefined) yield ['user', user.row];
    const tables = await this.database.query<{ name: string; hidden: string[] }>(TABLES, [NOT_GENERIC]);
    for (const { name, hidden } of tables) {
      const sql = `SELECT (to_jsonb(t) - $2::text[])::text AS row FROM ${name} t WHERE user_id = $1`;
      for (const { row } of await this.database.query<TextRow>(sql, [userId, hidden])) yield [name, row];
    }
    for (const [section, sql] of Object.entries(HISTORY)) {
      for (let last = 0, more = true; more;) {
        const page = await this.database.query<TextRow>(sql, [userId, last, PAGE]);
        for (const { row } of page) yield [section, row];
        last = page.at(-1)?.key ?? last;
        more = page.length === PAGE;
      }
    }
  }
}
