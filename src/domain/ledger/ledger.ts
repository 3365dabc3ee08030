/**
 * The double-entry ledger of one trading account: what a change moves between its ledger accounts.
 * Keeps: every transaction sums to exactly zero; cash plus margin is the account's balance and margin alone is what its
 * positions reserve, so `accounts.balance` and `accounts.margin_used` are sums over the ledger at any time.
 * Signs: a posting is what its ledger account receives. Profit comes from the market, so it is negative in `realised`.
 */
import type { Side } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';
import type { PositionChange } from '../position/position.js';

/**
 * `cash` is what is available and `margin` what is reserved, both the owner's; `fees` and `funding` are the platform's,
 * `realised` the market's, `deposits` the outside's, `liquidation` the insurance fund's.
 */
export const LEDGER_ACCOUNTS = ['cash', 'margin', 'fees', 'funding', 'realised', 'deposits', 'liquidation'] as const;
export type LedgerAccount = (typeof LEDGER_ACCOUNTS)[number];

/** What a transaction was made for. `CARRIED` sums up what an account had done before there was a ledger. */
export const LEDGER_CAUSES = [
  'DEPOSIT',
  'RESET',
  'ENTRY',
  'EXIT',
  'CANCEL',
  'FUNDING',
  'LIQUIDATION',
  'CARRIED',
] as const;
export type LedgerCause = (typeof LEDGER_CAUSES)[number];

/** The lines a person reads: one for each pair of cash and another ledger account. */
export const LEDGER_KINDS = [
  'DEPOSIT',
  'RESET',
  'MARGIN_RESERVE',
  'MARGIN_RELEASE',
  'FEE',
  'FUNDING',
  'REALISED_PNL',
  'LIQUIDATION',
] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

export type Postings = Readonly<Record<LedgerAccount, Decimal>>;

export interface LedgerTransaction {
  readonly cause: LedgerCause;
  readonly postings: Postings;
}

export interface LedgerEntry {
  readonly kind: LedgerKind;
  /** What it adds to the available cash; negative where it takes. USDT. */
  readonly amount: Decimal;
}

const NOTHING: Postings = {
  cash: Decimal.ZERO,
  margin: Decimal.ZERO,
  fees: Decimal.ZERO,
  funding: Decimal.ZERO,
  realised: Decimal.ZERO,
  deposits: Decimal.ZERO,
  liquidation: Decimal.ZERO,
};

/** The other ledger accounts are given, cash is what makes the sum zero. */
function balanced(others: Partial<Omit<Postings, 'cash'>>): Postings {
  const postings = { ...NOTHING, ...others };
  return { ...postings, cash: sumOf(postings).negated() };
}

/** Zero for every transaction of this module. */
export function sumOf(postings: Postings): Decimal {
  return Decimal.sum(LEDGER_ACCOUNTS.map((account) => postings[account]));
}

/** Money that comes from outside, or (negative) goes there. */
export function depositOf(amount: Decimal): LedgerTransaction {
  return { cause: 'DEPOSIT', postings: balanced({ deposits: amount.negated() }) };
}

/** Brings the available cash of an account without positions from `cash` to `target`. */
export function resetOf(cash: Decimal, target: Decimal): LedgerTransaction {
  return { cause: 'RESET', postings: balanced({ deposits: cash.minus(target) }) };
}

/** What a follower's entry books at once: its margin, and its fee where it is filled at once. */
export function entryOf(margin: Decimal, fee: Decimal): LedgerTransaction {
  return { cause: 'ENTRY', postings: balanced({ margin, fees: fee }) };
}

/**
 * What a position pays for funding, in USDT; negative when it receives. Longs pay a positive rate, shorts receive it.
 * `qty × mark price × rate` (Binance, "Introduction to Binance Futures Funding Rates"). Exact: nothing is rounded.
 */
export function fundingPayment(side: Side, qty: Decimal, markPrice: Decimal, ratePercent: Decimal): Decimal {
  const paid = percentOf(qty.times(markPrice), ratePercent);
  return side === 'LONG' ? paid : paid.negated();
}

export function fundingOf(payment: Decimal): LedgerTransaction {
  return { cause: 'FUNDING', postings: balanced({ funding: payment }) };
}

/** What a change of a position books. Undefined when it moves no money. */
export function postingsOf(change: PositionChange): LedgerTransaction | undefined {
  const fees = Decimal.sum(change.executions.map((execution) => execution.fee));
  const profit = Decimal.sum(change.executions.map((execution) => execution.grossPnl));
  const liquidation = change.liquidation ?? Decimal.ZERO;
  const { balanceDelta, marginDelta } = change;
  const moved = [fees, profit, liquidation, balanceDelta, marginDelta].some((amount) => !amount.isZero);
  if (!moved) return undefined;
  // Cash follows the account's own figures instead of closing the sum, so a change that does not add up is refused.
  const postings = {
    ...NOTHING,
    cash: balanceDelta.minus(marginDelta),
    margin: marginDelta,
    fees,
    realised: profit.negated(),
    liquidation,
  };
  const sum = sumOf(postings);
  if (!sum.isZero) throw new Error(`the change of position ${change.after.id} does not balance: ${sum.toString()}`);
  return { cause: causeOf(change), postings };
}

function causeOf(change: PositionChange): LedgerCause {
  if (change.liquidation !== undefined) return 'LIQUIDATION';
  if (change.executions.some((execution) => execution.effect === 'EXIT')) return 'EXIT';
  return change.executions.length > 0 || change.marginDelta.isPositive ? 'ENTRY' : 'CANCEL';
}

/** The lines of a transaction; their amounts sum to what it adds to the available cash. */
export function entriesOf({ cause, postings }: LedgerTransaction): LedgerEntry[] {
  const { margin, fees, funding, realised, deposits, liquidation } = postings;
  const lines: LedgerEntry[] = [
    { kind: cause === 'RESET' ? 'RESET' : 'DEPOSIT', amount: deposits.negated() },
    { kind: margin.isPositive ? 'MARGIN_RESERVE' : 'MARGIN_RELEASE', amount: margin.negated() },
    { kind: 'REALISED_PNL', amount: realised.negated() },
    { kind: 'FEE', amount: fees.negated() },
    { kind: 'FUNDING', amount: funding.negated() },
    { kind: 'LIQUIDATION', amount: liquidation.negated() },
  ];
  return lines.filter(({ kind, amount }) => !amount.isZero || kind === cause);
}
