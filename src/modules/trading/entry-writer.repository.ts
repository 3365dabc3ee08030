/**
 * Writes the decisions of one page: positions, entry orders, fills, log, decisions, ledger and account reservations,
 * set-based.
 * Keeps: one statement for all followers who opened and one for all who were refused; each (user, signal) once.
 */
import { Injectable } from '@nestjs/common';
import { openingOrderSide } from '../../domain/instrument/side.js';
import { clientOrderId } from '../../domain/order/client-order-id.js';
import type { TradingMode } from '../../domain/position/position-status.js';
import type { EntryPlan, EntryRefusal, Follower, SignalPlan } from '../../domain/sizing/plan-entry.js';
import { Database } from '../../platform/database/database.js';

export interface OpenedEntry {
  readonly follower: Follower;
  readonly plan: EntryPlan;
}

export interface OpenedPosition {
  readonly id: number;
  readonly plan: EntryPlan;
}

export interface RefusedEntry {
  readonly userId: number;
  readonly refusal: EntryRefusal;
}

export interface EntryVenue {
  readonly mode: TradingMode;
  readonly exchange: string;
}

const OPEN = `
  WITH input AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::numeric[], $5::numeric[], $6::numeric[], $7::text[], $8::text[],
                         $15::numeric[])
      AS item (user_id, account_id, leverage, qty, margin, fee, target_qtys, client_order_id, entry_price)
  ), opened AS (
    INSERT INTO positions (user_id, account_id, signal_id, symbol, side, mode, exchange, status, entry_type, leverage,
      planned_qty, qty, remaining_qty, entry_price, stop_loss, target_prices, target_qtys, target_hit_at,
      margin, realised_pnl, fees, created_at, opened_at, updated_at)
    SELECT user_id, account_id, $9, $10, $11, $12, $13, CASE WHEN $14 = 'MARKET' THEN 'OPEN' ELSE 'PENDING' END, $14, leverage,
      qty, CASE WHEN $14 = 'MARKET' THEN qty ELSE 0 END, CASE WHEN $14 = 'MARKET' THEN qty ELSE 0 END,
      entry_price, $16::numeric, $17::numeric[], target_qtys::numeric[],
      array_fill(NULL::timestamptz, ARRAY[cardinality($17::numeric[])]),
      margin, -fee, fee, $18::timestamptz, CASE WHEN $14 = 'MARKET' THEN $18::timestamptz END, $18::timestamptz
    FROM input RETURNING id, user_id, account_id, leverage, planned_qty AS qty, entry_price, margin, fees AS fee
  ), ordered AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty,
      filled_qty, average_price, status, created_at, updated_at)
    SELECT opened.id, user_id, opened.account_id, client_order_id, 'ENTRY', $19, $14, false,
      CASE WHEN $14 = 'LIMIT' THEN opened.entry_price END, opened.qty, CASE WHEN $14 = 'MARKET' THEN opened.qty ELSE 0 END,
      CASE WHEN $14 = 'MARKET' THEN opened.entry_price END, CASE WHEN $14 = 'MARKET' THEN 'FILLED' ELSE 'OPEN' END, $18, $18
    FROM input JOIN opened USING (user_id) RETURNING id, position_id, client_order_id
  ), filled AS (
    INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, created_at)
    SELECT ordered.id, position_id, user_id, account_id, client_order_id || ':1', 'ENTRY', entry_price, qty, fee, 'TAKER', $18
    FROM ordered JOIN opened ON opened.id = position_id WHERE $14 = 'MARKET'
  ), logged AS (
    INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
    SELECT id, user_id, $9, CASE WHEN $14 = 'MARKET' THEN 'OPEN' ELSE 'PENDING' END,
      $11 || ' ' || $10 || ' ' || trim_scale(qty) || CASE WHEN $14 = 'MARKET' THEN ' opened at ' ELSE ' waits for ' END || trim_scale(entry_price),
      jsonb_build_object('price', trim_scale(entry_price)::text, 'qty', trim_scale(qty)::text, 'fee', trim_scale(fee)::text, 'leg', 'ENTRY'), $18
    FROM opened
  ), decided AS (
    INSERT INTO decisions (signal_id, user_id, position_id, verdict, detail, created_at)
    SELECT $9, user_id, id, 'OPENED',
      jsonb_build_object('qty', trim_scale(qty)::text, 'leverage', leverage, 'margin', trim_scale(margin)::text), $18
    FROM opened
  ), booked AS (
    INSERT INTO ledger_transactions (account_id, position_id, cause, cash, margin, fees, created_at)
    SELECT account_id, id, 'ENTRY', -margin - fee, margin, fee, $18 FROM opened
  ), reserved AS (
    UPDATE accounts SET balance = balance - fee, margin_used = margin_used + opened.margin, open_positions = open_positions + 1,
      updated_at = $18
    FROM opened WHERE accounts.id = opened.account_id
  )
  SELECT id, account_id FROM opened ORDER BY id`;

const REFUSE = `
  INSERT INTO decisions (signal_id, user_id, verdict, reason, detail, created_at)
  SELECT $1, user_id, 'REFUSED', reason, detail, $5
  FROM unnest($2::bigint[], $3::text[], $4::jsonb[]) AS item (user_id, reason, detail)`;

@Injectable()
export class EntryWriter {
  constructor(private readonly database: Database) {}

  /** Answers the new positions by ascending ids. */
  async open(
    signal: SignalPlan,
    venue: EntryVenue,
    entries: readonly OpenedEntry[],
    now: Date,
  ): Promise<OpenedPosition[]> {
    if (entries.length === 0) return [];
    const cause = `signal:${signal.signalId}`;
    const texts = textsOf(entries);
    const rows = await this.database.query<{ id: number; account_id: number }>(
      OPEN,
      [
        entries.map(({ follower }) => follower.userId),
        entries.map(({ follower }) => follower.accountId),
        entries.map(({ plan }) => plan.leverage),
        texts.map(({ qty }) => qty),
        texts.map(({ margin }) => margin),
        texts.map(({ fee }) => fee),
        texts.map(({ targetQtys }) => targetQtys),
        entries.map(({ follower }) =>
          clientOrderId({ accountId: follower.accountId, cause, leg: 'ENTRY', attempt: 1 }),
        ),
        signal.signalId,
        signal.symbol,
        signal.side,
        venue.mode,
        venue.exchange,
        signal.entryType,
        texts.map(({ entryPrice }) => entryPrice),
        signal.stopLoss.toString(),
        signal.targets.map(String),
        now,
        openingOrderSide(signal.side),
      ],
      { name: 'entries_open' },
    );
    const plans = new Map(entries.map(({ follower, plan }) => [follower.accountId, plan]));
    return rows.map(({ id, account_id }) => ({ id, plan: plans.get(account_id) as EntryPlan }));
  }

  async refuse(signalId: number, refused: readonly RefusedEntry[], now: Date): Promise<void> {
    if (refused.length === 0) return;
    await this.database.query(REFUSE, [
      signalId,
      refused.map(({ userId }) => userId),
      refused.map(({ refusal }) => refusal.reason),
      refused.map(({ refusal }) => JSON.stringify(refusal.detail)),
      now,
    ]);
  }
}

interface PlanTexts {
  readonly qty: string;
  readonly margin: string;
  readonly fee: string;
  readonly entryPrice: string;
  readonly targetQtys: string;
}

/** Followers of the same size share their plan, and so its texts. */
function textsOf(entries: readonly OpenedEntry[]): PlanTexts[] {
  const known = new Map<EntryPlan, PlanTexts>();
  return entries.map(({ plan }) => {
    let texts = known.get(plan);
    if (texts === undefined) {
      texts = {
        qty: plan.qty.toString(),
        margin: plan.margin.toString(),
        fee: plan.entryFee.toString(),
        entryPrice: plan.entryPrice.toString(),
        targetQtys: `{${plan.targetQtys.join(',')}}`,
      };
      known.set(plan, texts);
    }
    return texts;
  });
}
