/**
 * What has come of the demo's signals for its followers, read from the rows that the server writes.
 * Keeps: reads only; sums of money are exact, in SQL, and stay text. Counts nobody but the demo's followers, except for
 * broadcasts, which belong to the signals.
 */
import { Decimal, type DecimalText } from '../../domain/money/decimal.js';
import { isTerminalSignal, type SignalStatus } from '../../domain/signal/signal.js';
import type { Database } from '../../platform/database/database.js';

export interface SignalFigures {
  readonly signal_id: number;
  readonly symbol: string;
  readonly side: string;
  readonly entry: DecimalText;
  readonly status: SignalStatus;
  readonly opened: number;
  readonly refused: number;
  /** Positions that are waiting or held. */
  readonly live: number;
  /** Positions that have ended after they were entered. */
  readonly trades: number;
  /** Over all positions. */
  readonly target_hits: number;
  readonly stop_hits: number;
  /** USDT, net of fees, with what is held at the last price. */
  readonly pnl_usdt: DecimalText;
}

export interface DemoFigures {
  readonly signals: readonly SignalFigures[];
  readonly refusals: readonly { readonly reason: string; readonly count: number }[];
  readonly broadcasts: {
    readonly messages: number;
    readonly sent: number;
    /** Deliveries, and events that are still to become messages. */
    readonly waiting: number;
    /** First line of the newest message. */
    readonly last: string;
  };
}

/** Sums over the signals. */
export type DemoTotals = Pick<
  SignalFigures,
  'opened' | 'refused' | 'live' | 'trades' | 'target_hits' | 'stop_hits' | 'pnl_usdt'
>;

const SIGNALS = `
  WITH decided AS (
    SELECT signal_id, count(*) FILTER (WHERE verdict = 'OPENED') AS opened,
           count(*) FILTER (WHERE verdict = 'REFUSED') AS refused
    FROM decisions WHERE signal_id = ANY ($1::bigint[]) AND user_id = ANY ($2::bigint[]) GROUP BY signal_id
  ), held AS (
    SELECT signal_id, count(*) FILTER (WHERE closed_at IS NULL) AS live,
           count(*) FILTER (WHERE closed_at IS NOT NULL AND qty > 0) AS trades,
           sum((SELECT count(*) FROM unnest(target_hit_at) AS hit WHERE hit IS NOT NULL)) AS target_hits,
           count(*) FILTER (WHERE close_reason = 'STOP') AS stop_hits,
           sum(realised_pnl + remaining_qty * (coalesce(price, entry_price) - entry_price)
               * CASE side WHEN 'LONG' THEN 1 ELSE -1 END) AS pnl
    FROM positions LEFT JOIN market_prices USING (symbol)
    WHERE signal_id = ANY ($1::bigint[]) AND user_id = ANY ($2::bigint[]) GROUP BY signal_id
  )
  SELECT id AS signal_id, symbol, side, entry::text, status, coalesce(opened, 0)::int AS opened,
         coalesce(refused, 0)::int AS refused, coalesce(live, 0)::int AS live, coalesce(trades, 0)::int AS trades,
         coalesce(target_hits, 0)::int AS target_hits, coalesce(stop_hits, 0)::int AS stop_hits,
         trim_scale(coalesce(pnl, 0))::text AS pnl_usdt
  FROM signals LEFT JOIN decided ON decided.signal_id = id LEFT JOIN held ON held.signal_id = id
  WHERE id = ANY ($1::bigint[]) ORDER BY id`;

const REFUSALS = `
  SELECT reason, count(*)::int AS count FROM decisions
  WHERE signal_id = ANY ($1::bigint[]) AND user_id = ANY ($2::bigint[]) AND verdict = 'REFUSED'
  GROUP BY reason ORDER BY count DESC, reason`;

// An entry is stored as an event, but not told.
const BROADCASTS = `
  SELECT (SELECT count(*) FROM broadcast_messages WHERE signal_id = ANY ($1::bigint[]))::int AS messages,
    (SELECT count(*) FROM broadcast_messages m JOIN deliveries d ON d.message_id = m.id
     WHERE m.signal_id = ANY ($1::bigint[]) AND d.status = 'SENT')::int AS sent,
    (SELECT count(*) FROM broadcast_messages m JOIN deliveries d ON d.message_id = m.id
     WHERE m.signal_id = ANY ($1::bigint[]) AND d.status = 'PENDING')::int AS undelivered,
    (SELECT count(*) FROM signal_events WHERE signal_id = ANY ($1::bigint[]) AND type <> 'ENTRY')::int AS events,
    coalesce((SELECT split_part(content ->> 'text', E'\\n', 1) FROM broadcast_messages
     WHERE signal_id = ANY ($1::bigint[]) ORDER BY id DESC LIMIT 1), '') AS last`;

interface BroadcastRow {
  messages: number;
  sent: number;
  undelivered: number;
  events: number;
  last: string;
}

/** The figures of these signals for these followers. */
export async function readFigures(
  database: Database,
  signalIds: readonly number[],
  userIds: readonly number[],
): Promise<DemoFigures> {
  const [signals, refusals, told] = await Promise.all([
    database.query<SignalFigures>(SIGNALS, [signalIds, userIds], { name: 'demo_signals' }),
    database.query<{ reason: string; count: number }>(REFUSALS, [signalIds, userIds], { name: 'demo_refusals' }),
    database.first<BroadcastRow>(BROADCASTS, [signalIds], { name: 'demo_broadcasts' }),
  ]);
  const { messages = 0, sent = 0, undelivered = 0, events = 0, last = '' } = told ?? {};
  const waiting = undelivered + Math.max(0, events - messages);
  return { signals, refusals, broadcasts: { messages, sent, waiting, last } };
}

export function totalsOf({ signals }: Pick<DemoFigures, 'signals'>): DemoTotals {
  const sum = (pick: (signal: SignalFigures) => number) => signals.reduce((total, signal) => total + pick(signal), 0);
  return {
    opened: sum((signal) => signal.opened),
    refused: sum((signal) => signal.refused),
    live: sum((signal) => signal.live),
    trades: sum((signal) => signal.trades),
    target_hits: sum((signal) => signal.target_hits),
    stop_hits: sum((signal) => signal.stop_hits),
    pnl_usdt: Decimal.sum(signals.map((signal) => Decimal.of(signal.pnl_usdt))).toString(),
  };
}

/** Whether each signal has ended, with everybody's decision made and nothing held. `trading` followers decide. */
export function isOver(figures: DemoFigures, trading: number): boolean {
  return figures.signals.every(
    ({ status, opened, refused, live }) => isTerminalSignal(status) && opened + refused === trading && live === 0,
  );
}

/** Symbols on which somebody holds a position or a signal is alive: a demo keeps away from them. */
export async function busySymbols(database: Database): Promise<string[]> {
  const rows = await database.query<{ symbol: string }>(
    `SELECT symbol FROM positions WHERE status IN ('PENDING', 'OPEN', 'PARTIAL')
     UNION SELECT symbol FROM signals WHERE status IN ('NEW', 'OPENED', 'PARTIAL')`,
  );
  return rows.map((row) => row.symbol);
}

/** Whether this database has ever told a Telegram group anything. */
export async function tellsTelegram(database: Database): Promise<boolean> {
  return (await database.first("SELECT 1 AS found FROM deliveries WHERE channel = 'telegram' LIMIT 1")) !== undefined;
}
