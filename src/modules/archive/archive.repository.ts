/**
 * Moves what ended long ago to the archive, one bounded set a transaction: trades, the decisions of ended signals, ledger.
 * Keeps: what is deleted is what was copied (the database refuses anything else) and is booked in `archive_batches` in the
 * same transaction; positions are locked ids ascending, and who holds one is not waited for.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';

/** Rows by table. */
export type Moved = Readonly<Record<MovedTable, number>>;

export const MOVED_TABLES = [
  'positions',
  'orders',
  'fills',
  'trade_log',
  'signals',
  'decisions',
  'ledger_transactions',
] as const;
export type MovedTable = (typeof MOVED_TABLES)[number];

/** A batch that was tried: what it moved, and where the next one begins; undefined when nothing was left to try. */
export interface Batch<Cursor> {
  readonly moved: Partial<Moved>;
  readonly next: Cursor | undefined;
}

const FINAL = `('CLOSED', 'STOPPED', 'CANCELLED')`;
const LIVE_ORDER = `('SUBMITTING', 'OPEN', 'PARTIALLY_FILLED', 'UNKNOWN')`;

/** Signals that a batch of decisions is made of at most: each moves whole, so that at no moment a pair is unguarded. */
const SIGNALS_AT_ONCE = 20;

/** Trades that have ended with their signal and of which no order is live. */
const ENDED = `
  FROM positions p LEFT JOIN signals s ON s.id = p.signal_id
  WHERE p.closed_at < $1 AND (p.signal_id IS NULL OR s.status IN ${FINAL} AND s.closed_at < $1)
    AND NOT EXISTS (SELECT FROM orders o WHERE o.position_id = p.id AND o.status IN ${LIVE_ORDER})`;

/** Ended signals whose trades are archived and of which no page is still to be decided. */
const DECIDED = `
  FROM signals s
  WHERE s.trading_id IS NOT NULL AND s.status IN ${FINAL} AND s.closed_at < $1
    AND NOT EXISTS (SELECT FROM decisions d JOIN positions p ON p.id = d.position_id WHERE d.signal_id = s.id)
    AND NOT EXISTS (SELECT FROM work_items w
      WHERE w.queue = 'signal.page' AND w.state = 'open' AND (w.payload ->> 'signal_id')::bigint = s.id)`;

/** Rows of a table that belong to the batch's ids. */
const copy = (table: string, column: string) =>
  `INSERT INTO archived_${table} SELECT * FROM ${table} WHERE ${column} = ANY ($1::bigint[])`;
const remove = (table: string, column: string) => `DELETE FROM ${table} WHERE ${column} = ANY ($1::bigint[])`;

@Injectable()
export class ArchiveRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The end of the newest daily report of the platform. `at`: the time of day (UTC) at which reports end. */
  async reportedUntil(at: string): Promise<Date | undefined> {
    const row = await this.database.first<{ until: Date | null }>(
      `SELECT (max(day) + $1::time) AT TIME ZONE 'UTC' AS until FROM daily_reports WHERE user_id IS NULL`,
      [at],
    );
    return row?.until ?? undefined;
  }

  /** What a run would move; decisions and signals as far as their trades may move too. */
  async count(before: Date): Promise<Moved> {
    const row = await this.database.first<Moved>(
      `WITH trade AS MATERIALIZED (SELECT p.id ${ENDED}), signal AS MATERIALIZED (
         SELECT s.id FROM signals s WHERE s.trading_id IS NOT NULL AND s.status IN ${FINAL} AND s.closed_at < $1
           AND NOT EXISTS (SELECT FROM positions p WHERE p.signal_id = s.id AND p.id NOT IN (SELECT id FROM trade)))
       SELECT (SELECT count(*) FROM trade) AS positions,
         (SELECT count(*) FROM orders WHERE position_id IN (SELECT id FROM trade)) AS orders,
         (SELECT count(*) FROM fills WHERE position_id IN (SELECT id FROM trade)) AS fills,
         (SELECT count(*) FROM trade_log WHERE position_id IN (SELECT id FROM trade)) AS trade_log,
         (SELECT count(*) FROM signal) AS signals,
         (SELECT count(*) FROM decisions WHERE signal_id IN (SELECT id FROM signal)) AS decisions,
         (SELECT count(*) FROM ledger_transactions WHERE created_at < $1) AS ledger_transactions`,
      [before],
    );
    if (row === undefined) throw new Error('nothing was counted');
    return row;
  }

  /** Up to `limit` trades that ended before `before`, oldest end first from `from` on, with all that belongs to them. */
  moveTrades(before: Date, from: Date, limit: number): Promise<Batch<Date>> {
    return this.#archiving(async () => {
      const found = await this.database.query<{ id: number; closed_at: Date }>(
        `SELECT p.id, p.closed_at ${ENDED} AND p.closed_at >= $2 ORDER BY p.closed_at LIMIT $3`,
        [before, from, limit],
      );
      const last = found.at(-1)?.closed_at;
      if (last === undefined) return { moved: {}, next: undefined };
      const locked = await this.database.query<{ id: number }>(
        'SELECT id FROM positions WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED',
        [found.map(({ id }) => id)],
      );
      const ids = [locked.map(({ id }) => id)];
      const positions = await this.database.execute(copy('positions', 'id'), ids);
      const orders = await this.database.execute(copy('orders', 'position_id'), ids);
      const fills = await this.database.execute(copy('fills', 'position_id'), ids);
      const trade_log = await this.database.execute(copy('trade_log', 'position_id'), ids);
      await this.#book(
        `SELECT 'TRADES', $2::timestamptz, $3::timestamptz, count(*), $4::int, $5::int, $6::int, 0, 0, 0, coalesce(sum(realised_pnl), 0),
           (SELECT coalesce(sum(fee), 0) FROM fills WHERE position_id = ANY ($1::bigint[])), 0
         FROM positions WHERE id = ANY ($1::bigint[])`,
        [...ids, before, this.clock.now(), orders, fills, trade_log],
      );
      const deleted = [
        await this.database.execute(remove('fills', 'position_id'), ids),
        await this.database.execute(remove('orders', 'position_id'), ids),
        await this.database.execute(remove('trade_log', 'position_id'), ids),
        await this.database.execute(remove('positions', 'id'), ids),
      ];
      same(deleted, [fills, orders, trade_log, positions]);
      // More may have ended in that very moment; where everybody else holds all of it, it is left for another run.
      const next = positions > 0 ? last : new Date(last.getTime() + 1);
      return { moved: { positions, orders, fills, trade_log }, next };
    });
  }

  /** The decisions on signals above `after` that ended before `before`, up to about `limit`; a signal moves whole. */
  moveDecisions(before: Date, after: number, limit: number): Promise<Batch<number>> {
    return this.#archiving(async () => {
      const found = await this.database.query<{ id: number; decisions: number }>(
        `SELECT s.id, (SELECT count(*) FROM (SELECT FROM decisions d WHERE d.signal_id = s.id LIMIT $3) AS few) AS decisions
         ${DECIDED} AND s.id > $2 ORDER BY s.id LIMIT ${SIGNALS_AT_ONCE}`,
        [before, after, limit],
      );
      const taken = upTo(found, limit);
      const last = taken.at(-1)?.id;
      if (last === undefined) return { moved: {}, next: undefined };
      const locked = await this.database.query<{ id: number }>(
        'SELECT id FROM signals WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED',
        [taken.map(({ id }) => id)],
      );
      const ids = [locked.map(({ id }) => id)];
      const decisions = await this.database.execute(copy('decisions', 'signal_id'), ids);
      same([await this.database.execute(remove('decisions', 'signal_id'), ids)], [decisions]);
      const signals = await this.database.execute(
        'UPDATE signals SET trading_id = NULL WHERE id = ANY ($1::bigint[])',
        ids,
      );
      await this.#book(`SELECT 'SIGNALS', $1::timestamptz, $2::timestamptz, 0, 0, 0, 0, $3::int, $4::int, 0, 0, 0, 0`, [
        before,
        this.clock.now(),
        signals,
        decisions,
      ]);
      return { moved: { signals, decisions }, next: last };
    });
  }

  /** What was booked before `before` among the `limit` ledger transactions after `after`; ids are as good as in time's order. */
  moveLedger(before: Date, after: number, limit: number): Promise<Batch<number>> {
    return this.#archiving(async () => {
      const row = await this.database.first<{ last: number | null; ids: number[] | null }>(
        `SELECT max(id) AS last, array_agg(id) FILTER (WHERE created_at < $1) AS ids
         FROM (SELECT id, created_at FROM ledger_transactions WHERE id > $2 ORDER BY id LIMIT $3) AS next`,
        [before, after, limit],
      );
      const ids = row?.ids ?? null;
      if (ids === null) return { moved: {}, next: undefined };
      const ledger_transactions = await this.database.execute(copy('ledger_transactions', 'id'), [ids]);
      await this.#book(
        `SELECT 'LEDGER', $2::timestamptz, $3::timestamptz, 0, 0, 0, 0, 0, 0, count(*), 0, 0, coalesce(sum(cash), 0)
         FROM ledger_transactions WHERE id = ANY ($1::bigint[])`,
        [ids, before, this.clock.now()],
      );
      same([await this.database.execute(remove('ledger_transactions', 'id'), [ids])], [ledger_transactions]);
      return { moved: { ledger_transactions }, next: row?.last ?? undefined };
    });
  }

  /** One batch at a time over all replicas and commands; rows may be deleted in this transaction only. */
  #archiving<T>(work: () => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      await this.database.query(
        `SELECT pg_advisory_xact_lock(hashtextextended('trade-archive', 0)), set_config('verzek.archiving', 'on', true)`,
      );
      return work();
    });
  }

  async #book(select: string, params: readonly unknown[]): Promise<void> {
    await this.database.execute(
      `INSERT INTO archive_batches (kind, before, archived_at, positions, orders, fills, trade_log, signals, decisions,
         ledger_transactions, realised_pnl, fees, cash) ${select}`,
      params,
    );
  }
}

/** The first of them that have about `limit` decisions together; always one. */
function upTo<Row extends { decisions: number }>(rows: readonly Row[], limit: number): Row[] {
  let sum = 0;
  return rows.filter(({ decisions }, index) => {
    sum += decisions;
    return index === 0 || sum <= limit;
  });
}

function same(deleted: readonly number[], copied: readonly number[]): void {
  if (deleted.join() !== copied.join()) throw new Error(`archived ${copied.join()}, but deleted ${deleted.join()}`);
}
