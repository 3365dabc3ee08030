/** Where markets go that press an account with cross margin: part of the way to the price that would use it up. */
import { boundAgainst, type CrossAccount, liquidationBounds, type Marks } from '../../../src/domain/margin/cross.js';
import type { MarginBracket } from '../../../src/domain/margin/liquidation.js';
import { Decimal } from '../../../src/domain/money/decimal.js';

export interface Pressed {
  readonly symbol: string;
  readonly price: Decimal;
}

/**
 * Each symbol that the account holds goes `percent` of the way from its mark to where it alone would use up the account, so
 * that several together do it well before.
 */
export function pressedPrices(
  account: CrossAccount,
  marks: Marks,
  brackets: readonly MarginBracket[],
  percent: number,
): Pressed[] {
  const share = Decimal.of((percent / 100).toFixed(2));
  const sides = new Map(account.holdings.map(({ symbol, side }) => [symbol, side]));
  return [...sides].flatMap(([symbol, side]) => {
    const mark = marks.get(symbol);
    const bound = boundAgainst(side, liquidationBounds(account, symbol, marks, brackets));
    return mark === undefined || bound === null ? [] : [{ symbol, price: mark.plus(bound.minus(mark).times(share)) }];
  });
}
