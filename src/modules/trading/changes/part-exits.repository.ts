/**
 * Writes exits of venues on which a target may fill in parts: the order of a target stays the same from its first part to
 * its last, and follows the rung that it stands for.
 * Keeps: what is open of such an order is what is left of its rung; nothing of it is live once the position has ended. On
 * other venues none of this costs a statement.
 */
import { Inject, Injectable } from '@nestjs/common';
import { isTerminalPosition } from '../../../domain/position/position-status.js';
import type { PositionChange } from '../../../domain/position/position.js';
import { Database } from '../../../platform/database/database.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../../ports/exchange-client.js';
import { type Booked, exitColumns } from './change-columns.js';

const SETTLE = `
  WITH item AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::numeric[], $9::numeric[], $10::numeric[], $11::text[], $12::numeric[], $13::numeric[])
      AS item (position_id, user_id, account_id, client_order_id, leg, side, type, price, qty, fee, liquidity, pnl, open_qty)
  ), settled AS (
    INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty,
      filled_qty, average_price, status, created_at, updated_at)
    SELECT position_id, user_id, account_id, client_order_id, leg, side, type, true, CASE WHEN type <> 'MARKET' THEN price END,
      open_qty, qty, price, CASE WHEN qty >= open_qty THEN 'FILLED' ELSE 'PARTIALLY_FILLED' END, $14, $14
    FROM item
    ON CONFLICT (account_id, client_order_id) DO UPDATE SET qty = orders.filled_qty + excluded.qty,
      filled_qty = orders.filled_qty + excluded.filled_qty, price = excluded.price,
      average_price = (orders.average_price * orders.filled_qty + excluded.average_price * excluded.filled_qty)
        / (orders.filled_qty + excluded.filled_qty),
      status = excluded.status, updated_at = $14
    RETURNING id, account_id, client_order_id
  )
  INSERT INTO fills (order_id, position_id, user_id, account_id, trade_id, effect, price, qty, fee, liquidity,
    realised_pnl, created_at)
  SELECT settled.id, position_id, user_id, settled.account_id,
    client_order_id || ':' || (1 + (SELECT count(*) FROM fills f WHERE f.position_id = item.position_id AND f.order_id = settled.id)),
    'EXIT', price, qty, fee, liquidity, pnl, $14
  FROM settled JOIN item USING (client_order_id)`;

/** Rungs are shared out anew when entries fill or a part is closed by hand. */
const RESIZE = `
  UPDATE orders SET qty = filled_qty + item.rung, status = CASE WHEN item.rung = 0 THEN 'FILLED' ELSE status END, updated_at = $4
  FROM unnest($1::bigint[], $2::text[], $3::numeric[]) AS item (position_id, leg, rung)
  WHERE orders.position_id = item.position_id AND orders.leg = item.leg AND status = 'PARTIALLY_FILLED'
    AND qty <> filled_qty + item.rung`;

const CANCEL = `
  UPDATE orders SET status = 'CANCELLED', updated_at = $2
  WHERE position_id = ANY ($1::bigint[]) AND status = 'PARTIALLY_FILLED'`;

@Injectable()
export class PartExits {
  readonly #isPossible: boolean;

  constructor(
    private readonly database: Database,
    @Inject(EXCHANGE_CLIENT) client: ExchangeClient,
  ) {
    this.#isPossible = client.simulation?.fills.fillsInParts === true;
  }

  /** Whether this exit may be one of several of its order. */
  includes({ execution }: Booked): boolean {
    return this.#isPossible && execution.effect === 'EXIT' && execution.leg.startsWith('TP');
  }

  async settle(exits: readonly Booked[], now: Date): Promise<void> {
    if (exits.length === 0) return;
    await this.database.execute(SETTLE, [
      ...exitColumns(exits),
      exits.map(({ execution }) => (execution.ofQty ?? execution.qty).toString()),
      now,
    ]);
  }

  /** Brings orders that have filled in part to what became of their rungs. After `settle`. */
  async follow(changes: readonly PositionChange[], now: Date): Promise<void> {
    if (!this.#isPossible) return;
    const ended = changes.filter(({ after }) => isTerminalPosition(after.status));
    if (ended.length > 0) await this.database.execute(CANCEL, [ended.map(({ after }) => after.id), now]);
    const shared = changes.filter(
      ({ before, after }) => !isTerminalPosition(after.status) && after.targetQtys !== before.targetQtys,
    );
    const rungs = shared.flatMap(({ after }) =>
      after.targetQtys.flatMap((qty, index) =>
        after.targetHitAt[index] === null ? [{ id: after.id, leg: `TP${index + 1}`, qty }] : [],
      ),
    );
    if (rungs.length === 0) return;
    await this.database.execute(RESIZE, [
      rungs.map(({ id }) => id),
      rungs.map(({ leg }) => leg),
      rungs.map(({ qty }) => qty.toString()),
      now,
    ]);
  }
}
