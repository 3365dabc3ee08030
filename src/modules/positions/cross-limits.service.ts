/**
 * Tells how much of an account's wallet its cross positions need, and at which price the account of a cross position is liquidated while the prices of its other symbols stay: what is
 * shown as its liquidation price, and what no edit may take a stop beyond. An estimate by the last stored prices.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Side } from '../../domain/instrument/side.js';
import { boundAgainst, crossFigures, type CrossMarginFigures, liquidationBounds } from '../../domain/margin/cross.js';
import type { MarginBracket } from '../../domain/margin/liquidation.js';
import { crossAccountOf } from '../../domain/position/account-liquidation.js';
import type { AccountLimit } from '../../domain/position/edit.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { CrossAccountsRepository, type CrossFacts } from './cross-accounts.repository.js';

export interface CrossMargined {
  readonly id: number;
  readonly accountId: number;
  readonly symbol: string;
  readonly side: Side;
  readonly isCross: boolean;
  readonly isLive: boolean;
}

@Injectable()
export class CrossLimits {
  constructor(
    private readonly accounts: CrossAccountsRepository,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  /** By position, for whatever it were to hold; nothing for isolated ones and where nothing is liquidated. */
  async of(positions: readonly CrossMargined[]): Promise<ReadonlyMap<number, AccountLimit>> {
    const brackets = this.client.simulation?.brackets;
    const live = positions.filter(({ isCross, isLive }) => isCross && isLive);
    if (live.length === 0 || brackets === undefined) return new Map();
    const ids = [...new Set(live.map(({ accountId }) => accountId))];
    const facts = new Map((await this.accounts.of(ids)).map((account) => [account.accountId, account]));
    return new Map(
      live.flatMap((position) => {
        const known = facts.get(position.accountId);
        return known === undefined ? [] : [[position.id, limitOf(position, known, brackets)] as const];
      }),
    );
  }

  /** Of an account by the last stored prices; undefined where it holds nothing by cross margin, or nothing is liquidated. */
  async figuresOf(accountId: number): Promise<CrossMarginFigures | undefined> {
    const brackets = this.client.simulation?.brackets;
    const [facts] = brackets === undefined ? [] : await this.accounts.of([accountId]);
    if (brackets === undefined || facts === undefined) return undefined;
    const account = crossAccountOf(facts.cash, facts.positions);
    return account.holdings.length === 0 ? undefined : crossFigures(account, facts.storedMarks, brackets);
  }
}

/** The account as it is, but for what the position holds of it. */
function limitOf(
  { id, symbol, side }: CrossMargined,
  facts: CrossFacts,
  brackets: readonly MarginBracket[],
): AccountLimit {
  return (held) => {
    const positions = facts.positions.map((own) => (own.id === id ? { ...own, ...held } : own));
    const account = crossAccountOf(facts.cash, positions);
    return boundAgainst(side, liquidationBounds(account, symbol, facts.storedMarks, brackets)) ?? undefined;
  };
}
