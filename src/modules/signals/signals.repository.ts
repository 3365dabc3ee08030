/**
 * Stores and reads signals. Signals are public to every signed-in user, so reads take no owner;
 * decisions are read for one user, or for all by staff.
 */
import { Injectable } from '@nestjs/common';
import type { SignalDraft } from '../../domain/signal/check-signal.js';
import { planText } from '../../domain/plan/parse-plan.js';
import type { SignalStatus } from '../../domain/signal/signal.js';
import type { Side } from '../../domain/instrument/side.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { MAX_PAGE } from '../../platform/http/paging.js';
import { SourcesRepository } from './sources.repository.js';

export interface SignalRow {
  id: number;
  symbol: string;
  side: Side;
  trade_type: 'FUTURES' | 'SPOT';
  duration: 'SHORT' | 'LONG';
  entry: string;
  stop_loss: string;
  target_prices: string[];
  target_hit_at: (Date | null)[];
  leverage: number;
  confidence: number;
  status: SignalStatus;
  close_reason: string | null;
  plan: Record<string, unknown>;
  meta: Record<string, unknown>;
  source: string;
  created_at: Date;
  closed_at: Date | null;
  dispatched_at: Date | null;
  /** How often it was edited. */
  edit_version: number;
}

/** What its source calls a signal. */
export interface SignalNames {
  /** Unique for the source: the same again is the same post. */
  readonly key: string | null;
  /** By which the source speaks of it later; several may have the same, one after the other. */
  readonly ref: string | null;
}

export interface SignalFilter {
  readonly statuses: readonly string[] | null;
  readonly symbol: string | null;
  readonly side: string | null;
  readonly source: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly beforeId: number | null;
  readonly limit: number;
}

export interface DecisionRow {
  user_id: number;
  verdict: 'OPENED' | 'REFUSED';
  reason: string | null;
  detail: Record<string, unknown>;
  position_id: number | null;
  created_at: Date;
  rules_version: number | null;
  facts: unknown;
  /** What all followers shared. */
  context: unknown;
}

const COLUMNS = `
  s.id, s.symbol, s.side, s.trade_type, s.duration, s.entry, s.stop_loss, s.target_prices, s.target_hit_at, s.leverage,
         s.confidence, s.status, s.close_reason, s.plan, s.meta, s.source_id, s.created_at, s.closed_at, s.dispatched_at,
         s.edit_version`;

const SELECT = `SELECT ${COLUMNS} FROM signals s`;

@Injectable()
export class SignalsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sources: SourcesRepository,
  ) {}

  list(filter: SignalFilter): Promise<SignalRow[]> {
    const { text, params, name } = listStatement(filter);
    return this.#read(text, params, name);
  }

  async find(id: number): Promise<SignalRow | undefined> {
    return (await this.#read(`${SELECT} WHERE s.id = $1`, [id]))[0];
  }

  /** Under lock, until the transaction ends. */
  async lockForEdit(id: number): Promise<SignalRow | undefined> {
    const text = `${SELECT} WHERE s.id = $1 FOR UPDATE`;
    return (await this.#read(text, [id]))[0];
  }

  /** The last price of a symbol, unless it is from before `since`. */
  async lastPrice(symbol: string, since: Date): Promise<string | undefined> {
    const sql = 'SELECT price FROM market_prices WHERE symbol = $1 AND observed_at >= $2';
    return (await this.database.first<{ price: string }>(sql, [symbol, since]))?.price;
  }

  /** Makes posts of one symbol and side wait for each other until the transaction ends. */
  async serialise(symbol: string, side: Side): Promise<void> {
    await this.database.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [`${symbol}:${side}`]);
  }

  async postedSince(symbol: string, side: Side, since: Date): Promise<boolean> {
    const row = await this.database.first(
      'SELECT 1 FROM signals WHERE symbol = $1 AND side = $2 AND created_at > $3 LIMIT 1',
      [symbol, side, since],
    );
    return row !== undefined;
  }

  /** What its source calls so: of several the newest. */
  async findByRef(sourceIds: readonly number[], ref: string): Promise<SignalRow | undefined> {
    const text = `${SELECT} WHERE s.source_id = ANY ($1::bigint[]) AND s.ref = $2 ORDER BY s.id DESC LIMIT 1`;
    return (await this.#read(text, [sourceIds, ref]))[0];
  }

  /** Signals of one source that have not ended, newest first, and of those that say so the ones that fit. */
  async live(
    sourceId: number,
    wanted: { readonly id?: number; readonly ref?: string; readonly symbol?: string; readonly side?: Side },
    limit: number,
  ): Promise<SignalRow[]> {
    const text = `${SELECT} WHERE s.source_id = $1 AND s.status IN ('NEW', 'OPENED', 'PARTIAL')
      AND ($2::bigint IS NULL OR s.id = $2) AND ($3::text IS NULL OR s.ref = $3)
      AND ($4::text IS NULL OR s.symbol = $4) AND ($5::text IS NULL OR s.side = $5) ORDER BY s.id DESC LIMIT $6`;
    const { id = null, ref = null, symbol = null, side = null } = wanted;
    return this.#read(text, [sourceId, id, ref, symbol, side, limit]);
  }

  async findByKey(sourceId: number, key: string): Promise<SignalRow | undefined> {
    return (await this.#read(`${SELECT} WHERE s.source_id = $1 AND s.idempotency_key = $2`, [sourceId, key]))[0];
  }

  async insert(draft: SignalDraft, sourceId: number, actorId: number | null, names: SignalNames): Promise<number> {
    const row = await this.database.first<{ id: number }>(
      `INSERT INTO signals (source_id, created_by_id, idempotency_key, symbol, side, trade_type, duration, entry, stop_loss,
         target_prices, target_hit_at, leverage, confidence, status, meta, created_at, updated_at, plan, ref)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::numeric[],
         array_fill(NULL::timestamptz, ARRAY[cardinality($10::numeric[])]), $11, $12, 'NEW', $13, $14, $14, $15, $16)
       RETURNING id`,
      [
        sourceId,
        actorId,
        names.key,
        draft.symbol,
        draft.side,
        draft.tradeType,
        draft.duration,
        draft.entry,
        draft.stopLoss,
        draft.targets,
        draft.leverage,
        draft.confidence,
        JSON.stringify(draft.meta),
        this.clock.now(),
        JSON.stringify(planText(draft.plan)),
        names.ref,
      ],
    );
    if (row === undefined) throw new Error('the signal could not be stored');
    return row.id;
  }

  /** Whether anybody still waits for an entry of this signal, or holds a position of it. */
  async hasLivePositions(signalId: number): Promise<boolean> {
    const sql = `SELECT 1 FROM positions WHERE signal_id = $1 AND status IN ('PENDING', 'OPEN', 'PARTIAL') LIMIT 1`;
    return (await this.database.first(sql, [signalId])) !== undefined;
  }

  /** How many followers opened, and were refused for what. */
  decisionCounts(signalId: number): Promise<{ verdict: string; reason: string | null; count: number }[]> {
    return this.database.query(
      `SELECT verdict, reason, count(*) AS count FROM all_decisions WHERE signal_id = $1
       GROUP BY verdict, reason ORDER BY verdict, count(*) DESC`,
      [signalId],
    );
  }

  /** Decisions of one user, or of all (`null`, for staff), by ascending user id. */
  decisions(signalId: number, userId: number | null, afterUser: number, limit: number): Promise<DecisionRow[]> {
    return this.database.query<DecisionRow>(
      `SELECT d.user_id, d.verdict, d.reason, d.detail, d.position_id, d.created_at, d.rules_version, d.facts, c.context
       FROM all_decisions d LEFT JOIN decision_contexts c ON c.id = d.context_id
       WHERE d.signal_id = $1 AND ($2::bigint IS NULL OR d.user_id = $2) AND d.user_id > $3 ORDER BY d.user_id LIMIT $4`,
      [signalId, userId, afterUser, limit],
    );
  }

  async #read(text: string, params: readonly unknown[], name?: string): Promise<SignalRow[]> {
    const options = name === undefined ? {} : { name };
    const rows = await this.database.query<SignalRow & { source_id: number }>(text, params, options);
    const codes = await this.sources.codes(rows.map((row) => row.source_id));
    for (const row of rows) row.source = codes.get(row.source_id) ?? '';
    return rows;
  }
}

/** Rows that a list statement reads at most; written into it, because a limit that is a parameter has it planned anew each time. */
const READ_STEPS = [21, 51, 101, MAX_PAGE + 1];

/**
 * A list that names times stands in their order, so that it begins at the right one in the index of times; the others in
 * the order of ids, which are given as signals are posted. A page goes on after the signal that the one before ended with.
 */
const AFTER_PAGE = {
  byId: 's.id < $',
  byTime: `(s.created_at, s.id) < (SELECT b.created_at, $::bigint FROM signals b WHERE b.id <= $ ORDER BY b.id DESC LIMIT 1)`,
};

/**
 * The list with the conditions that were asked for and no others, so that each combination has its own plan. Of several
 * statuses each is read by itself, as far as a page goes: a rare one would otherwise be looked for in all of history.
 */
function listStatement(filter: SignalFilter): { text: string; params: unknown[]; name: string } {
  const isTimed = filter.from !== null || filter.to !== null;
  const newest = isTimed ? 's.created_at DESC, s.id DESC' : 's.id DESC';
  const wanted: readonly [string, unknown][] = [
    [isTimed ? AFTER_PAGE.byTime : AFTER_PAGE.byId, filter.beforeId],
    ['s.status = wanted.status', filter.statuses],
    ['s.symbol = $', filter.symbol],
    ['s.side = $', filter.side],
    ['s.source_id = (SELECT id FROM sources WHERE code = $)', filter.source],
    ['s.created_at >= $', filter.from],
    ['s.created_at < $', filter.to],
  ];
  const given = wanted.filter(([, value]) => value !== null);
  const conditions = given.map(([condition], index) => condition.replaceAll('$', `$${index + 1}`));
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const read = READ_STEPS.find((step) => step >= filter.limit) ?? filter.limit;
  const page = `${SELECT} ${where} ORDER BY ${newest} LIMIT ${read}`;
  const statuses = given.findIndex(([, value]) => value === filter.statuses) + 1;
  return {
    text:
      filter.statuses === null
        ? page
        : `SELECT s.* FROM unnest($${statuses}::text[]) AS wanted (status) CROSS JOIN LATERAL (${page}) AS s
           ORDER BY ${newest} LIMIT ${read}`,
    params: given.map(([, value]) => value),
    name: `signals_list_${read}_${wanted.map(([, value]) => (value === null ? 0 : 1)).join('')}`,
  };
}
