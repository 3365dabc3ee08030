/** Cross margin: when an account is liquidated, at which price of one symbol, and within which bounds it cannot be. */
import fc from 'fast-check';
import { Decimal } from '../money/decimal.js';
import {
  boundAgainst,
  type CrossAccount,
  crossEquity,
  crossFigures,
  type CrossHolding,
  crossMaintenance,
  crossSlack,
  isUsedUp,
  liquidationBounds,
  type Marks,
  watchBounds,
} from './cross.js';
import { exactLiquidationPrice, liquidationPrice, marginBrackets } from './liquidation.js';

const dec = (text: string) => Decimal.of(text);
const FLAT = marginBrackets([{ upTo: null, ratePercent: '0.5' }]);
const STEPS = marginBrackets([
  { upTo: '50000', ratePercent: '0.5' },
  { upTo: '250000', ratePercent: '1' },
  { upTo: null, ratePercent: '2.5' },
]);
const UNIT = dec('0.000000000001');

const holding = (symbol: string, side: 'LONG' | 'SHORT', qty: string, entry: string): CrossHolding => ({
  symbol,
  side,
  qty: dec(qty),
  cost: dec(qty).times(dec(entry)),
});
const at = (marks: Record<string, string>): Marks =>
  new Map(Object.entries(marks).map(([symbol, price]) => [symbol, dec(price)]));

describe('cross margin', () => {
  it('counts the wallet and the open PnL of all positions against the sum of maintenance margins', () => {
    const account = {
      wallet: dec('20'),
      holdings: [holding('A', 'LONG', '1', '100'), holding('B', 'SHORT', '2', '50')],
    };
    const marks = at({ A: '90', B: '51' });
    expect(crossEquity(account, marks).toString()).toBe('8');
    expect(crossMaintenance(account, marks, FLAT).toString()).toBe('0.96');
    expect(crossSlack(account, marks, FLAT).toString()).toBe('7.04');
    const { equity, maintenance, ratioPercent } = crossFigures(account, marks, FLAT);
    expect([equity, maintenance, ratioPercent].map(String)).toEqual(['8', '0.96', '12']);
  });

  it('has a margin ratio of 100 % where it is liquidated, and none where no equity is left', () => {
    const ratio = (mark: string) => {
      const account = { wallet: dec('50'), holdings: [holding('A', 'LONG', '1', '100')] };
      return crossFigures(account, at({ A: mark }), FLAT).ratioPercent?.toString() ?? null;
    };
    expect(ratio('50.251256281408')).toBe('100');
    expect(ratio('50')).toBeNull();
  });

  it('liquidates one position where its wallet meets the maintenance margin, further away than with isolated margin', () => {
    const account = { wallet: dec('50'), holdings: [holding('A', 'LONG', '1', '100')] };
    // 50 + p − 100 = 0.005 p
    const { below, above } = liquidationBounds(account, 'A', at({ A: '100' }), FLAT);
    expect(below?.toString()).toBe('50.251256281408');
    expect(above).toBeNull();
    const short = { wallet: dec('50'), holdings: [holding('A', 'SHORT', '1', '100')] };
    expect(liquidationBounds(short, 'A', at({ A: '100' }), FLAT)).toEqual({
      below: null,
      above: dec('149.253731343283'),
    });
  });

  it('takes the bracket of the notional at the price itself', () => {
    // At 500 the notional of 100 is at the end of the first bracket; a SHORT runs into the second.
    const short = { wallet: dec('10000'), holdings: [holding('A', 'SHORT', '100', '450')] };
    const bounds = liquidationBounds(short, 'A', at({ A: '450' }), STEPS);
    // 10,000 + 45,000 − 100 p = p − 250
    expect(bounds.above?.toString()).toBe('547.029702970297');
  });

  it('moves the price of one position with the profit and loss of the others', () => {
    const holdings = [holding('A', 'LONG', '1', '100'), holding('B', 'LONG', '1', '100')];
    const account = { wallet: dec('20'), holdings };
    const even = liquidationBounds(account, 'A', at({ A: '100', B: '100' }), FLAT).below;
    const worse = liquidationBounds(account, 'A', at({ A: '100', B: '95' }), FLAT).below;
    const better = liquidationBounds(account, 'A', at({ A: '100', B: '110' }), FLAT).below;
    expect([even, worse, better].map((price) => price?.rounded(2, 'half_even').toString())).toEqual([
      '80.9',
      '85.9',
      '70.9',
    ]);
  });

  it('has bounds on both sides where both sides of a symbol are held, and shows the one that there is', () => {
    const account = {
      wallet: dec('10'),
      holdings: [holding('A', 'LONG', '1', '100'), holding('A', 'SHORT', '1', '100')],
    };
    const hedged = liquidationBounds(account, 'A', at({ A: '100' }), FLAT);
    // Only the maintenance margin of both grows: 10 = 0.01 p.
    expect(hedged.below).toBeNull();
    expect([boundAgainst('LONG', hedged), boundAgainst('SHORT', hedged)].map(String)).toEqual(['1000', '1000']);
  });

  it('says the mark itself for an account that is used up, and watches it no further', () => {
    const account = { wallet: dec('10'), holdings: [holding('A', 'LONG', '1', '100')] };
    const marks = at({ A: '90.4' });
    expect(isUsedUp(crossSlack(account, marks, FLAT))).toBe(true);
    expect(liquidationBounds(account, 'A', marks, FLAT).below?.toString()).toBe('90.4');
    expect(watchBounds(account, marks, FLAT)).toBeUndefined();
  });

  it('needs the mark of every symbol that is held', () => {
    const account = { wallet: dec('10'), holdings: [holding('A', 'LONG', '1', '100')] };
    expect(() => crossSlack(account, at({}), FLAT)).toThrow('no mark price of A');
    expect(liquidationBounds(account, 'B', at({ A: '100' }), FLAT)).toEqual({ below: null, above: null });
  });
});

const cents = (min: number, max: number) =>
  fc.integer({ min, max }).map((value) => Decimal.ofInteger(value).times(dec('0.01')));
const someHolding = (symbol: string) =>
  fc.record({
    symbol: fc.constant(symbol),
    side: fc.constantFrom('LONG' as const, 'SHORT' as const),
    qty: cents(1, 100_000),
    entry: cents(5_000, 15_000),
  });
const someAccount: fc.Arbitrary<CrossAccount> = fc
  .record({
    wallet: cents(1, 10_000_000),
    held: fc.array(fc.constantFrom('A', 'B', 'C').chain(someHolding), { minLength: 1, maxLength: 5 }),
  })
  .map(({ wallet, held }) => ({
    wallet,
    holdings: held.map(({ entry, ...rest }) => ({ ...rest, cost: rest.qty.times(entry) })),
  }));
const someMarks: fc.Arbitrary<Marks> = fc
  .tuple(cents(5_000, 15_000), cents(5_000, 15_000), cents(5_000, 15_000))
  .map(([a, b, c]) => new Map(Object.entries({ A: a, B: b, C: c })));
const BRACKETS = fc.constantFrom(FLAT, STEPS);

describe('cross margin, whatever is held', () => {
  it('is used up at its liquidation price and not before it', () => {
    fc.assert(
      fc.property(someAccount, someMarks, BRACKETS, (account, marks, brackets) => {
        fc.pre(!isUsedUp(crossSlack(account, marks, brackets)));
        for (const symbol of new Set(account.holdings.map((held) => held.symbol))) {
          const { below, above } = liquidationBounds(account, symbol, marks, brackets);
          const slackAt = (price: Decimal) => crossSlack(account, new Map([...marks, [symbol, price]]), brackets);
          // Rounding to 12 places, of quantities up to 1,000, is worth less than 0.00000001.
          const near = dec('0.00000001');
          for (const bound of [below, above]) if (bound !== null) expect(slackAt(bound).abs().lt(near)).toBe(true);
          const mark = marks.get(symbol) as Decimal;
          if (below !== null) expect(slackAt(below.plus(mark).dividedBy(dec('2'), 12, 'ceil')).isPositive).toBe(true);
          else expect(slackAt(UNIT).isNegative).toBe(false);
          if (above !== null) expect(slackAt(above.plus(mark).dividedBy(dec('2'), 12, 'floor')).isPositive).toBe(true);
          else expect(slackAt(mark.times(dec('1000000'))).isPositive).toBe(true);
        }
      }),
    );
  });

  it('cannot be used up while every symbol is within its bounds, however they move together', () => {
    const place = fc.integer({ min: 0, max: 1_000_000 }).map((part) => dec('0.000001').times(Decimal.ofInteger(part)));
    fc.assert(
      fc.property(
        someAccount,
        someMarks,
        BRACKETS,
        fc.tuple(place, place, place),
        (account, marks, brackets, places) => {
          const bounds = watchBounds(account, marks, brackets);
          fc.pre(bounds !== undefined);
          const moved = new Map(
            [...marks].map(([symbol, mark], index) => {
              const { below, above } = bounds.get(symbol) ?? { below: null, above: null };
              const low = (below ?? Decimal.ZERO).plus(UNIT);
              const high = (above ?? mark.times(dec('100'))).minus(UNIT);
              return [symbol, low.plus(high.minus(low).times(places[index] as Decimal))] as const;
            }),
          );
          expect(isUsedUp(crossSlack(account, moved, brackets))).toBe(false);
          for (const [symbol, { below, above }] of bounds) {
            const mark = Number((marks.get(symbol) as Decimal).toString());
            if (below !== null) expect(Number(below.toString())).toBeLessThan(mark);
            if (above !== null) expect(Number(above.toString())).toBeGreaterThan(mark);
          }
        },
      ),
    );
  });

  it('watches a single symbol to its liquidation price, less the smallest amount of money', () => {
    const single = someAccount.map(({ wallet, holdings }) => ({ wallet, holdings: holdings.slice(0, 1) }));
    fc.assert(
      fc.property(single, someMarks, BRACKETS, (account, marks, brackets) => {
        const bounds = watchBounds(account, marks, brackets);
        fc.pre(bounds !== undefined);
        const [{ symbol, side, qty, cost }] = account.holdings as [CrossHolding];
        const shown = liquidationBounds(account, symbol, marks, brackets);
        const watched = bounds.get(symbol);
        const limit = side === 'LONG' ? [shown.below, watched?.below] : [shown.above, watched?.above];
        const worth = limit[0]
          ?.minus(limit[1] as Decimal)
          .abs()
          .minus(UNIT)
          .times(qty);
        expect(worth?.lt(dec('0.00000002')) ?? limit[1] === null).toBe(true);
        const position = { side, qty, cost, collateral: account.wallet };
        const exact = exactLiquidationPrice(position, brackets);
        expect(
          exact
            ?.minus(limit[0] as Decimal)
            .abs()
            .lte(UNIT) ?? limit[0] === null,
        ).toBe(true);
        const byEntry = liquidationPrice(position, FLAT);
        if (brackets === FLAT) expect(String(exact)).toBe(String(byEntry));
      }),
    );
  });
});
