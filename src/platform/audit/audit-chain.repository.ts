/**
 * The stored chain of the audit trail: seals rows that wait, and reads the chain and the trail in pages.
 * Keeps: one sealer at a time over all replicas, none of which waits for another or for what is audited meanwhile; a seal
 * and the chain's end are stored together; after a signed row none without a signature is sealed.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { AuditKey } from './audit-key.js';
import { GENESIS, isSame, NONCE_BYTES, sealEvent, type SealedContent, signHead } from './audit-seal.js';

/** Any constant serves; this one spells "seal". */
const SEALING_LOCK = 0x7365616c;

const FOLLOWED_AT_ONCE = 1_000;

/** Of one slice; who sees as many need not see more. */
const MOST_COPIES = 1_000;

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
      if (!(await this.#tryLock())) return undefined;
      const isSigned = await this.isSigned();
      const rows = await this.database.query<EventRow>(
        `SELECT ${COLUMNS} FROM audit_unsealed w JOIN audit_events e ON e.id = w.event_id
         WHERE e.mac IS NOT NULL OR NOT $2::boolean ORDER BY w.event_id LIMIT $1`,
        [limit, isSigned],
      );
      const signedFrom = rows.findIndex(({ mac }) => mac !== null);
      const events = rows.filter(({ mac }, index) => mac !== null || index < signedFrom || signedFrom === -1);
      if (events.length > 0) await this.#append(events);
      return events.length;
    });
  }

  /**
   * Moves an end that was put back, or taken away, on to the last seal, which else none could follow; undefined where it is
   * right, or another process is at it. Throws where a seal behind it is not the product's own.
   */
  mendEnd(): Promise<{ readonly from: number; readonly to: number } | undefined> {
    return this.database.transaction(async () => {
      if (!(await this.#tryLock())) return undefined;
      const last = await this.database.first<{ seq: number }>('SELECT seq FROM audit_seals ORDER BY seq DESC LIMIT 1');
      const head = await this.head();
      const from = head?.seq ?? 0;
      if (last === undefined || last.seq <= from) return undefined;
      if (head !== undefined && !isSame(signHead(this.key.key, from, head.hash), head.mac))
        throw new Error('the end of the audit trail was changed: its signature is wrong');
      const end = await this.#follow({ seq: from, hash: head?.hash ?? GENESIS });
      await this.#storeHead(end.seq, end.hash);
      return { from, to: end.seq };
    });
  }

  head(): Promise<HeadRow | undefined> {
    return this.database.first<HeadRow>('SELECT seq, hash, mac, sealed_at FROM audit_head WHERE id = 1');
  }

  /** Whether the last sealed row is signed, or gone: from then on all must be. */
  async isSigned(): Promise<boolean> {
    const row = await this.database.first<{ is_signed: boolean }>(
      `SELECT e.id IS NULL OR e.mac IS NOT NULL AS is_signed FROM (SELECT event_id FROM audit_seals ORDER BY seq DESC LIMIT 1) AS last
       LEFT JOIN audit_events e ON e.id = last.event_id`,
    );
    return row?.is_signed === true;
  }

  /** Rows that wait for their seal. */
  async waiting(): Promise<number> {
    const row = await this.database.first<{ waiting: number }>('SELECT count(*) AS waiting FROM audit_unsealed');
    return row?.waiting ?? 0;
  }

  /** Rows that wait and are never sealed, because they have no signature and stand behind signed ones. */
  async refused(): Promise<{ readonly count: number; readonly first: number } | undefined> {
    if (!(await this.isSigned())) return undefined;
    const row = await this.database.first<{ count: number; first: number | null }>(
      `SELECT count(*) AS count, min(e.id) AS first FROM audit_unsealed w JOIN audit_events e ON e.id = w.event_id
       WHERE e.mac IS NULL`,
    );
    return row === undefined || row.first === null ? undefined : { count: row.count, first: row.first };
  }

  /** Rows, in order of their ids, that carry the nonce of an earlier one: those whose nonces fall into this slice of all. */
  copies(slice: number, slices: number): Promise<(EventRow & { original: number })[]> {
    return this.database.query(
      `SELECT ${COLUMNS}, same.original FROM (
         SELECT id, min(id) OVER (PARTITION BY substring(mac FROM 1 FOR ${NONCE_BYTES})) AS original FROM audit_events
         WHERE mac IS NOT NULL
           AND (hashtext(encode(substring(mac FROM 1 FOR ${NONCE_BYTES}), 'hex')) & 2147483647) % $2::int = $1::int
       ) AS same JOIN audit_events e ON e.id = same.id
       WHERE same.id <> same.original ORDER BY same.id LIMIT ${MOST_COPIES}`,
      [slice, slices],
    );
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
    await this.#storeHead(seq, hash);
  }

  async #storeHead(seq: number, hash: Buffer): Promise<void> {
    await this.database.execute(
      `INSERT INTO audit_head (id, seq, hash, mac, sealed_at) VALUES (1, $1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET seq = $1, hash = $2, mac = $3, sealed_at = $4`,
      [seq, hash, signHead(this.key.key, seq, hash), this.clock.now()],
    );
  }

  /** The last seal that follows `place`; throws where one does not fit the one before. */
  async #follow(place: { readonly seq: number; readonly hash: Buffer }) {
    let end = place;
    for (;;) {
      const page = await this.links(end.seq, FOLLOWED_AT_ONCE);
      for (const link of page) {
        const seq = end.seq + 1;
        const own =
          link.id !== null && sealEvent(this.key.key, end.hash, { seq, id: link.id, mac: link.mac }, contentOf(link));
        if (own === false || !isSame(own, link.hash))
          throw new Error(`seal ${link.seq} of the audit trail does not fit the one before`);
        end = { seq, hash: link.hash };
      }
      if (page.length < FOLLOWED_AT_ONCE) return end;
    }
  }

  async #tryLock(): Promise<boolean> {
    const lock = await this.database.first<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [
      SEALING_LOCK,
    ]);
    return lock?.held === true;
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
