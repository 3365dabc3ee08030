import fc from 'fast-check';
import { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';
import { bracketOf, leverageWithin, liquidationPrice, maintenanceMargin, marginBrackets } from './liquidation.js';

const TABLE = [
  { upTo: '50000', ratePercent: '0.4' },
  { upTo: '250000', ratePercent: '0.5' },
  { upTo: '1000000', ratePercent: '1' },
  { upTo: null, ratePercent: '2.5' },
];
const BRACKETS = marginBrackets(TABLE);
const d = (text: string) => Decimal.of(text);

describe('margin brackets', () => {
  it('carry the maintenance amounts that Binance publishes for such a table', () => {
    expect(BRACKETS.map(({ amount }) => amount.toString())).toEqual(['0', '50', '1300', '16300']);
    expect(maintenanceMargin(d('100000'), BRACKETS).toString()).toBe('450');
    expect(bracketOf(d('50000'), BRACKETS).ratePercent.toString()).toBe('0.4');
    expect(bracketOf(d('50000.01'), BRACKETS).ratePercent.toString()).toBe('0.5');
  });

  it('make a maintenance margin that rises without a jump', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000 }), fc.integer({ min: 1, max: 1_000 }), (notional, more) => {
        const [low, high] = [notional, notional + more].map((value) =>
          maintenanceMargin(Decimal.ofInteger(value), BRACKETS),
        ) as [Decimal, Decimal];
        expect(high.gte(low)).toBe(true);
        expect(high.minus(low).lte(percentOf(Decimal.ofInteger(more), d('2.5')))).toBe(true);
      }),
    );
  });

  it.each([
    ['empty', []],
    ['without an open end', [{ upTo: '50000', ratePercent: '0.4' }]],
    ['that goes on after its end', [...TABLE, { upTo: '9', ratePercent: '9' }]],
    [
      'whose rate falls',
      [
        { upTo: '50000', ratePercent: '0.4' },
        { upTo: null, ratePercent: '0.3' },
      ],
    ],
    ['whose limits fall', [TABLE[1], TABLE[0], TABLE[3]] as typeof TABLE],
  ])('refuse a table %s', (_name, table) => {
    expect(() => marginBrackets(table)).toThrow(RangeError);
  });
});

describe('leverage', () => {
  it('is bounded by the bracket of what it buys', () => {
    expect(BRACKETS.map(({ maxLeverage }) => maxLeverage)).toEqual([125, 100, 50, 20]);
    expect(leverageWithin(50, d('100'), BRACKETS)).toBe(50);
    expect(leverageWithin(1, d('1000000000'), BRACKETS)).toBe(1);
  });

  it('is the highest that its own notional allows', () => {
    const allows = (leverage: number, money: Decimal) =>
      leverage <= bracketOf(money.times(Decimal.ofInteger(leverage)), BRACKETS).maxLeverage;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 3_000_000 }), (cap, usdt) => {
        const money = Decimal.ofInteger(usdt);
        const leverage = leverageWithin(cap, money, BRACKETS);
        expect(leverage >= 1 && leverage <= cap).toBe(true);
        expect(leverage === 1 || allows(leverage, money)).toBe(true);
        for (let more = leverage + 1; more <= cap; more += 1) expect(allows(more, money)).toBe(false);
      }),
    );
  });
});

describe('the liquidation price', () => {
  it('follows the formula by hand', () => {
    // 1 BTC at 20,000 with 10x: 2,000 of margin; (20000 - 2000) / (1 - 0.004) and (20000 + 2000) / (1 + 0.004).
    const position = { cost: d('20000'), qty: d('1'), collateral: d('2000') };
    expect(liquidationPrice({ ...position, side: 'LONG' }, BRACKETS)?.toString()).toBe('18072.289156626507');
    expect(liquidationPrice({ ...position, side: 'SHORT' }, BRACKETS)?.toString()).toBe('21912.350597609561');
    // 10 BTC: notional 200,000 lies in the second bracket, with its amount of 50.
    const larger = { cost: d('200000'), qty: d('10'), collateral: d('20000') };
    expect(liquidationPrice({ ...larger, side: 'LONG' }, BRACKETS)?.toString()).toBe('18085.427135678392');
  });

  it('does not exist for a long without leverage, or for nothing', () => {
    const whole = { side: 'LONG' as const, cost: d('20000'), qty: d('1'), collateral: d('20000') };
    expect(liquidationPrice(whole, BRACKETS)).toBeUndefined();
    expect(liquidationPrice({ ...whole, qty: Decimal.ZERO }, BRACKETS)).toBeUndefined();
  });

  it('is where the collateral is down to the maintenance margin, on the losing side, nearer with more leverage', () => {
    const held = fc.record({
      side: fc.constantFrom('LONG' as const, 'SHORT' as const),
      entry: fc.integer({ min: 1, max: 90_000 }),
      lots: fc.integer({ min: 1, max: 5_000 }),
      leverage: fc.integer({ min: 2, max: 40 }),
    });
    fc.assert(
      fc.property(held, ({ side, entry, lots, leverage }) => {
        const entryPrice = Decimal.ofInteger(entry);
        const qty = Decimal.ofInteger(lots).times(d('0.001'));
        const notional = qty.times(entryPrice);
        const collateral = notional.dividedBy(Decimal.ofInteger(leverage), 8, 'ceil');
        const price = liquidationPrice({ side, cost: notional, qty, collateral }, BRACKETS) as Decimal;
        expect(side === 'LONG' ? price.lt(entryPrice) : price.gt(entryPrice)).toBe(true);
        const pnl = side === 'LONG' ? price.minus(entryPrice).times(qty) : entryPrice.minus(price).times(qty);
        const { ratePercent, amount } = bracketOf(notional, BRACKETS);
        const left = collateral.plus(pnl).minus(percentOf(qty.times(price), ratePercent).minus(amount));
        expect(left.abs().lte(qty.times(d('0.000000000002')))).toBe(true);
        const nearer = liquidationPrice(
          { side, cost: notional, qty, collateral: collateral.times(d('0.9')) },
          BRACKETS,
        );
        expect(side === 'LONG' ? nearer?.gt(price) : nearer?.lt(price)).toBe(true);
      }),
    );
  });
});
