/** Shows positions with what only the venue's terms and, for cross margin, the other trades of the account can tell of them. */
import { Inject, Injectable } from '@nestjs/common';
import { Decimal } from '../../domain/money/decimal.js';
import { HELD_POSITION_STATUSES } from '../../domain/position/position-status.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { CrossLimits } from './cross-limits.service.js';
import { positionView, type PositionView } from './position.view.js';
import type { PositionListRow } from './positions.repository.js';

@Injectable()
export class PositionViews {
  constructor(
    private readonly limits: CrossLimits,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  async of(rows: readonly PositionListRow[]): Promise<PositionView[]> {
    const limits = await this.limits.of(
      rows.map((row) => ({
        id: row.id,
        accountId: row.account_id,
        symbol: row.symbol,
        side: row.side,
        isCross: row.is_cross,
        isLive: HELD_POSITION_STATUSES.some((status) => status === row.status),
      })),
    );
    return rows.map((row) => {
      const held = { cost: Decimal.of(row.cost), remainingQty: Decimal.of(row.remaining_qty) };
      return positionView(row, this.client.simulation, limits.get(row.id)?.(held));
    });
  }
}
