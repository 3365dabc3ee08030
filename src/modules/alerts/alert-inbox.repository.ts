/**
 * Stores alerts as they arrive, many in one transaction: the entry, and the work that carries it out.
 * Keeps: one alert and its repeats are told apart under a lock of their source, so that however many replicas take them
 * there is one; what an address stood for is what it stands for when the alert is stored, or nothing is stored; alerts of
 * one source are carried out in the order of their ids.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { type NewWork, WorkQueue } from '../../platform/work/work-queue.js';
import type { AlertVerdict } from './alert.entity.js';

export const ALERT_QUEUE = 'alerts.follow';

export interface ArrivedAlert {
  readonly sourceId: number;
  /** Null for what staff have carried out again. */
  readonly token: { readonly id: number; readonly version: number } | null;
  readonly receivedAt: Date;
  readonly address: string;
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: string;
  readonly bodyHash: Buffer;
  readonly ownId: string | null;
  readonly dialect: string | null;
  readonly symbols: readonly string[];
  readonly verdict: Extract<AlertVerdict, 'QUEUED' | 'REFUSED'>;
  readonly reasons: readonly object[];
  readonly alerts: readonly object[];
  /** An equal body since then is the same alert; null for never. */
  readonly equalSince: Date | null;
  readonly replayOf: number | null;
}

/** `gone`: the address has changed since it was looked up, or was revoked. */
export type StoredAlert =
  | { readonly is: 'stored'; readonly id: number }
  | { readonly is: 'repeat'; readonly id: number; readonly of: number }
  | { readonly is: 'gone' };

/** The key is that of the queue's own lock: whoever holds it adds to the source's run alone. */
const HOLD = `
  WITH held AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtextextended($3 || ' ' || id, 2))
    FROM (SELECT DISTINCT unnest($2::bigint[]) AS id ORDER BY 1) AS source)
  SELECT t.id, t.version FROM (SELECT count(*) FROM held) AS holding, alert_tokens t
  WHERE t.id = ANY ($1::bigint[]) AND t.revoked_at IS NULL`;

const STORE = `
  WITH item AS MATERIALIZED (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::bytea[], $9::text[], $10::text[], $11::jsonb[], $12::text[], $13::jsonb[], $14::jsonb[], $15::timestamptz[],
      $16::bigint[]) WITH ORDINALITY AS item (source_id, token_id, received_at, address, content_type, user_agent, body,
      body_hash, own_id, dialect, symbols, verdict, reasons, alerts, equal_since, replay_of, place)
  ), judged AS (
    SELECT item.*, CASE WHEN item.verdict = 'QUEUED' THEN coalesce(
      (SELECT coalesce(a.repeat_of, a.id) FROM alerts a WHERE a.source_id = item.source_id AND a.own_id = item.own_id
         AND a.verdict <> 'REFUSED' ORDER BY a.id LIMIT 1),
      (SELECT coalesce(a.repeat_of, a.id) FROM alerts a WHERE a.source_id = item.source_id AND a.body_hash = item.body_hash
         AND a.received_at >= item.equal_since AND a.verdict <> 'REFUSED' AND a.replay_of IS NULL ORDER BY a.id DESC LIMIT 1)
    ) END AS repeat_of FROM item
  )
  INSERT INTO alerts (source_id, token_id, received_at, address, content_type, user_agent, body, body_hash, own_id, dialect,
    symbols, verdict, reasons, alerts, repeat_of, replay_of, settled_at)
  SELECT source_id, token_id, received_at, address, content_type, user_agent, body, body_hash, own_id, dialect, symbols,
    CASE WHEN repeat_of IS NULL THEN verdict ELSE 'DUPLICATE' END, reasons, alerts, repeat_of, replay_of,
    CASE WHEN repeat_of IS NULL AND verdict = 'QUEUED' THEN NULL ELSE received_at END
  FROM judged ORDER BY place
  RETURNING id, verdict, repeat_of`;

interface StoredRow {
  id: number;
  verdict: AlertVerdict;
  repeat_of: number | null;
}

@Injectable()
export class AlertInboxRepository {
  constructor(
    private readonly database: Database,
    private readonly work: WorkQueue,
  ) {}

  /** One answer for each, in their order. No two of `items` may be the same alert. */
  store(items: readonly ArrivedAlert[]): Promise<StoredAlert[]> {
    return this.database.transaction(async () => {
      const live = await this.#hold(items);
      const kept = items.filter(({ token }) => token === null || live.get(token.id) === token.version);
      const rows = kept.length === 0 ? [] : await this.#insert(kept);
      const work = rows.flatMap((row, index) => (row.verdict === 'QUEUED' ? [alertWork(row.id, kept[index])] : []));
      await this.work.enqueue(work);
      const byItem = new Map(kept.map((item, index) => [item, rows[index]]));
      return items.map((item) => answerOf(byItem.get(item)));
    });
  }

  async #hold(items: readonly ArrivedAlert[]): Promise<Map<number, number>> {
    const tokens = items.flatMap(({ token }) => (token === null ? [] : [token.id]));
    const params = [tokens, items.map(({ sourceId }) => sourceId), ALERT_QUEUE];
    const rows = await this.database.query<{ id: number; version: number }>(HOLD, params, { name: 'alerts_hold' });
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  #insert(items: readonly ArrivedAlert[]): Promise<StoredRow[]> {
    const params = [
      items.map((item) => item.sourceId),
      items.map((item) => item.token?.id ?? null),
      items.map((item) => item.receivedAt),
      items.map((item) => item.address),
      items.map((item) => item.contentType),
      items.map((item) => item.userAgent),
      items.map((item) => item.body),
      items.map((item) => item.bodyHash),
      items.map((item) => item.ownId),
      items.map((item) => item.dialect),
      items.map((item) => storable(item.symbols)),
      items.map((item) => item.verdict),
      items.map((item) => storable(item.reasons)),
      items.map((item) => storable(item.alerts)),
      items.map((item) => item.equalSince),
      items.map((item) => item.replayOf),
    ];
    return this.database.query<StoredRow>(STORE, params, { name: 'alerts_store' });
  }
}

function alertWork(id: number, item: ArrivedAlert | undefined): NewWork {
  const serialKey = String(item?.sourceId);
  return { queue: ALERT_QUEUE, key: String(id), payload: { alert_id: id }, serialKey };
}

function answerOf(row: StoredRow | undefined): StoredAlert {
  if (row === undefined) return { is: 'gone' };
  return row.repeat_of === null ? { is: 'stored', id: row.id } : { is: 'repeat', id: row.id, of: row.repeat_of };
}

/** Text that PostgreSQL can hold. */
export const cleanText = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed();

/** JSON that PostgreSQL can hold. */
export function storable(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? cleanText(item) : item));
}
