/**
 * Tells at which price the account of a cross position is liquidated while the prices of its other symbols stay: what is
 * shown as its liquidation price, and what no stop may be moved beyond. An estimate by the last stored prices.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Side } from '../../domain/instrument/side.js';
import { boundAgainst, liquidationBounds } from '../../domain/margin/cross.js';
import type { Decimal } from '../../domain/money/decimal.js';
import { crossAccountOf } from '../../domain/position/account-liquidation.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { CrossAccountsRepository } from './cross-accounts.repository.js';

export interface CrossMargined {
  readonly id: number;
  readonly accountId: number;
  readonly symbol: string;
  readonly side: Side;
  readonly isCross: boolean;
  readonly isHeld: boolean;
}

@Injectable()
export class CrossLimits {
  constructor(
    private readonly accounts: CrossAccountsRepository,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  /** By position; nothing for isolated ones, those that hold nothing, and those that no price liquidates. */
  async of(positions: readonly CrossMargined[]): Promise<ReadonlyMap<number, Decimal>> {
    const brackets = this.client.simulation?.brackets;
    const held = positions.filter(({ isCross, isHeld }) => isCross && isHeld);
    if (held.length === 0 || brackets === undefined) return new Map();
    const ids = [...new Set(held.map(({ accountId }) => accountId))];
    const facts = new Map((await this.accounts.of(ids)).map((account) => [account.accountId, account]));
    return new Map(
      held.flatMap(({ id, accountId, symbol, side }) => {
        const known = facts.get(accountId);
        if (known === undefined) return [];
        const account = crossAccountOf(known.cash, known.positions);
        const limit = boundAgainst(side, liquidationBounds(account, symbol, known.storedMarks, brackets));
        return limit === null ? [] : [[id, limit] as const];
      }),
    );
  }
}
