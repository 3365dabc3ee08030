/**
 * What the followers of one page hold on the other side of a signal, and what closing some of it has freed.
 * Keeps: by account, in memory, for one page; a follower without anything on the other side is answered as they came.
 */
import { Decimal } from '../../../domain/money/decimal.js';
import type { OppositeAction } from '../../../domain/position/opposite.js';
import type { PositionState } from '../../../domain/position/position.js';
import type { OppositeFacts } from '../../../domain/risk/opposite-facts.js';
import type { Follower } from '../../../domain/sizing/plan-entry.js';
import type { OppositeHolding } from '../changes/position-state.repository.js';

interface OtherSide {
  readonly facts: OppositeFacts;
  readonly balance: Decimal;
  readonly margin: Decimal;
  readonly positions: number;
}

export class OtherSides {
  readonly #sides = new Map<number, OtherSide>();

  note({ position, settings: { mode } }: OppositeHolding, action: OppositeAction): void {
    const side = this.#of(position.accountId);
    const held = (side?.facts.held ?? 0) + (action === 'IGNORE' ? 1 : 0);
    const closed = (side?.facts.closed ?? 0) + (action === 'CLOSE' ? 1 : 0);
    this.#sides.set(position.accountId, { ...(side ?? NOTHING_FREED), facts: { mode, held, closed } });
  }

  /** A position was closed: what that adds to the account's balance and to its margin in use. */
  free({ accountId }: PositionState, balance: Decimal, margin: Decimal): void {
    const side = this.#of(accountId);
    if (side === undefined) throw new Error(`nothing was noted of account ${accountId}`);
    this.#sides.set(accountId, {
      ...side,
      balance: side.balance.plus(balance),
      margin: side.margin.plus(margin),
      positions: side.positions + 1,
    });
  }

  /** The follower as the closes have left them, for the gates. */
  settled(follower: Follower): Follower {
    const side = this.#of(follower.accountId);
    if (side === undefined) return follower;
    const { facts } = side;
    return {
      ...follower,
      balance: Decimal.of(follower.balance).plus(side.balance).toString(),
      marginUsed: Decimal.of(follower.marginUsed).plus(side.margin).toString(),
      openPositions: follower.openPositions - side.positions,
      ...(facts.held === 0 && facts.closed === 0 ? {} : { opposite: facts }),
    };
  }

  #of(accountId: number): OtherSide | undefined {
    return this.#sides.get(accountId);
  }
}

const NOTHING_FREED = { balance: Decimal.ZERO, margin: Decimal.ZERO, positions: 0 };
