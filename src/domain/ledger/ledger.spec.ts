import fc from 'fast-check';
import { positionOf, type Shape, SHORT } from '../../../test/factories/positions.js';
import { Decimal } from '../money/decimal.js';
import { onCommand } from '../position/on-command.js';
import { onPrice } from '../position/on-price.js';
import type { FeeRates, PositionChange, PositionState } from '../position/position.js';
import {
  depositOf,
  entriesOf,
  entryOf,
  fundingOf,
  fundingPayment,
  LEDGER_ACCOUNTS,
  type LedgerTransaction,
  postingsOf,
  resetOf,
  sumOf,
} from './ledger.js';

const AT = new Date('2026-01-01T00:01:00Z');
const FEES: FeeRates = { makerPercent: Decimal.of('0.02'), takerPercent: Decimal.of('0.05') };

const money = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((units) => Decimal.of((units / 1000).toFixed(3)));
const prices = fc.array(
  fc.integer({ min: 8_000, max: 12_000 }).map((cents) => (cents / 100).toFixed(2)),
  { maxLength: 20, size: 'max' },
);
const legs = fc.array(fc.tuple(fc.constantFrom(1, 2, 3), fc.bigInt({ min: 1n, max: 9n })), { maxLength: 2 });
const shape: fc.Arbitrary<Shape> = fc
  .record({
    isShort: fc.boolean(),
    lots: fc.bigInt({ min: 1n, max: 50n }),
    pending: fc.boolean(),
    leverage: fc.integer({ min: 1, max: 125 }),
    ladder: legs,
    safety: legs,
  })
  .map(({ isShort, ladder, safety, ...drawn }) => {
    const priced = (list: typeof ladder) =>
      list.map(([away, lots]) => [String(100 + (isShort ? away : -away)), lots] as const);
    return { ...(isShort ? SHORT : {}), ...drawn, ladder: priced(ladder), safety: priced(safety) };
  });

function changesOf(start: PositionState, path: readonly string[]): PositionChange[] {
  const changes: PositionChange[] = [];
  let state = start;
  const note = (change: PositionChange | undefined): void => {
    if (change === undefined) return;
    changes.push(change);
    state = change.after;
  };
  path.forEach((price, index) => {
    const exact = Decimal.of(price);
    if (index === 7) note(onCommand(state, { kind: 'close', qty: Decimal.of('0.1'), leg: 'CLOSE1' }, exact, FEES, AT));
    note(onPrice(state, exact, FEES, AT));
  });
  note(onCommand(state, { kind: 'cancel', message: 'over' }, Decimal.of('100'), FEES, AT));
  return changes;
}

describe('the ledger', () => {
  it('books an entry, a target and a stop as a person would', () => {
    const entry = entryOf(Decimal.of('10'), Decimal.of('0.05'));
    expect(entriesOf(entry).map(({ kind, amount }) => [kind, amount.toString()])).toEqual([
      ['MARGIN_RESERVE', '-10'],
      ['FEE', '-0.05'],
    ]);
    const [target, stop] = changesOf(positionOf(), ['102', '90']).map((change) => postingsOf(change));
    // 0.3 of 1.0 at 102: 0.6 of profit, 0.3 × 102 × 0.02 % of fee, three tenths of the margin.
    expect(lines(target)).toEqual([
      ['MARGIN_RELEASE', '3'],
      ['REALISED_PNL', '0.6'],
      ['FEE', '-0.00612'],
    ]);
    expect(lines(stop)).toEqual([
      ['MARGIN_RELEASE', '7'],
      ['REALISED_PNL', '-7'],
      ['FEE', '-0.0315'],
    ]);
  });

  it('gives back the margin of an entry that is withdrawn, and books nothing for what moves no money', () => {
    const [withdrawn] = changesOf(positionOf({ pending: true }), []);
    expect(withdrawn && postingsOf(withdrawn)).toMatchObject({ cause: 'CANCEL' });
    expect(lines(withdrawn && postingsOf(withdrawn))).toEqual([['MARGIN_RELEASE', '10']]);
    const [marked] = changesOf(positionOf({ lots: 2n }), ['102']);
    expect(marked?.after.targetHitAt[0]).toEqual(AT);
    expect(marked && postingsOf(marked)).toBeUndefined();
  });

  it('refuses a change whose figures do not add up', () => {
    const [change] = changesOf(positionOf(), ['102']);
    const wrong = change && { ...change, balanceDelta: change.balanceDelta.plus(Decimal.of('0.01')) };
    expect(() => wrong && postingsOf(wrong)).toThrow('does not balance: 0.01');
  });

  it('sums to zero, and its sums are the figures of the account, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 4 }), prices, fc.nat(), (shapes, path, seed) => {
        const starts = shapes.map((drawn, index) => ({ ...positionOf(drawn), id: index + 1 }));
        const reserved = starts.map(({ margin }) => entryOf(margin, Decimal.ZERO));
        const changes = starts.flatMap((start) => changesOf(start, path));
        const booked = shuffled([...reserved, ...changes.flatMap((change) => postingsOf(change) ?? [])], seed);
        for (const { postings } of booked) expect(sumOf(postings).isZero).toBe(true);
        const totals = total(booked);
        const balance = Decimal.sum(changes.map((change) => change.balanceDelta));
        expect(totals.cash.plus(totals.margin).eq(balance)).toBe(true);
        // Everything has ended: nothing is reserved, and fees went to the platform alone.
        expect(totals.margin.isZero).toBe(true);
        expect(totals.fees.eq(Decimal.sum(lastOf(changes).map(({ after }) => after.fees)))).toBe(true);
        expect(totals.deposits.isZero && totals.funding.isZero && totals.liquidation.isZero).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('balances deposits, resets and funding, and its lines sum to what cash moved', () => {
    fc.assert(
      fc.property(money, money, (a, b) => {
        for (const transaction of [depositOf(a), resetOf(a, b), fundingOf(a), entryOf(a.abs(), b.abs())]) {
          expect(sumOf(transaction.postings).isZero).toBe(true);
          const sum = Decimal.sum(entriesOf(transaction).map(({ amount }) => amount));
          expect(sum.eq(transaction.postings.cash)).toBe(true);
        }
        expect(a.plus(resetOf(a, b).postings.cash).eq(b)).toBe(true);
      }),
    );
  });

  it('lets longs pay a positive funding rate, shorts receive it, and none gain by it together', () => {
    const [qty, mark, rate] = [Decimal.of('2'), Decimal.of('30000'), Decimal.of('0.01')];
    expect(fundingPayment('LONG', qty, mark, rate).toString()).toBe('6');
    expect(fundingPayment('SHORT', qty, mark, rate).toString()).toBe('-6');
    expect(fundingPayment('LONG', qty, mark, rate.negated()).toString()).toBe('-6');
  });
});

function lines(transaction: LedgerTransaction | undefined): [string, string][] {
  return transaction === undefined ? [] : entriesOf(transaction).map(({ kind, amount }) => [kind, amount.toString()]);
}

function total(transactions: readonly LedgerTransaction[]): Record<(typeof LEDGER_ACCOUNTS)[number], Decimal> {
  const sums = LEDGER_ACCOUNTS.map((account) => [
    account,
    Decimal.sum(transactions.map(({ postings }) => postings[account])),
  ]);
  return Object.fromEntries(sums) as Record<(typeof LEDGER_ACCOUNTS)[number], Decimal>;
}

/** The last change of each position. */
function lastOf(changes: readonly PositionChange[]): PositionChange[] {
  return [...new Map(changes.map((change) => [change.after.id, change])).values()];
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, index) => ({ item, place: Math.imul(index + 1, seed | 1) >>> 0 }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
