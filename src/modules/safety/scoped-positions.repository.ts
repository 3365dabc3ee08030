/**
 * The live positions in the scope of a switch, for closing them page by page.
 * Keeps: read only; ids ascending, from an index in every scope.
 */
import { Injectable } from '@nestjs/common';
import { LIVE_POSITION_STATUSES } from '../../domain/position/position-status.js';
import type { SwitchScope } from '../../domain/safety/switches.js';
import { Database } from '../../platform/database/database.js';

export interface ScopedPosition {
  readonly id: number;
  readonly symbol: string;
  readonly status: string;
  /** It is held, and entries of it still wait. */
  readonly grows: boolean;
}

const LIVE = `status IN (${LIVE_POSITION_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** `$1` is the switch's value. */
const IN_SCOPE: Readonly<Record<SwitchScope, string>> = {
  platform: `$1 = ''`,
  source: 'signal_id IN (SELECT id FROM signals WHERE source_id = $1::bigint)',
  user: 'user_id = $1::bigint',
  symbol: 'symbol = $1',
  account: 'account_id = $1::bigint',
};

@Injectable()
export class ScopedPositionsRepository {
  constructor(private readonly database: Database) {}

  /** Live positions above `afterId`. */
  live(scope: SwitchScope, value: string, afterId: number, limit: number): Promise<ScopedPosition[]> {
    return this.database.query<ScopedPosition>(
      `SELECT id, symbol, status, status <> 'PENDING' AND NOT entries_closed
         AND CASE WHEN leg_qtys = '{}' THEN qty < planned_qty ELSE leg_filled <> leg_qtys END AS grows
       FROM positions WHERE ${IN_SCOPE[scope]} AND ${LIVE} AND id > $2 ORDER BY id LIMIT $3`,
      [value, afterId, limit],
    );
  }

  async countLive(scope: SwitchScope, value: string): Promise<number> {
    const sql = `SELECT count(*) AS count FROM positions WHERE ${IN_SCOPE[scope]} AND ${LIVE}`;
    return (await this.database.first<{ count: number }>(sql, [value]))?.count ?? 0;
  }
}
