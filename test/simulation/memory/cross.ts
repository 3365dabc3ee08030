/**
 * Accounts with cross margin in memory, looked after as the leader does: whom the market has used up is liquidated, the others
 * are watched within bounds. Keeps: decided by the product's own rules; what those promise is checked at every liquidation:
 * it takes exactly the wallet that stood for the trades, and ends all of them.
 */
import {
  crossEquity,
  crossSlack,
  isUsedUp,
  type Marks,
  type PriceBounds,
  watchBounds,
} from '../../../src/domain/margin/cross.js';
import { Decimal } from '../../../src/domain/money/decimal.js';
import { crossAccountOf, liquidateAccount } from '../../../src/domain/position/account-liquidation.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import { type Pressed, pressedPrices } from '../model/press.js';
import type { Noted } from './books.js';
import type { Surroundings } from './surroundings.js';

type MarkOf = (symbol: string) => string | undefined;

export interface Reviewed {
  /** Undefined where a price is missing: the account is to be looked at again. */
  readonly bounds: ReadonlyMap<string, PriceBounds> | undefined;
  readonly closed: readonly PositionState[];
}

const NO_BOUNDS: ReadonlyMap<string, PriceBounds> = new Map();

export class CrossAccounts {
  constructor(private readonly world: Surroundings) {}

  /** Of an account, waiting ones included, by id. */
  positionsOf(accountId: number): PositionState[] {
    const { cross, positions } = this.world.books;
    return [...(cross.get(accountId) ?? [])].map((id) => positions.get(id) as PositionState);
  }

  /** Liquidates the account where it is used up at these prices; says within which it need not be asked otherwise. */
  review(accountId: number, markOf: MarkOf, at: Date): Reviewed {
    const { brackets } = this.world.fees;
    const situation = this.#situation(accountId, markOf);
    if (brackets === undefined || situation === 'NOTHING_HELD') return { bounds: NO_BOUNDS, closed: [] };
    if (situation === 'UNPRICED') return { bounds: undefined, closed: [] };
    const { account, marks } = situation;
    const bounds = watchBounds(account, marks, brackets);
    if ((bounds === undefined) !== this.isUsedUp(accountId, markOf))
      throw new Error(`account.bounds-are-its-slack: ${accountId}`);
    return bounds === undefined
      ? { bounds: NO_BOUNDS, closed: this.#liquidate(accountId, marks, at) }
      : { bounds, closed: [] };
  }

  /** A noted crossing before there are prices: the others are those that were stored last. */
  settle({ symbol, price, at, newest }: Noted): void {
    const { books } = this.world;
    for (const { id } of books.users) {
      const positions = this.positionsOf(id);
      if (!positions.some((position) => position.symbol === symbol) || positions.some((one) => one.id > newest))
        continue;
      const stored = (name: string) =>
        books.marks.get(name) ?? positions.find((position) => position.symbol === name)?.entryPrice.toString();
      this.review(id, (name) => (name === symbol ? price : stored(name)), at);
    }
  }

  /** Where the markets go that press one of the accounts that hold something. */
  pressed(account: number, percent: number, markOf: MarkOf): Pressed[] {
    const { brackets } = this.world.fees;
    const held = this.world.books.users
      .map(({ id }) => this.#situation(id, markOf))
      .filter((situation) => typeof situation === 'object');
    const { account: chosen, marks } = held[account % Math.max(1, held.length)] ?? {};
    if (brackets === undefined || chosen === undefined || marks === undefined) return [];
    return pressedPrices(chosen, marks, brackets, percent);
  }

  /** Whether nothing stands for the account's trades any more; false where that cannot be known. */
  isUsedUp(accountId: number, markOf: MarkOf): boolean {
    const { brackets } = this.world.fees;
    const situation = this.#situation(accountId, markOf);
    if (brackets === undefined || typeof situation === 'string') return false;
    return isUsedUp(crossSlack(situation.account, situation.marks, brackets));
  }

  #situation(accountId: number, markOf: MarkOf) {
    const positions = this.positionsOf(accountId);
    const { balance, marginUsed } = this.world.books.user(accountId);
    const account = crossAccountOf(balance.minus(marginUsed), positions);
    if (account.holdings.length === 0) return 'NOTHING_HELD';
    const marks = new Map<string, Decimal>();
    for (const { symbol } of account.holdings) {
      const mark = markOf(symbol);
      if (mark === undefined) return 'UNPRICED';
      marks.set(symbol, Decimal.of(mark));
    }
    return { account, marks };
  }

  #liquidate(accountId: number, marks: Marks, at: Date): PositionState[] {
    const { books, fees } = this.world;
    const user = books.user(accountId);
    const positions = this.positionsOf(accountId);
    const cash = user.balance.minus(user.marginUsed);
    const opened = positions.map(({ openedAt }) => openedAt?.getTime() ?? 0);
    const ended = new Date(Math.max(at.getTime(), ...opened));
    const left = crossEquity(crossAccountOf(cash, positions), marks);
    const changes = liquidateAccount(cash, positions, marks, fees.brackets ?? [], ended);
    for (const change of changes) books.write(change);
    if (this.positionsOf(accountId).length > 0) throw new Error(`account.cross-ends-together: ${accountId}`);
    // What stood for the trades is gone, no more and no less; what isolated trades have reserved is still there.
    if (!user.balance.eq(user.marginUsed)) {
      throw new Error(`account.loses-its-wallet: ${accountId} has ${user.balance} with ${user.marginUsed} in use`);
    }
    const fund = Decimal.sum(changes.map(({ liquidation }) => liquidation ?? Decimal.ZERO));
    if (!fund.eq(left)) throw new Error(`account.fund-gets-what-is-left: ${fund} instead of ${left} of ${accountId}`);
    return changes.map(({ after }) => after);
  }
}
