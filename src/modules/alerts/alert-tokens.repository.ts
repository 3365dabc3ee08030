/**
 * Stores the addresses of alerts, and the rules of their sources. Methods for staff name the viewer first: an administrator
 * sees every source, a provider the own ones.
 * Keeps: addresses of one source are made one after the other, under the source's row lock.
 */
import { Injectable } from '@nestjs/common';
import { type FollowRules, USUAL_RULES } from '../../domain/alerts/held.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

/** Whose sources are meant: everybody's, or those of one owner. */
export type Viewer = { readonly ownerId: number | null };

export interface TokenRow {
  id: number;
  source_id: number;
  label: string;
  prefix: string;
  old_name: string | null;
  has_secret: boolean;
  addresses: string[];
  created_at: Date;
  last_alert_at: Date | null;
}

export interface NewToken {
  readonly label: string;
  readonly prefix: string;
  readonly tokenHash: Buffer;
  readonly oldName: string | null;
  readonly secretHash: Buffer | null;
  readonly addresses: readonly string[];
  readonly madeBy: number;
}

/** What reading and judging an alert needs of where it arrived. */
export interface KnownToken {
  id: number;
  version: number;
  source_id: number;
  secret_hash: Buffer | null;
  addresses: string[];
  dialect: string | null;
  symbol: string | null;
  repeat_seconds: number;
  max_lag_seconds: number | null;
}

export interface AlertRules extends FollowRules {
  readonly dialect: string | null;
  readonly symbol: string | null;
  readonly maxLagSeconds: number | null;
  readonly repeatSeconds: number;
}

export const USUAL_ALERT_RULES: AlertRules = {
  ...USUAL_RULES,
  dialect: null,
  symbol: null,
  maxLagSeconds: 60,
  repeatSeconds: 1,
};

const VIEW = `t.id, t.source_id, t.label, t.prefix, t.old_name, t.secret_hash IS NOT NULL AS has_secret, t.addresses, t.created_at`;

const KNOWN = `
  SELECT t.id, t.version, t.source_id, t.secret_hash, t.addresses, r.dialect, r.symbol,
    coalesce(r.repeat_seconds, ${USUAL_ALERT_RULES.repeatSeconds}) AS repeat_seconds, r.max_lag_seconds
  FROM alert_tokens t LEFT JOIN alert_rules r ON r.source_id = t.source_id
  WHERE t.revoked_at IS NULL AND`;

interface RulesRow {
  dialect: string | null;
  symbol: string | null;
  max_lag_seconds: number | null;
  repeat_seconds: number;
  on_opposite: FollowRules['onOpposite'];
  on_same_side: FollowRules['onSameSide'];
  on_gap: FollowRules['onGap'];
}

@Injectable()
export class AlertTokensRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  byHash(hash: Buffer): Promise<KnownToken | undefined> {
    return this.database.first<KnownToken>(`${KNOWN} t.token_hash = $1`, [hash], { name: 'alert_token_by_hash' });
  }

  byOldName(name: string): Promise<KnownToken | undefined> {
    return this.database.first<KnownToken>(`${KNOWN} t.old_name = $1`, [name], { name: 'alert_token_by_name' });
  }

  /** Newest first, without those that were revoked. */
  list({ ownerId }: Viewer, sourceId: number | null): Promise<TokenRow[]> {
    return this.database.query<TokenRow>(
      `SELECT ${VIEW}, (SELECT max(a.received_at) FROM alerts a WHERE a.source_id = t.source_id AND a.token_id = t.id) AS last_alert_at
       FROM alert_tokens t JOIN sources s ON s.id = t.source_id
       WHERE t.revoked_at IS NULL AND ($1::bigint IS NULL OR s.owner_id = $1) AND ($2::bigint IS NULL OR t.source_id = $2)
       ORDER BY t.id DESC LIMIT 500`,
      [ownerId, sourceId],
    );
  }

  /** In the running transaction; whether there is such a source that the viewer may speak for. */
  async lockSource({ ownerId }: Viewer, sourceId: number): Promise<boolean> {
    const sql = 'SELECT 1 FROM sources WHERE id = $2 AND ($1::bigint IS NULL OR owner_id = $1) FOR NO KEY UPDATE';
    return (await this.database.execute(sql, [ownerId, sourceId])) > 0;
  }

  async count(sourceId: number): Promise<number> {
    const sql = 'SELECT count(*) AS count FROM alert_tokens WHERE source_id = $1 AND revoked_at IS NULL';
    return (await this.database.first<{ count: number }>(sql, [sourceId]))?.count ?? 0;
  }

  async add(sourceId: number, token: NewToken): Promise<TokenRow> {
    const row = await this.database.first<TokenRow>(
      `INSERT INTO alert_tokens AS t (source_id, label, prefix, token_hash, old_name, secret_hash, addresses, made_by, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${VIEW}, NULL::timestamptz AS last_alert_at`,
      [
        sourceId,
        token.label,
        token.prefix,
        token.tokenHash,
        token.oldName,
        token.secretHash,
        token.addresses,
        token.madeBy,
        this.clock.now(),
      ],
    );
    if (row === undefined) throw new Error('an address for alerts was not stored');
    return row;
  }

  /** What it was; undefined where there is none such in force. */
  revoke({ ownerId }: Viewer, id: number): Promise<TokenRow | undefined> {
    return this.database.first<TokenRow>(
      `UPDATE alert_tokens t SET revoked_at = $3, version = version + 1 FROM sources s
       WHERE t.id = $2 AND t.revoked_at IS NULL AND s.id = t.source_id AND ($1::bigint IS NULL OR s.owner_id = $1)
       RETURNING ${VIEW}, NULL::timestamptz AS last_alert_at`,
      [ownerId, id, this.clock.now()],
    );
  }

  /** Those of the source, or the usual ones. */
  async rules(sourceId: number): Promise<AlertRules> {
    const row = await this.database.first<RulesRow>(
      `SELECT dialect, symbol, max_lag_seconds, repeat_seconds, on_opposite, on_same_side, on_gap
       FROM alert_rules WHERE source_id = $1`,
      [sourceId],
    );
    if (row === undefined) return USUAL_ALERT_RULES;
    return {
      dialect: row.dialect,
      symbol: row.symbol,
      maxLagSeconds: row.max_lag_seconds,
      repeatSeconds: row.repeat_seconds,
      onOpposite: row.on_opposite,
      onSameSide: row.on_same_side,
      onGap: row.on_gap,
    };
  }

  /** In the running transaction. Whoever remembered an address of the source asks anew. */
  async setRules(sourceId: number, rules: AlertRules): Promise<void> {
    await this.database.execute(
      `INSERT INTO alert_rules (source_id, dialect, symbol, max_lag_seconds, repeat_seconds, on_opposite, on_same_side, on_gap, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (source_id) DO UPDATE SET dialect = excluded.dialect, symbol = excluded.symbol,
         max_lag_seconds = excluded.max_lag_seconds, repeat_seconds = excluded.repeat_seconds,
         on_opposite = excluded.on_opposite, on_same_side = excluded.on_same_side, on_gap = excluded.on_gap,
         updated_at = excluded.updated_at`,
      [
        sourceId,
        rules.dialect,
        rules.symbol,
        rules.maxLagSeconds,
        rules.repeatSeconds,
        rules.onOpposite,
        rules.onSameSide,
        rules.onGap,
        this.clock.now(),
      ],
    );
    await this.database.execute('UPDATE alert_tokens SET version = version + 1 WHERE source_id = $1', [sourceId]);
  }
}
