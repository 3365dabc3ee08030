/**
 * Writes what happened to a page of positions: the positions, their orders, fills, log and accounts, set-based.
 * Keeps: runs inside the transaction that locked the positions; every change has its log row; account figures move by
 * exactly the sums of the changes.
 */
import { Injectable } from '@nestjs/common';
import { Decimal } from '../../domain/money/decimal.js';
import { clientOrderId } from '../../domain/order/client-order-id.js';
import type { TradeLogType } from '../../domain/order/order.js';
import type { Execution, PositionChange, PositionState } from '../../domain/position/position.js';
import { Database } from '../../platform/database/database.js';
import { isKillPointArmed, type KillPoint, killPoint } from '../../platform/process/kill-point.js';

const WRITE = `
  WITH changed AS (
    UPDATE positions SET status = item.status, qty = item.qty, remaining_qty = item.remaining_qty, exit_price = item.exit_price,
      target_hit_at = item.target_hit_at::timestamptz[], margin = item.margin, realised_pnl = item.realised_pnl,
      fees = item.fees, close_reason = item.close_reason, opened_at = item.opened_at, closed_at = item.closed_at,
      updated_at = $13
    FROM unnest($1::bigint[], $2::text[], $3::numeric[], $4::numeric[], $5::numeric[], $6::text[], $7::numeric[],
                $8::numeric[], $9::numeric[], $10::text[], $11::timestamptz[], $12::timestamptz[])
      AS item (id, status, qty, remaining_qty, exit_price, target_hit_at, margin, realised_pnl, fees, close_reason, opened_at, closed_at)
    WHERE positions.id = item.id
  ), exit AS (
    SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[],
                         $21::numeric[], $22::numeric[], $23::numeric[], $24::text[], $25::numeric[])
      AS item (position_id, user_id, account_id, client_order_id, leg, side, type, price, qty, fee, liquidity, pnl)
  ), ordered AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty,
      filled_qty, average_price, status, created_at, updated_at)
    SELECT position_id, user_id, account_id, client_order_id, leg, side, type, true,
      CASE WHEN type <> 'MARKET' THEN price END, qty, qty, price, 'FILLED', $13, $13
    FROM exit RETURNING id, client_order_id
  ), filled AS (
    INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity,
      realised_pnl, created_at)
    SELECT ordered.id, position_id, user_id, account_id, client_order_id || ':1', 'EXIT', price, qty, fee, liquidity, pnl, $13
    FROM exit JOIN ordered USING (client_order_id)
  ), logged AS (
    INSERT INTO trade_log (position_id, user_id, signal_id, type, message, meta, created_at)
    SELECT position_id, user_id, signal_id, type, message, meta, $13
    FROM unnest($26::bigint[], $27::bigint[], $28::bigint[], $29::text[], $30::text[], $31::jsonb[])
      AS item (position_id, user_id, signal_id, type, message, meta)
  )
  UPDATE accounts SET balance = accounts.balance + item.balance, margin_used = margin_used + item.margin,
    open_positions = open_positions + item.open, updated_at = $13
  FROM unnest($32::bigint[], $33::numeric[], $34::numeric[], $35::int[]) AS item (account_id, balance, margin, open)
  WHERE accounts.id = item.account_id`;

const FILL_ENTRIES = `
  WITH item AS (
    SELECT * FROM unnest($1::bigint[], $2::numeric[], $3::numeric[], $4::numeric[]) AS item (position_id, price, qty, fee)
  ), settled AS (
    UPDATE orders SET status = 'FILLED', filled_qty = item.qty, average_price = item.price, updated_at = $5
    FROM item WHERE orders.position_id = item.position_id AND leg = 'ENTRY' AND status = 'OPEN'
    RETURNING orders.id, orders.position_id, user_id, account_id, client_order_id
  )
  INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity, created_at)
  SELECT settled.id, position_id, user_id, account_id, client_order_id || ':1', 'ENTRY', price, qty, fee, 'MAKER', $5
  FROM settled JOIN item USING (position_id)`;

const CANCEL_ENTRIES = `
  UPDATE orders SET status = 'CANCELLED', updated_at = $2
  WHERE position_id = ANY ($1::bigint[]) AND leg = 'ENTRY' AND status = 'OPEN'`;

const POINT_OF_LOG: Readonly<Record<TradeLogType, KillPoint | undefined>> = {
  OPEN: 'change:fill',
  PENDING: undefined,
  TP_HIT: 'change:target',
  SL_HIT: 'change:stop',
  CLOSE: 'change:close',
  CANCELLED: 'change:cancel',
  REVERSAL: 'change:reversal',
  ERROR: undefined,
};

interface Booked {
  readonly position: PositionState;
  readonly execution: Execution;
}

@Injectable()
export class ChangeWriter {
  constructor(private readonly database: Database) {}

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
    const exits = booked.filter(({ execution }) => execution.effect === 'EXIT');
    const params = [
      ...positionColumns(changes.map(({ after }) => after)),
      now,
      ...exitColumns(exits),
      ...logColumns(changes),
      ...accountColumns(changes),
    ];
    await this.database.query(WRITE, params, { name: 'changes_write' });
    if (isKillPointArmed()) strikeAt(changes);
  }

  async #fillEntries(entries: readonly Booked[], now: Date): Promise<void> {
    if (entries.length === 0) return;
    await this.database.execute(FILL_ENTRIES, [
      entries.map(({ position }) => position.id),
      entries.map(({ execution }) => execution.price.toString()),
      entries.map(({ execution }) => execution.qty.toString()),
      entries.map(({ execution }) => execution.fee.toString()),
      now,
    ]);
  }

  async #cancelEntries(changes: readonly PositionChange[], now: Date): Promise<void> {
    if (changes.length === 0) return;
    await this.database.execute(CANCEL_ENTRIES, [changes.map(({ after }) => after.id), now]);
  }
}

/** One pass per kind of change in the page. */
function strikeAt(changes: readonly PositionChange[]): void {
  const points = new Set(changes.flatMap(({ log }) => log.map(({ type }) => POINT_OF_LOG[type])));
  for (const point of points) if (point !== undefined) killPoint(point);
}

function positionColumns(positions: readonly PositionState[]): unknown[] {
  return [
    positions.map((position) => position.id),
    positions.map((position) => position.status),
    positions.map((position) => position.qty.toString()),
    positions.map((position) => position.remainingQty.toString()),
    positions.map((position) => position.exitPrice?.toString() ?? null),
    positions.map((position) => timesLiteral(position.targetHitAt)),
    positions.map((position) => position.margin.toString()),
    positions.map((position) => position.realisedPnl.toString()),
    positions.map((position) => position.fees.toString()),
    positions.map((position) => position.closeReason),
    positions.map((position) => position.openedAt?.toISOString() ?? null),
    positions.map((position) => position.closedAt?.toISOString() ?? null),
  ];
}

function timesLiteral(times: readonly (Date | null)[]): string {
  return `{${times.map((time) => (time === null ? 'NULL' : `"${time.toISOString()}"`)).join(',')}}`;
}

function exitColumns(exits: readonly Booked[]): unknown[] {
  return [
    exits.map(({ position }) => position.id),
    exits.map(({ position }) => position.userId),
    exits.map(({ position }) => position.accountId),
    exits.map(({ position, execution }) =>
      clientOrderId({
        accountId: position.accountId,
        cause: `position:${position.id}`,
        leg: execution.leg,
        attempt: 1,
      }),
    ),
    exits.map(({ execution }) => execution.leg),
    exits.map(({ execution }) => execution.side),
    exits.map(({ execution }) => execution.type),
    exits.map(({ execution }) => execution.price.toString()),
    exits.map(({ execution }) => execution.qty.toString()),
    exits.map(({ execution }) => execution.fee.toString()),
    exits.map(({ execution }) => execution.liquidity),
    exits.map(({ execution }) => execution.grossPnl.toString()),
  ];
}

function logColumns(changes: readonly PositionChange[]): unknown[] {
  const lines = changes.flatMap(({ after, log }) => log.map((entry) => ({ position: after, entry })));
  return [
    lines.map(({ position }) => position.id),
    lines.map(({ position }) => position.userId),
    lines.map(({ position }) => position.signalId),
    lines.map(({ entry }) => entry.type),
    lines.map(({ entry }) => entry.message),
    lines.map(({ entry }) => JSON.stringify(entry.meta)),
  ];
}

function accountColumns(changes: readonly PositionChange[]): unknown[] {
  const sums = new Map<number, { balance: Decimal; margin: Decimal; open: number }>();
  for (const change of changes) {
    const sum = sums.get(change.after.accountId) ?? { balance: Decimal.ZERO, margin: Decimal.ZERO, open: 0 };
    sums.set(change.after.accountId, {
      balance: sum.balance.plus(change.balanceDelta),
      margin: sum.margin.plus(change.marginDelta),
      open: sum.open + change.openDelta,
    });
  }
  const accounts = [...sums.entries()].sort(([a], [b]) => a - b);
  return [
    accounts.map(([id]) => id),
    accounts.map(([, sum]) => sum.balance.toString()),
    accounts.map(([, sum]) => sum.margin.toString()),
    accounts.map(([, sum]) => sum.open),
  ];
}
