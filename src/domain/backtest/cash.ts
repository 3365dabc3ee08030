/**
 * The money of a simulated account, and the double-entry ledger that it must agree with.
 * Keeps: exact; every movement is a transaction of `domain/ledger` whose postings sum to zero, and cash plus margin is the
 * balance at any time.
 */
import {
  depositOf,
  entryOf,
  fundingOf,
  LEDGER_ACCOUNTS,
  type LedgerAccount,
  type LedgerTransaction,
  postingsOf,
} from '../ledger/ledger.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { PositionChange } from '../position/position.js';
import type { EntryPlan } from '../sizing/plan-entry.js';

export class Cash {
  balance = Decimal.ZERO;
  marginUsed = Decimal.ZERO;
  openPositions = 0;
  readonly #ledger = new Map<LedgerAccount, Decimal>(LEDGER_ACCOUNTS.map((account) => [account, Decimal.ZERO]));

  constructor(deposit: DecimalText) {
    this.balance = Decimal.of(deposit);
    this.#post(depositOf(this.balance));
  }

  enter(entry: EntryPlan): void {
    this.balance = this.balance.minus(entry.entryFee);
    this.marginUsed = this.marginUsed.plus(entry.margin);
    this.openPositions += 1;
    this.#post(entryOf(entry.margin, entry.entryFee));
  }

  book(change: PositionChange): void {
    this.balance = this.balance.plus(change.balanceDelta);
    this.marginUsed = this.marginUsed.plus(change.marginDelta);
    this.openPositions += change.openDelta;
    const transaction = postingsOf(change);
    if (transaction !== undefined) this.#post(transaction);
  }

  fund(payment: Decimal): void {
    this.balance = this.balance.minus(payment);
    this.#post(fundingOf(payment));
  }

  /** What a ledger account has received. */
  sumOf(account: LedgerAccount): Decimal {
    return this.#ledger.get(account) as Decimal;
  }

  /** @throws where the account's figures are not those of its ledger: a mistake of the simulation. */
  requireBalanced(): void {
    const cash = this.sumOf('cash');
    const margin = this.sumOf('margin');
    if (cash.plus(margin).eq(this.balance) && margin.eq(this.marginUsed)) return;
    throw new Error(`the ledger holds ${cash.plus(margin).toString()}, the account ${this.balance.toString()}`);
  }

  #post({ postings }: LedgerTransaction): void {
    for (const account of LEDGER_ACCOUNTS) this.#ledger.set(account, this.sumOf(account).plus(postings[account]));
  }
}
