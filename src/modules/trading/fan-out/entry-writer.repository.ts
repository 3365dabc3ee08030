/**
 * Writes the decisions of one page: positions, entry orders, fills, log, decisions, ledger and account reservations,
 * set-based.
 * Keeps: one statement for all followers who opened and one for all who were refused; each (user, signal) once.
 */
import { Injectable } from '@nestjs/common';
import { openingOrderSide } from '../../../domain/instrument/side.js';
import type { Layout } from '../../../domain/plan/lay-out.js';
import { legName } from '../../../domain/position/legs.js';
import { clientOrderId } from '../../../domain/order/client-order-id.js';
import type { Decimal } from '../../../domain/money/decimal.js';
import type { TradingMode } from '../../../domain/position/position-status.js';
import type { EntryRefusal } from '../../../domain/risk/decide-entry.js';
import { RULES_VERSION } from '../../../domain/risk/gates.js';
import type { EntryPlan, Follower, SignalPlan } from '../../../domain/sizing/plan-entry.js';
import { Database } from '../../../platform/database/database.js';
import { numberArray } from '../../../platform/database/number-array.js';
import { accountBooking } from '../changes/account-counters.repository.js';

const MS_PER_SECOND = 1_000;

/** A signal as one group of its followers trades it. */
export interface LaidOut extends SignalPlan {
  readonly layout: Layout;
  readonly planId: number;
  /** The row of `decision_contexts`. */
  readonly contextId: number;
}

export interface OpenedEntry {
  readonly follower: Follower;
  readonly plan: EntryPlan;
  /** JSON of what the decision rested on. */
  readonly facts: string;
}

/** A new position; those of one size share their plan. */
export interface OpenedPosition {
  readonly id: number;
  readonly accountId: number;
  readonly plan: EntryPlan;
}

export interface RefusedEntry {
  readonly userId: number;
  readonly refusal: EntryRefusal;
  /** Null where nothing could be decided, as is the context then. */
  readonly facts: string | null;
  readonly contextId: number | null;
}

export interface EntryVenue {
  readonly mode: TradingMode;
  readonly exchange: string;
}

const OPEN = `
  WITH input AS (
    SELECT user_id, account_id, client_order_id, facts, leverage, qty, margin, fee, planned_qty, entry_price, safety_legs,
      target_qtys::numeric[] AS target_qtys, leg_prices::numeric[] AS leg_prices, leg_qtys::numeric[] AS leg_qtys
    FROM ROWS FROM (unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[]), jsonb_array_elements($5::jsonb))
      AS follower (user_id, account_id, size, client_order_id, facts)
    JOIN unnest($6::int[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::int[],
                $13::text[], $14::text[], $15::text[]) WITH ORDINALITY
      AS sized (leverage, qty, margin, fee, planned_qty, entry_price, safety_legs, target_qtys, leg_prices, leg_qtys, size)
      USING (size)
  ), opened AS (
    INSERT INTO positions (user_id, account_id, signal_id, symbol, side, mode, exchange, status, entry_type, leverage,
      planned_qty, qty, remaining_qty, entry_price, cost, stop_loss, target_prices, target_qtys, target_hit_at,
      margin, realised_pnl, fees, created_at, opened_at, updated_at, plan_id, leg_prices, leg_qtys, leg_filled, safety_legs,
      entry_expires_at, exit_at, is_cross)
    SELECT user_id, account_id, $16, $17, $18, $19, $20, CASE WHEN $21 = 'MARKET' THEN 'OPEN' ELSE 'PENDING' END, $21, leverage,
      planned_qty, CASE WHEN $21 = 'MARKET' THEN qty ELSE 0 END, CASE WHEN $21 = 'MARKET' THEN qty ELSE 0 END,
      entry_price, CASE WHEN $21 = 'MARKET' THEN qty * entry_price ELSE 0 END, $22::numeric, $23::numeric[], target_qtys,
      array_fill(NULL::timestamptz, ARRAY[cardinality($23::numeric[])]),
      margin, -fee, fee, $24::timestamptz, CASE WHEN $21 = 'MARKET' THEN $24::timestamptz END, $24::timestamptz,
      $26::bigint, leg_prices, leg_qtys,
      CASE WHEN leg_qtys = '{}' THEN '{}'
           WHEN $21 = 'MARKET' THEN array_prepend(qty, array_fill(0::numeric, ARRAY[cardinality(leg_qtys) - 1]))
           ELSE array_fill(0::numeric, ARRAY[cardinality(leg_qtys)]) END,
      safety_legs, CASE WHEN $21 <> 'MARKET' THEN $27::timestamptz END, CASE WHEN $21 = 'MARKET' THEN $28::timestamptz END, $31::boolean
    FROM input RETURNING id, user_id, account_id, leverage, planned_qty, entry_price, margin, fees AS fee
  ), ordered AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty,
      filled_qty, average_price, status, created_at, updated_at)
    SELECT opened.id, user_id, opened.account_id, client_order_id, 'ENTRY', $25,
      CASE WHEN $21 = 'BREAKOUT' THEN 'STOP_MARKET' ELSE $21 END, false,
      CASE WHEN $21 <> 'MARKET' THEN first.price END, first.qty, CASE WHEN $21 = 'MARKET' THEN first.qty ELSE 0 END,
      CASE WHEN $21 = 'MARKET' THEN opened.entry_price END, CASE WHEN $21 = 'MARKET' THEN 'FILLED' ELSE 'OPEN' END, $24, $24
    FROM input JOIN opened USING (user_id) CROSS JOIN LATERAL (
      SELECT coalesce(input.leg_qtys[1], input.qty) AS qty,
             coalesce(input.leg_prices[1], input.entry_price) AS price) AS first
    RETURNING id, position_id, client_order_id, qty
  ), filled AS (
    INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, created_at)
    SELECT ordered.id, position_id, user_id, account_id, client_order_id || ':1', 'ENTRY', opened.entry_price, ordered.qty, fee, 'TAKER', $24
    FROM ordered JOIN opened ON opened.id = position_id WHERE $21 = 'MARKET'
  ), logged AS (
    INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
    SELECT id, user_id, $16, CASE WHEN $21 = 'MARKET' THEN 'OPEN' ELSE 'PENDING' END,
      $18 || ' ' || $17 || ' ' || trim_scale(qty) || CASE WHEN $21 = 'MARKET' THEN ' opened at ' ELSE ' waits for ' END || price,
      jsonb_build_object('price', price, 'qty', trim_scale(qty)::text, 'fee', trim_scale(fee)::text, 'leg', 'ENTRY'), $24
    FROM (SELECT opened.id, user_id, opened.fee, input.qty, trim_scale(opened.entry_price)::text AS price FROM opened JOIN input USING (user_id)) AS entry
  ), decided AS (
    INSERT INTO decisions (signal_id, user_id, position_id, verdict, detail, context_id, rules_version, facts, created_at)
    SELECT $16, user_id, id, 'OPENED',
      jsonb_build_object('qty', trim_scale(opened.planned_qty)::text, 'leverage', opened.leverage,
        'margin', trim_scale(opened.margin)::text), $29, $30, facts, $24
    FROM input JOIN opened USING (user_id)
  ), booked AS (
    INSERT INTO ledger_transactions (account_id, position_id, cause, cash, margin, fees, created_at)
    SELECT account_id, id, 'ENTRY', -margin - fee, margin, fee, $24 FROM opened
  ), reserved AS (
    UPDATE accounts SET margin_used = margin_used + opened.margin, open_positions = open_positions + 1, updated_at = $24,
      ${accountBooking({ now: '$24::timestamptz', delta: '-fee', trades: '1' })}
    FROM opened WHERE accounts.id = opened.account_id
  )
  SELECT id, account_id FROM opened ORDER BY id`;

/** Further entries of a ladder rest from the start; safety orders are written when they fill. */
const REST = `
  INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty,
    filled_qty, status, created_at, updated_at)
  SELECT positions.id, positions.user_id, positions.account_id, item.client_order_id, item.leg, $7, 'LIMIT', false, item.price,
    item.qty, 0, 'OPEN', $6, $6
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::numeric[], $5::numeric[])
    AS item (user_id, client_order_id, leg, price, qty)
  JOIN positions ON positions.user_id = item.user_id AND positions.signal_id = $8`;

const REFUSE = `
  INSERT INTO decisions (signal_id, user_id, verdict, reason, detail, context_id, rules_version, facts, created_at)
  SELECT $1, user_id, 'REFUSED', reason, detail, context_id, CASE WHEN facts IS NOT NULL THEN $8::int END, facts, $5
  FROM unnest($2::bigint[], $3::text[], $4::jsonb[], $6::jsonb[], $7::bigint[])
    AS item (user_id, reason, detail, facts, context_id)`;

@Injectable()
export class EntryWriter {
  constructor(private readonly database: Database) {}

  /** Answers the new positions by ascending ids. All follow the signal by the same plan. */
  async open(
    signal: LaidOut,
    venue: EntryVenue,
    entries: readonly OpenedEntry[],
    now: Date,
  ): Promise<OpenedPosition[]> {
    if (entries.length === 0) return [];
    const { layout } = signal;
    const cause = `signal:${signal.signalId}`;
    const { sizes, sizeOf } = distinctSizes(entries);
    const rows = await this.database.query<{ id: number; account_id: number }>(
      OPEN,
      [
        numberArray(entries.map(({ follower }) => follower.userId)),
        numberArray(entries.map(({ follower }) => follower.accountId)),
        numberArray(entries.map(({ plan }) => sizeOf.get(plan))),
        entries.map(({ follower }) =>
          clientOrderId({ accountId: follower.accountId, cause, leg: 'ENTRY', attempt: 1 }),
        ),
        `[${entries.map(({ facts }) => facts).join(',')}]`,
        sizes.map(({ leverage }) => leverage),
        sizes.map(({ qty }) => qty.toString()),
        sizes.map(({ margin }) => margin.toString()),
        sizes.map(({ entryFee }) => entryFee.toString()),
        sizes.map(({ plannedQty }) => plannedQty.toString()),
        sizes.map(({ entryPrice }) => entryPrice.toString()),
        sizes.map(({ safetyLegs }) => safetyLegs),
        sizes.map(({ targetQtys }) => numberArray(targetQtys)),
        sizes.map((size) => legArray(size, size.legPrices)),
        sizes.map((size) => legArray(size, size.legQtys)),
        signal.signalId,
        signal.symbol,
        signal.side,
        venue.mode,
        venue.exchange,
        layout.entryType,
        layout.stopLoss?.toString() ?? null,
        layout.targets.map(String),
        now,
        openingOrderSide(signal.side),
        signal.planId,
        after(now, layout.entryExpiresAfter),
        after(now, layout.plan.exitAfterSeconds),
        signal.contextId,
        RULES_VERSION,
        signal.isCross,
      ],
      { name: 'entries_open' },
    );
    await this.#rest(signal, entries, now);
    const plans = new Map(entries.map(({ follower, plan }) => [follower.accountId, plan]));
    return rows.map(({ id, account_id: accountId }) => ({ id, accountId, plan: plans.get(accountId) as EntryPlan }));
  }

  async #rest(signal: LaidOut, entries: readonly OpenedEntry[], now: Date): Promise<void> {
    const cause = `signal:${signal.signalId}`;
    const orders = entries.flatMap(({ follower, plan }) =>
      plan.legPrices.slice(1, plan.legPrices.length - plan.safetyLegs).map((price, index) => {
        const leg = legName(plan, index + 1);
        const id = clientOrderId({ accountId: follower.accountId, cause, leg, attempt: 1 });
        return { userId: follower.userId, id, leg, price, qty: plan.legQtys[index + 1] };
      }),
    );
    if (orders.length === 0) return;
    await this.database.query(REST, [
      orders.map(({ userId }) => userId),
      orders.map(({ id }) => id),
      orders.map(({ leg }) => leg),
      orders.map(({ price }) => price.toString()),
      orders.map(({ qty }) => qty?.toString()),
      now,
      openingOrderSide(signal.side),
      signal.signalId,
    ]);
  }

  async refuse(signalId: number, refused: readonly RefusedEntry[], now: Date): Promise<void> {
    if (refused.length === 0) return;
    await this.database.query(REFUSE, [
      signalId,
      refused.map(({ userId }) => userId),
      refused.map(({ refusal }) => refusal.reason),
      refused.map(({ refusal }) => JSON.stringify(refusal.detail)),
      now,
      refused.map(({ facts }) => facts),
      refused.map(({ contextId }) => contextId),
      RULES_VERSION,
    ]);
  }
}

function after(now: Date, seconds: number | null): Date | null {
  return seconds === null ? null : new Date(now.getTime() + seconds * MS_PER_SECOND);
}

/** Followers of the same size share their plan: it is sent once, and each names it by its number, counted from 1. */
function distinctSizes(entries: readonly OpenedEntry[]): { sizes: EntryPlan[]; sizeOf: Map<EntryPlan, number> } {
  const sizeOf = new Map<EntryPlan, number>();
  for (const { plan } of entries) if (!sizeOf.has(plan)) sizeOf.set(plan, sizeOf.size + 1);
  return { sizes: [...sizeOf.keys()], sizeOf };
}

/** Empty for a single entry without safety orders: the position's own columns say all about it. */
function legArray({ legPrices }: EntryPlan, values: readonly Decimal[]): string {
  return numberArray(legPrices.length === 1 ? [] : values);
}
