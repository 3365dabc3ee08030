/**
 * What edits need of positions beside their state: which of them an edit has not met yet, and by which plan each goes on.
 * Keeps: a position is marked with the version in the transaction that changes it, so no version reaches it twice.
 */
import { Injectable } from '@nestjs/common';
import { openingOrderSide } from '../../../domain/instrument/side.js';
import type { Decimal } from '../../../domain/money/decimal.js';
import { legName, openLegQty } from '../../../domain/position/legs.js';
import type { PositionChange, PositionState } from '../../../domain/position/position.js';
import { Database } from '../../../platform/database/database.js';
import { entryOrderId } from '../changes/change-writer.repository.js';
import type { SignalEditRow } from '../../signals/signal-edits.repository.js';

@Injectable()
export class PositionEditsRepository {
  constructor(private readonly database: Database) {}

  /** Live positions above `afterId` that were planned before the edit and have not met it; ids ascending. */
  async toMeet(edit: SignalEditRow, afterId: number, limit: number): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `SELECT id FROM positions
       WHERE signal_id = $1 AND id > $2 AND id <= $3 AND edit_version < $4 AND status IN ('PENDING', 'OPEN', 'PARTIAL')
       ORDER BY id LIMIT $5`,
      [edit.signal_id, afterId, edit.up_to_position, edit.version, limit],
    );
    return rows.map((row) => row.id);
  }

  /** The plan of each of these positions that has one. */
  async planIds(ids: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.database.query<{ id: number; plan_id: number }>(
      'SELECT id, plan_id FROM positions WHERE id = ANY ($1::bigint[]) AND plan_id IS NOT NULL',
      [ids],
    );
    return new Map(rows.map(({ id, plan_id }) => [id, plan_id]));
  }

  async symbolOf(positionId: number): Promise<string | undefined> {
    const sql = 'SELECT symbol FROM positions WHERE id = $1';
    return (await this.database.first<{ symbol: string }>(sql, [positionId]))?.symbol;
  }

  /** Takes back the resting orders of legs of which nothing waits any more, and rests those that were added. */
  async settleOrders(changes: readonly PositionChange[], now: Date): Promise<void> {
    const gone = changes.flatMap((change) => legsOf(change).filter(({ isGone }) => isGone));
    const added = changes.flatMap((change) => legsOf(change).filter(({ isNew }) => isNew));
    if (gone.length > 0) {
      await this.database.execute(
        `UPDATE orders SET status = 'CANCELLED', updated_at = $3
         FROM unnest($1::bigint[], $2::text[]) AS item (position_id, leg)
         WHERE orders.position_id = item.position_id AND orders.leg = item.leg AND status IN ('OPEN', 'PARTIALLY_FILLED')`,
        [gone.map(({ position }) => position.id), gone.map(({ leg }) => leg), now],
      );
    }
    if (added.length === 0) return;
    await this.database.execute(
      `INSERT INTO orders (position_id, user_id, account_id, client_order_id, leg, side, type, reduce_only, price, qty,
         filled_qty, status, created_at, updated_at)
       SELECT position_id, user_id, account_id, client_order_id, leg, side, 'LIMIT', false, price, qty, 0, 'OPEN', $9, $9
       FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::numeric[])
         AS item (position_id, user_id, account_id, client_order_id, leg, side, price, qty)`,
      [
        added.map(({ position }) => position.id),
        added.map(({ position }) => position.userId),
        added.map(({ position }) => position.accountId),
        added.map(({ position, leg }) => entryOrderId(position, leg)),
        added.map(({ leg }) => leg),
        added.map(({ position }) => openingOrderSide(position.side)),
        added.map(({ price }) => price.toString()),
        added.map(({ qty }) => qty.toString()),
        now,
      ],
    );
  }

  /** Notes that the positions have met `version`; where it is null, none of a signal. */
  async mark(ids: readonly number[], version: number | null, plans: ReadonlyMap<number, number>): Promise<void> {
    if (ids.length === 0) return;
    await this.database.execute(
      `UPDATE positions SET edit_version = coalesce($3, edit_version), plan_id = coalesce(item.plan_id, positions.plan_id)
       FROM unnest($1::bigint[], $2::bigint[]) AS item (id, plan_id) WHERE positions.id = item.id`,
      [ids, ids.map((id) => plans.get(id) ?? null), version],
    );
  }
}

interface EditedLeg {
  readonly position: PositionState;
  readonly leg: string;
  readonly price: Decimal;
  readonly qty: Decimal;
  readonly isNew: boolean;
  /** It waited, and does not any more. */
  readonly isGone: boolean;
}

function legsOf({ before, after }: PositionChange): EditedLeg[] {
  const waited = new Map(before.legPrices.map((_, leg) => [legName(before, leg), openLegQty(before, leg).isPositive]));
  return after.legPrices.map((price, index) => {
    const leg = legName(after, index);
    const isWaiting = openLegQty(after, index).isPositive;
    const qty = after.legQtys[index] as Decimal;
    return {
      position: after,
      leg,
      price,
      qty,
      isNew: !waited.has(leg),
      isGone: waited.get(leg) === true && !isWaiting,
    };
  });
}
