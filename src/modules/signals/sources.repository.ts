/**
 * Stores and reads the sources of signals.
 * Keeps: a source's code never changes, so what was read once is remembered for good.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { SourceKind } from './source.entity.js';

export interface NewSource {
  readonly code: string;
  readonly kind: SourceKind;
  readonly name: string;
  readonly ownerId: number | null;
}

export interface SourceProfile {
  readonly id: number;
  readonly code: string;
  /** Its layer of every plan, as it was written. */
  readonly plan: Record<string, unknown>;
}

/** How a source writes, as administrators set it: what reading its messages needs. */
export interface SourceWriting {
  readonly id: number;
  readonly owner_id: number | null;
  readonly plan: Record<string, unknown>;
  /** A text profile; null is the common one. */
  readonly text: unknown;
}

/** A source, and what one user wants of it; null inherits from the user's settings. */
export interface FollowedSource {
  readonly id: number;
  readonly code: string;
  readonly kind: SourceKind;
  readonly name: string;
  readonly enabled: boolean;
  readonly per_trade_usdt: string | null;
  readonly leverage: number | null;
}

export type FollowChange = Partial<Pick<FollowedSource, 'enabled' | 'leverage'>> & {
  readonly per_trade_usdt?: string | null;
};

const FOLLOWED = `
  SELECT source.id, source.code, source.kind, source.name, coalesce(sub.is_enabled, true) AS enabled, sub.per_trade_usdt,
         sub.leverage
  FROM sources source LEFT JOIN source_subscriptions sub ON sub.source_id = source.id AND sub.user_id = $1
  WHERE source.is_enabled AND EXISTS (SELECT 1 FROM users WHERE id = $1)`;

@Injectable()
export class SourcesRepository {
  readonly #codes = new Map<number, string>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * The source with this code, made when it is new. Its row is held until the transaction ends, so that whoever disables
   * it meanwhile waits.
   */
  async ensure({ code, kind, name, ownerId }: NewSource): Promise<{ id: number; is_enabled: boolean }> {
    const row = await this.database.first<{ id: number; is_enabled: boolean }>(
      `INSERT INTO sources (code, kind, name, owner_id, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING id, is_enabled`,
      [code, kind, name, ownerId, this.clock.now()],
    );
    if (row === undefined) throw new Error(`the source ${code} could not be stored`);
    return row;
  }

  /** Whether there is a disabled source of this code. Whoever disables it meanwhile waits until the transaction ends. */
  async isDisabled(code: string): Promise<boolean> {
    const sql = 'SELECT is_enabled FROM sources WHERE code = $1 FOR SHARE';
    return (await this.database.first<{ is_enabled: boolean }>(sql, [code]))?.is_enabled === false;
  }

  /** As people see it; a disabled one only where `isStaff`. */
  shown(id: number, isStaff: boolean): Promise<Pick<FollowedSource, 'id' | 'code' | 'kind' | 'name'> | undefined> {
    const sql = 'SELECT id, code, kind, name FROM sources WHERE id = $1 AND (is_enabled OR $2::boolean)';
    return this.database.first(sql, [id, isStaff]);
  }

  /** What carrying out its intents needs of a source. */
  profile(id: number): Promise<SourceProfile | undefined> {
    const sql = 'SELECT id, code, plan FROM sources WHERE id = $1';
    return this.database.first<SourceProfile>(sql, [id]);
  }

  writing(code: string): Promise<SourceWriting | undefined> {
    const sql = `SELECT id, owner_id, plan, settings->'text' AS text FROM sources WHERE code = $1`;
    return this.database.first<SourceWriting>(sql, [code]);
  }

  /** Of those of these codes that there are. */
  async idsOf(codes: readonly string[]): Promise<readonly number[]> {
    const rows = await this.database.query<{ id: number }>('SELECT id FROM sources WHERE code = ANY ($1::text[])', [
      codes,
    ]);
    return rows.map(({ id }) => id);
  }

  /** The codes of the sources with these ids. */
  async codes(ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const missing = ids.filter((id) => !this.#codes.has(id));
    if (missing.length > 0) {
      const sql = 'SELECT id, code FROM sources WHERE id = ANY ($1::bigint[])';
      const rows = await this.database.query<{ id: number; code: string }>(sql, [missing]);
      for (const { id, code } of rows) this.#codes.set(id, code);
    }
    return this.#codes;
  }

  followedBy(userId: number): Promise<FollowedSource[]> {
    return this.database.query<FollowedSource>(`${FOLLOWED} ORDER BY source.id`, [userId]);
  }

  followed(userId: number, sourceId: number): Promise<FollowedSource | undefined> {
    return this.database.first<FollowedSource>(`${FOLLOWED} AND source.id = $2`, [userId, sourceId]);
  }

  /** Changes what is named and leaves the rest. */
  async follow(userId: number, sourceId: number, change: FollowChange): Promise<void> {
    await this.database.execute(
      `INSERT INTO source_subscriptions (user_id, source_id, is_enabled, per_trade_usdt, leverage, updated_at)
       VALUES ($1, $2, coalesce($3, true), $4, $5, $6)
       ON CONFLICT (user_id, source_id) DO UPDATE SET
         is_enabled = coalesce($3, source_subscriptions.is_enabled),
         per_trade_usdt = coalesce($4, source_subscriptions.per_trade_usdt),
         leverage = coalesce($5, source_subscriptions.leverage), updated_at = excluded.updated_at`,
      [
        userId,
        sourceId,
        change.enabled ?? null,
        change.per_trade_usdt ?? null,
        change.leverage ?? null,
        this.clock.now(),
      ],
    );
  }

  /** Back to the user's own settings. */
  async reset(userId: number, sourceId: number): Promise<void> {
    await this.database.execute('DELETE FROM source_subscriptions WHERE user_id = $1 AND source_id = $2', [
      userId,
      sourceId,
    ]);
  }
}
