/**
 * Liquidation of an account's cross positions: all of them together, with the wallet that stood for them.
 * Keeps: the owner loses exactly that wallet, whatever the gap: what the market leaves of it goes to the insurance fund, and
 * what the market takes beyond it the fund pays, as on a venue. Cross entries that wait are withdrawn; isolated trades and the
 * margin that they have reserved are not touched.
 */
import { type CrossAccount, crossEquity, type Marks } from '../margin/cross.js';
import { maintenanceMargin, type MarginBracket } from '../margin/liquidation.js';
import { Decimal } from '../money/decimal.js';
import { MONEY_SCALE } from '../money/money.js';
import { cancelPending } from './entries.js';
import { bookExit, type EndState, unchanged } from './exits.js';
import type { FeeRates, PositionChange, PositionState } from './position.js';

const END: EndState = { status: 'STOPPED', reason: 'LIQUIDATION' };

/** As for isolated margin, the fund pays the venue's costs out of what it gets. */
const NO_FEES: FeeRates = { makerPercent: Decimal.ZERO, takerPercent: Decimal.ZERO };

/** What of a cross position decides about its account. */
export type CrossPosition = Pick<PositionState, 'symbol' | 'side' | 'cost' | 'remainingQty' | 'margin'>;

/** `cash`: USDT that the account has not in use. `positions`: all its live cross positions, those that wait included. */
export function crossAccountOf(cash: Decimal, positions: readonly CrossPosition[]): CrossAccount {
  return {
    wallet: Decimal.sum([cash, ...positions.map(({ margin }) => margin)]),
    holdings: positions
      .filter(({ remainingQty }) => remainingQty.isPositive)
      .map(({ symbol, side, cost, remainingQty }) => ({ symbol, side, cost, qty: remainingQty })),
  };
}

/** Closes all cross positions of an account at their marks. At least one of them holds something. */
export function liquidateAccount(
  cash: Decimal,
  positions: readonly PositionState[],
  marks: Marks,
  brackets: readonly MarginBracket[],
  at: Date,
): readonly PositionChange[] {
  const account = crossAccountOf(cash, positions);
  const held = positions.filter(({ remainingQty }) => remainingQty.isPositive);
  const shares = sharesOf(crossEquity(account, marks), held, marks, brackets);
  return positions.map((position) => {
    const share = shares.get(position.id);
    return share === undefined
      ? cancelPending(unchanged(position), 'LIQUIDATION', at, 'Entry withdrawn: the account was liquidated')
      : closedWith(position, share, account.wallet, marks.get(position.symbol) as Decimal, at);
  });
}

function closedWith(
  position: PositionState,
  share: Decimal,
  wallet: Decimal,
  price: Decimal,
  at: Date,
): PositionChange {
  const log = {
    type: 'LIQUIDATION' as const,
    message: `Liquidated at ${price.toString()} with its account: all cross margin of ${wallet.toString()} USDT is lost`,
    meta: { wallet_lost: wallet.toString() },
  };
  const order = { leg: 'LIQUIDATION', type: 'MARKET' as const, price, qty: position.remainingQty, log };
  const closed = bookExit(unchanged(position), { ...order, liquidity: 'TAKER' }, END, NO_FEES, at);
  return {
    ...closed,
    after: { ...closed.after, realisedPnl: closed.after.realisedPnl.minus(share) },
    balanceDelta: closed.balanceDelta.minus(share),
    liquidation: share,
  };
}

/** What is left, or missing, shared out by maintenance margin; the last one takes what rounding leaves. */
function sharesOf(
  left: Decimal,
  held: readonly PositionState[],
  marks: Marks,
  brackets: readonly MarginBracket[],
): ReadonlyMap<number, Decimal> {
  const weights = held.map(({ symbol, remainingQty }) =>
    maintenanceMargin(remainingQty.times(marks.get(symbol) as Decimal), brackets),
  );
  const total = Decimal.sum(weights);
  let rest = left;
  return new Map(
    held.map(({ id }, index) => {
      const isLast = index === held.length - 1;
      const share = isLast ? rest : left.times(weights[index] as Decimal).dividedBy(total, MONEY_SCALE, 'toward_zero');
      rest = rest.minus(share);
      return [id, share];
    }),
  );
}
