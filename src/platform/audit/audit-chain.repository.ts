/**
 * The stored chain of the audit trail: seals rows that wait, and reads the chain and the trail in pages.
 * Keeps: one sealer at a time over all replicas, none of which waits for another or for what is audited meanwhile; a seal
 * and the chain's end are stored together.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { AuditKey } from './audit-key.js';
import { GENESIS, sealEvent, type SealedContent, signHead } from './audit-seal.js';

/** Any constant serves; this one spells "seal". */
const SEALING_LOCK = 0x7365616c;

export interface EventRow {
  id: number;
  actor_kind: string;
  actor_id: number | null;
  action: string;
  subject: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
  address: string;
  request_id: string | null;
  created_at: Date;
  mac: Buffer | null;
}

export interface HeadRow {
  seq: number;
  hash: Buffer;
  mac: Buffer;
  sealed_at: Date;
}

/** A seal with its row; the row's columns are null where it is gone. */
export type LinkRow = { seq: number; hash: Buffer; event_id: number } & (
  EventRow | { [Column in keyof EventRow]: null }
);

/** A row of the trail, whether it is sealed and whether it waits to be. */
export type TrailRow = EventRow & { is_sealed: boolean; is_waiting: boolean };

const COLUMNS = ['id', 'actor_kind', 'actor_id', 'action', 'subject', 'before', 'after', 'address', 'request_id']
  .concat('created_at', 'mac')
  .map((column) => `e.${column}`)
  .join(', ');

@Injectable()
export class AuditChainRepository {
  constructor(
    private readonly database: Database,
    private readonly key: AuditKey,
    private readonly clock: Clock,
  ) {}

  /** Seals up to `limit` rows that wait; answers how many, undefined where another process is at it. */
  seal(limit: number): Promise<number | undefined> {
    return this.database.transaction(async () => {
      const lock = await this.database.first<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [
        SEALING_LOCK,
      ]);
      if (lock?.held !== true) return undefined;
      const events = await this.database.query<EventRow>(
        `SELECT ${COLUMNS} FROM (SELECT event_id FROM audit_unsealed ORDER BY event_id LIMIT $1) AS waiting
         JOIN audit_events e ON e.id = waiting.event_id ORDER BY e.id`,
        [limit],
      );
      if (events.length > 0) await this.#append(events);
      return events.length;
    });
  }

  head(): Promise<HeadRow | undefined> {
    return this.database.first<HeadRow>('SELECT seq, hash, mac, sealed_at FROM audit_head WHERE id = 1');
  }

  /** Rows that wait for their seal. */
  async waiting(): Promise<number> {
    const row = await this.database.first<{ waiting: number }>('SELECT count(*) AS waiting FROM audit_unsealed');
    return row?.waiting ?? 0;
  }

  /** Seals after `seq`, in order, with their rows. */
  links(afterSeq: number, limit: number): Promise<LinkRow[]> {
    return this.database.query<LinkRow>(
      `SELECT s.seq, s.hash, s.event_id, ${COLUMNS} FROM audit_seals s LEFT JOIN audit_events e ON e.id = s.event_id
       WHERE s.seq > $1 ORDER BY s.seq LIMIT $2`,
      [afterSeq, limit],
    );
  }

  /** Rows of the trail after `id`, in order. */
  trail(afterId: number, limit: number): Promise<TrailRow[]> {
    return this.database.query<TrailRow>(
      `SELECT ${COLUMNS}, s.event_id IS NOT NULL AS is_sealed, w.event_id IS NOT NULL AS is_waiting
       FROM audit_events e LEFT JOIN audit_seals s ON s.event_id = e.id LEFT JOIN audit_unsealed w ON w.event_id = e.id
       WHERE e.id > $1 ORDER BY e.id LIMIT $2`,
      [afterId, limit],
    );
  }

  async #append(events: readonly EventRow[]): Promise<void> {
    const head = await this.head();
    let hash = head?.hash ?? GENESIS;
    let seq = head?.seq ?? 0;
    const seals = events.map((event) => {
      seq += 1;
      hash = sealEvent(this.key.key, hash, { seq, id: event.id, mac: event.mac }, contentOf(event));
      return { seq, id: event.id, hash };
    });
    const ids = events.map(({ id }) => id);
    await this.database.execute(
      `INSERT INTO audit_seals (seq, event_id, hash)
       SELECT seq, event_id, hash FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS item (seq, event_id, hash)`,
      [seals.map((seal) => seal.seq), ids, seals.map((seal) => seal.hash)],
    );
    await this.database.execute('DELETE FROM audit_unsealed WHERE event_id = ANY ($1::bigint[])', [ids]);
    await this.database.execute(
      `INSERT INTO audit_head (id, seq, hash, mac, sealed_at) VALUES (1, $1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET seq = $1, hash = $2, mac = $3, sealed_at = $4`,
      [seq, hash, signHead(this.key.key, seq, hash), this.clock.now()],
    );
  }
}

export function contentOf(row: EventRow): SealedContent {
  return {
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    action: row.action,
    subject: row.subject,
    before: row.before,
    after: row.after,
    address: row.address,
    requestId: row.request_id,
    createdAt: row.created_at,
  };
}
