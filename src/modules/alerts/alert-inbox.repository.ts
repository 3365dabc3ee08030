/**
 * Stores alerts as they arrive, many in one statement: the entry, and the work that carries it out.
 * Keeps: an alert and its repeats are one, by a unique key, however many replicas take them at once; what an address stood for is what it stands for when the alert is stored, or nothing is stored; alerts of
 * one source are carried out in the order of their ids.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { enqueueing, WORK_CHANNEL } from '../../platform/work/work-queue.js';
import type { AlertVerdict } from './alert.entity.js';

export const ALERT_QUEUE = 'alerts.follow';

/** Of an equal body that nothing tells from the next but the moment, the key has the moment, and `before` the one before it. */
export interface Dedup {
  readonly key: string;
  /** The alert of this key, received since then, is the same as well. */
  readonly before: { readonly key: string; readonly since: Date } | null;
}

export interface ArrivedAlert {
  readonly sourceId: number;
  /** Null for what staff have carried out again. */
  readonly token: { readonly id: number; readonly version: number } | null;
  readonly receivedAt: Date;
  readonly address: string;
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: string;
  /** What makes it the alert that it is; null for what is refused or carried out again. */
  readonly dedup: Dedup | null;
  readonly dialect: string | null;
  readonly symbols: readonly string[];
  readonly verdict: Extract<AlertVerdict, 'QUEUED' | 'REFUSED'>;
  readonly reasons: readonly object[];
  readonly alerts: readonly object[];
  readonly replayOf: number | null;
}

/**
 * `gone`: the address has changed since it was looked up, or was revoked. `again`: another replica stored the same at that
 * moment; asking again tells which.
 */
export type StoredAlert =
  | { readonly is: 'stored'; readonly id: number }
  | { readonly is: 'repeat'; readonly id: number; readonly of: number }
  | { readonly is: 'gone' }
  | { readonly is: 'again' };

/** Keys are written in one order, so that two batches with the same repeats do not wait for each other in a circle. */
const STORE = `
  WITH item AS MATERIALIZED (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::jsonb[], $14::text[], $15::jsonb[], $16::jsonb[],
      $17::bigint[]) WITH ORDINALITY AS item (source_id, token_id, token_version, received_at, address, content_type,
      user_agent, body, dedup_key, key_before, since, dialect, symbols, verdict, reasons, alerts, replay_of, place)
  ), kept AS MATERIALIZED (
    SELECT item.*, nextval(pg_get_serial_sequence('alerts', 'id')) AS id, coalesce(
      (SELECT a.id FROM alerts a WHERE a.source_id = item.source_id AND a.dedup_key = item.dedup_key),
      (SELECT a.id FROM alerts a WHERE a.source_id = item.source_id AND a.dedup_key = item.key_before
         AND a.received_at >= item.since)) AS repeat_of
    FROM item WHERE token_id IS NULL OR EXISTS (
      SELECT FROM alert_tokens t WHERE t.id = token_id AND t.version = token_version AND t.revoked_at IS NULL)
    ORDER BY place
  ), made AS (
    INSERT INTO alerts (id, source_id, token_id, received_at, address, content_type, user_agent, body, dedup_key, dialect,
      symbols, verdict, reasons, alerts, repeat_of, replay_of, settled_at)
    SELECT id, source_id, token_id, received_at, address, content_type, user_agent, body,
      CASE WHEN repeat_of IS NULL THEN dedup_key END, dialect, symbols,
      CASE WHEN repeat_of IS NULL THEN verdict ELSE 'DUPLICATE' END, reasons, alerts, repeat_of, replay_of,
      CASE WHEN repeat_of IS NULL AND verdict = 'QUEUED' THEN NULL ELSE received_at END
    FROM kept ORDER BY dedup_key, place
    ON CONFLICT (source_id, dedup_key) WHERE dedup_key IS NOT NULL DO NOTHING
    RETURNING id, verdict
  ), item_of_work AS MATERIALIZED (
    SELECT '${ALERT_QUEUE}' AS queue, made.id::text AS key, jsonb_build_object('alert_id', made.id) AS payload,
      kept.source_id::text AS serial_key, 100 AS priority, NULL::timestamptz AS available_at, kept.place
    FROM made JOIN kept ON kept.id = made.id WHERE made.verdict = 'QUEUED'
  ), ${enqueueing('item_of_work', '$18')}
  SELECT kept.place, kept.id, kept.repeat_of, made.verdict, (SELECT pg_notify($19, queue) FROM queued LIMIT 1) AS told
  FROM kept LEFT JOIN made ON made.id = kept.id ORDER BY kept.place`;

interface StoredRow {
  /** From 1. */
  place: number;
  id: number;
  repeat_of: number | null;
  /** Null where somebody else was first. */
  verdict: AlertVerdict | null;
}

@Injectable()
export class AlertInboxRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** One answer for each, in their order. No two of `items` may have the same key. */
  async store(items: readonly ArrivedAlert[]): Promise<StoredAlert[]> {
    const rows = await this.#insert(items);
    const byPlace = new Map(rows.map((row) => [row.place, row]));
    return items.map((_, index) => answerOf(byPlace.get(index + 1)));
  }

  #insert(items: readonly ArrivedAlert[]): Promise<StoredRow[]> {
    const params = [
      items.map((item) => item.sourceId),
      items.map((item) => item.token?.id ?? null),
      items.map((item) => item.token?.version ?? null),
      items.map((item) => item.receivedAt),
      items.map((item) => item.address),
      items.map((item) => item.contentType),
      items.map((item) => item.userAgent),
      items.map((item) => item.body),
      items.map((item) => item.dedup?.key ?? null),
      items.map((item) => item.dedup?.before?.key ?? null),
      items.map((item) => item.dedup?.before?.since ?? null),
      items.map((item) => item.dialect),
      items.map((item) => storable(item.symbols)),
      items.map((item) => item.verdict),
      items.map((item) => storable(item.reasons)),
      items.map((item) => storable(item.alerts)),
      items.map((item) => item.replayOf),
      this.clock.now(),
      WORK_CHANNEL,
    ];
    return this.database.query<StoredRow>(STORE, params, { name: 'alerts_store' });
  }
}

function answerOf(row: StoredRow | undefined): StoredAlert {
  if (row === undefined) return { is: 'gone' };
  if (row.verdict === null) return { is: 'again' };
  return row.repeat_of === null ? { is: 'stored', id: row.id } : { is: 'repeat', id: row.id, of: row.repeat_of };
}

/** Text that PostgreSQL can hold. */
export const cleanText = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed();

/** JSON that PostgreSQL can hold. */
export function storable(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? cleanText(item) : item));
}
