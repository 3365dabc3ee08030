/**
 * Writes what happened to a page of positions: the positions, their orders, fills, log, ledger and accounts, set-based.
 * Keeps: runs inside the transaction that locked the positions; every change has its log row; account figures move by
 * exactly the sums of the changes.
 */
import { Injectable } from '@nestjs/common';
import type { Decimal } from '../../../domain/money/decimal.js';
import { clientOrderId } from '../../../domain/order/client-order-id.js';
import { legName } from '../../../domain/position/legs.js';
import { isTerminalPosition } from '../../../domain/position/position-status.js';
import type { PositionChange, PositionState } from '../../../domain/position/position.js';
import { Database } from '../../../platform/database/database.js';
import { accountBooking } from './account-counters.repository.js';
import {
  accountColumns,
  type Booked,
  exitColumns,
  ledgerColumns,
  logColumns,
  positionColumns,
  shapeColumns,
} from './change-columns.js';
import { strikeAtChanges } from './change-kill-points.js';
import { PartExits } from './part-exits.repository.js';

const WRITE = `
  WITH changed AS (
    UPDATE positions SET status = item.status, qty = item.qty, remaining_qty = item.remaining_qty, exit_price = item.exit_price,
      target_hit_at = item.target_hit_at::timestamptz[], margin = item.margin, realised_pnl = item.realised_pnl,
      fees = item.fees, close_reason = item.close_reason, opened_at = item.opened_at, closed_at = item.closed_at,
      cost = item.cost, updated_at = $14
    FROM unnest($1::bigint[], $2::text[], $3::numeric[], $4::numeric[], $5::numeric[], $6::text[], $7::numeric[],
                $8::numeric[], $9::numeric[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::numeric[])
      AS item (id, status, qty, remaining_qty, exit_price, target_hit_at, margin, realised_pnl, fees, close_reason, opened_at, closed_at, cost)
    WHERE positions.id = item.id
  ), exit AS (
    SELECT * FROM unnest($15::bigint[], $16::bigint[], $17::bigint[], $18::text[], $19::text[], $20::text[], $21::text[],
                         $22::numeric[], $23::numeric[], $24::numeric[], $25::text[], $26::numeric[])
      AS item (position_id, user_id, account_id, client_order_id, leg, side, type, price, qty, fee, liquidity, pnl)
  ), ordered AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty,
      filled_qty, average_price, status, created_at, updated_at)
    SELECT position_id, user_id, account_id, client_order_id, leg, side, type, true,
      CASE WHEN type <> 'MARKET' THEN price END, qty, qty, price, 'FILLED', $14, $14
    FROM exit RETURNING id, client_order_id
  ), filled AS (
    INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity,
      realised_pnl, created_at)
    SELECT ordered.id, position_id, user_id, account_id, client_order_id || ':1', 'EXIT', price, qty, fee, liquidity, pnl, $14
    FROM exit JOIN ordered USING (client_order_id)
  ), logged AS (
    INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
    SELECT position_id, user_id, signal_id, type, message, meta, $14
    FROM unnest($27::bigint[], $28::bigint[], $29::bigint[], $30::text[], $31::text[], $32::jsonb[])
      AS item (position_id, user_id, signal_id, type, message, meta)
  ), booked AS (
    INSERT INTO ledger_transactions (account_id, position_id, cause, cash, margin, fees, realised, liquidation, created_at)
    SELECT account_id, position_id, cause, cash, margin, fees, realised, liquidation, $14
    FROM unnest($39::bigint[], $40::bigint[], $41::text[], $42::numeric[], $43::numeric[], $44::numeric[], $45::numeric[],
                $46::numeric[])
      AS item (account_id, position_id, cause, cash, margin, fees, realised, liquidation)
  )
  UPDATE accounts SET margin_used = margin_used + item.margin, open_positions = open_positions + item.open,
    updated_at = $14, ${accountBooking({ now: '$14::timestamptz', delta: 'item.balance', trades: '0' })},
    losing_streak = CASE WHEN item.ends_streak THEN 0 ELSE losing_streak END + item.losses,
    last_loss_at = CASE WHEN item.losses > 0 THEN $14::timestamptz ELSE last_loss_at END
  FROM unnest($33::bigint[], $34::numeric[], $35::numeric[], $36::int[], $37::boolean[], $38::int[])
    AS item (account_id, balance, margin, open, ends_streak, losses)
  WHERE accounts.id = item.account_id`;

/** All columns at once, for the few changes that touch entries, ladder or stop: checks hold between them. */
const WRITE_SHAPE = `
  UPDATE positions SET status = item.status, qty = item.qty, remaining_qty = item.remaining_qty, exit_price = item.exit_price,
    target_hit_at = item.target_hit_at::timestamptz[], margin = item.margin, realised_pnl = item.realised_pnl,
    fees = item.fees, close_reason = item.close_reason, opened_at = item.opened_at, closed_at = item.closed_at,
    cost = item.cost, entry_price = item.entry_price, planned_qty = item.planned_qty, stop_loss = item.stop_loss,
    leg_prices = CASE WHEN positions.leg_prices = '{}' AND cardinality(item.leg_prices::numeric[]) = 1 THEN '{}' ELSE item.leg_prices::numeric[] END,
    leg_qtys = CASE WHEN positions.leg_qtys = '{}' AND cardinality(item.leg_qtys::numeric[]) = 1 THEN '{}' ELSE item.leg_qtys::numeric[] END,
    leg_filled = CASE WHEN positions.leg_filled = '{}' AND cardinality(item.leg_filled::numeric[]) = 1 THEN '{}' ELSE item.leg_filled::numeric[] END,
    entries_closed = item.entries_closed, target_prices = item.target_prices::numeric[],
    target_qtys = item.target_qtys::numeric[], trail_percent = item.trail_percent, trail_peak = item.trail_peak,
    trail_since = item.trail_since, trail_takes_profit = item.trail_takes_profit, rules_fired = item.rules_fired,
    entry_expires_at = item.entry_expires_at, exit_at = item.exit_at, is_detached = item.is_detached, part_price = item.part_price,
    detached_at = CASE WHEN item.is_detached THEN coalesce(positions.detached_at, $32) END, updated_at = $32
  FROM unnest($1::bigint[], $2::text[], $3::numeric[], $4::numeric[], $5::numeric[], $6::text[], $7::numeric[],
              $8::numeric[], $9::numeric[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::numeric[],
              $14::numeric[], $15::numeric[], $16::numeric[], $17::text[], $18::text[], $19::text[], $20::boolean[],
              $21::text[], $22::text[], $23::numeric[], $24::numeric[], $25::timestamptz[], $26::boolean[], $27::int[],
              $28::timestamptz[], $29::timestamptz[], $30::boolean[], $31::numeric[])
    AS item (id, status, qty, remaining_qty, exit_price, target_hit_at, margin, realised_pnl, fees, close_reason, opened_at,
             closed_at, cost, entry_price, planned_qty, stop_loss, leg_prices, leg_qtys, leg_filled, entries_closed,
             target_prices, target_qtys, trail_percent, trail_peak, trail_since, trail_takes_profit, rules_fired,
             entry_expires_at, exit_at, is_detached, part_price)
  WHERE positions.id = item.id`;

/** Fills of resting entry orders, in part or in full; safety orders are written when they fill. */
const FILL_ENTRIES = `
  WITH item AS (
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::numeric[], $4::numeric[], $5::numeric[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::bigint[], $11::bigint[], $13::numeric[])
      AS item (position_id, leg, price, qty, fee, liquidity, client_order_id, side, type, user_id, account_id, leg_qty)
  ), settled AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty,
      filled_qty, average_price, status, created_at, updated_at)
    SELECT position_id, user_id, account_id, client_order_id, leg, side, type, false, price, leg_qty, qty, price,
      CASE WHEN qty >= leg_qty THEN 'FILLED' ELSE 'PARTIALLY_FILLED' END, $12, $12
    FROM item
    ON CONFLICT (account_id, client_order_id) DO UPDATE SET filled_qty = orders.filled_qty + excluded.filled_qty,
      average_price = (coalesce(orders.average_price, 0) * orders.filled_qty + excluded.average_price * excluded.filled_qty)
        / (orders.filled_qty + excluded.filled_qty),
      status = CASE WHEN orders.filled_qty + excluded.filled_qty >= orders.qty THEN 'FILLED' ELSE 'PARTIALLY_FILLED' END,
      updated_at = $12
    RETURNING id, account_id, client_order_id
  )
  INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, created_at)
  SELECT settled.id, position_id, user_id, settled.account_id,
    client_order_id || ':' || (1 + (SELECT count(*) FROM fills f WHERE f.position_id = item.position_id AND f.order_id = settled.id)),
    'ENTRY', price, qty, fee, liquidity, $12
  FROM settled JOIN item USING (client_order_id)`;

const CANCEL_ENTRIES = `
  UPDATE orders SET status = 'CANCELLED', updated_at = $2
  WHERE position_id = ANY ($1::bigint[]) AND NOT reduce_only AND status IN ('OPEN', 'PARTIALLY_FILLED')`;

/** An edited entry: the resting order moves with it. */
const MOVE_ENTRIES = `
  UPDATE orders SET price = item.price, qty = item.qty, updated_at = $4
  FROM unnest($1::bigint[], $2::numeric[], $3::numeric[]) AS item (position_id, price, qty)
  WHERE orders.position_id = item.position_id AND leg = 'ENTRY' AND status = 'OPEN'`;

@Injectable()
export class ChangeWriter {
  constructor(
    private readonly database: Database,
    private readonly partExits: PartExits,
  ) {}

  async write(changes: readonly PositionChange[], now: Date): Promise<void> {
    if (changes.length === 0) return;
    const booked = changes.flatMap(({ after, executions }) =>
      executions.map((execution): Booked => ({ position: after, execution })),
    );
    await this.#fillEntries(
      booked.filter(({ execution }) => execution.effect === 'ENTRY'),
      now,
    );
    await this.#cancelEntries(
      changes.filter((change) => change.cancelsEntry),
      now,
    );
    await this.#moveEntries(changes.filter(hasMovedEntry), now);
    await this.partExits.settle(
      booked.filter((exit) => this.partExits.includes(exit)),
      now,
    );
    await this.partExits.follow(changes, now);
    const exits = booked.filter((exit) => exit.execution.effect === 'EXIT' && !this.partExits.includes(exit));
    const params = [
      ...positionColumns(changes.filter((change) => !hasNewShape(change)).map(({ after }) => after)),
      now,
      ...exitColumns(exits),
      ...logColumns(changes),
      ...accountColumns(changes),
      ...ledgerColumns(changes),
    ];
    await this.database.query(WRITE, params, { name: 'changes_write' });
    await this.#writeShapes(
      changes.filter(hasNewShape).map(({ after }) => after),
      now,
    );
    strikeAtChanges(changes);
  }

  async #fillEntries(entries: readonly Booked[], now: Date): Promise<void> {
    if (entries.length === 0) return;
    await this.database.execute(FILL_ENTRIES, [
      entries.map(({ position }) => position.id),
      entries.map(({ execution }) => execution.leg),
      entries.map(({ execution }) => execution.price.toString()),
      entries.map(({ execution }) => execution.qty.toString()),
      entries.map(({ execution }) => execution.fee.toString()),
      entries.map(({ execution }) => execution.liquidity),
      entries.map(({ position, execution }) => entryOrderId(position, execution.leg)),
      entries.map(({ execution }) => execution.side),
      entries.map(({ execution }) => execution.type),
      entries.map(({ position }) => position.userId),
      entries.map(({ position }) => position.accountId),
      now,
      entries.map(({ position, execution }) => legQtyOf(position, execution.leg)),
    ]);
  }

  async #cancelEntries(changes: readonly PositionChange[], now: Date): Promise<void> {
    if (changes.length === 0) return;
    await this.database.execute(CANCEL_ENTRIES, [changes.map(({ after }) => after.id), now]);
  }

  async #moveEntries(changes: readonly PositionChange[], now: Date): Promise<void> {
    if (changes.length === 0) return;
    await this.database.execute(MOVE_ENTRIES, [
      changes.map(({ after }) => after.id),
      changes.map(({ after }) => after.entryPrice.toString()),
      changes.map(({ after }) => after.plannedQty.toString()),
      now,
    ]);
  }

  async #writeShapes(positions: readonly PositionState[], now: Date): Promise<void> {
    if (positions.length === 0) return;
    const params = [...positionColumns(positions), ...shapeColumns(positions), now];
    await this.database.query(WRITE_SHAPE, params, { name: 'changes_write_shape' });
  }
}

/** Whether anything has changed that `WRITE_SHAPE` holds. What has ended waits for nothing and needs no shape. */
function hasNewShape({ before, after }: PositionChange): boolean {
  const isOver = isTerminalPosition(after.status);
  return (
    after.legFilled !== before.legFilled ||
    after.stopLoss !== before.stopLoss ||
    after.targetPrices !== before.targetPrices ||
    after.targetQtys !== before.targetQtys ||
    after.trail !== before.trail ||
    after.rulesFired !== before.rulesFired ||
    after.isDetached !== before.isDetached ||
    after.partPrice !== before.partPrice ||
    (!isOver && after.entriesClosed !== before.entriesClosed) ||
    (!isOver && after.entryExpiresAt !== before.entryExpiresAt) ||
    (!isOver && (after.exitAt !== before.exitAt || after.entryExpiresAt !== before.entryExpiresAt)) ||
    after.legPrices !== before.legPrices ||
    (!isOver && after.legQtys !== before.legQtys)
  );
}

function hasMovedEntry({ before, after }: PositionChange): boolean {
  const isSingle = after.legPrices.length === 1 && before.legPrices.length === 1;
  return after.status === 'PENDING' && isSingle && after.legPrices !== before.legPrices;
}

/** The id under which the order was written when the position was opened. */
export function entryOrderId(position: PositionState, leg: string): string {
  const cause = position.signalId === null ? `position:${position.id}` : `signal:${position.signalId}`;
  return clientOrderId({ accountId: position.accountId, cause, leg, attempt: 1 });
}

function legQtyOf(position: PositionState, name: string): string {
  const leg = position.legQtys.findIndex((_, index) => legName(position, index) === name);
  return (position.legQtys[leg] as Decimal).toString();
}
