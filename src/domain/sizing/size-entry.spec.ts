/** Orders of a laid-out plan: who gets the money of an order that is too small, and where safety orders end. */
import { btcRules, layoutOf } from '../../../test/factories/layouts.js';
import { Decimal } from '../money/decimal.js';
import { entrySizer, investmentOf, type SizedEntry, smallestExposure } from './size-entry.js';

const FEE = Decimal.of('0.05');
const rules = { ...btcRules, lotStep: '0.001', minQty: '0.001', minNotional: '100' };
const ladder = (shares: string[]) => ({
  entry: { kind: 'LADDER', prices: ['70000', '69900', '69800'].slice(0, shares.length), shares },
});

function sized(plan: object, perTrade: string, leverage = 10): SizedEntry {
  const entry = entrySizer(layoutOf({ plan, rules, stop: '50000' }), rules, FEE)(perTrade, leverage);
  if ('tooSmall' in entry) throw new Error(entry.tooSmall);
  return entry;
}

const texts = (values: readonly Decimal[]): string[] => values.map(String);

describe('the orders of an entry', () => {
  it('give the money of one that is too small to the next, and of the last to the one before it', () => {
    const first = sized(ladder(['5', '45', '50']), '100');
    expect(texts(first.legPrices)).toEqual(['69900', '69800']);
    expect(texts(first.legQtys)).toEqual(['0.007', '0.007']);
    const last = sized(ladder(['50', '45', '5']), '140');
    expect(texts(last.legPrices)).toEqual(['70000', '69900']);
    expect(texts(last.legQtys)).toEqual(['0.01', '0.01']);
    const kept = sized(ladder(['50', '45', '5']), '420');
    expect(texts(kept.legQtys)).toEqual(['0.03', '0.027', '0.003']);
    // 5 % of 1,400 is 70: one lot more at 70,000.
    expect(texts(sized(ladder(['95', '5']), '140').legQtys)).toEqual(['0.02']);
  });

  it('are large enough at exactly the smallest notional', () => {
    const exact = { ...rules, minNotional: '70' };
    const entry = entrySizer(layoutOf({ rules: exact }), exact, FEE);
    expect(entry('7', 10)).toMatchObject({ qty: Decimal.of('0.001') });
    expect(entry('6.99', 10)).toMatchObject({ tooSmall: 'BELOW_MIN_QTY', detail: { qty: '0', min_qty: '0.001' } });
    const dear = { ...rules, minNotional: '70.01' };
    const refused = entrySizer(layoutOf({ rules: dear }), dear, FEE)('7', 10);
    expect(refused).toEqual({ tooSmall: 'BELOW_MIN_NOTIONAL', detail: { notional: '70', min_notional: '70.01' } });
  });

  it('are too small where the quantity is, whatever they are worth', () => {
    const coarse = { ...rules, minQty: '0.003', minNotional: '100' };
    expect(entrySizer(layoutOf({ rules: coarse }), coarse, FEE)('14', 10)).toEqual({
      tooSmall: 'BELOW_MIN_QTY',
      detail: { qty: '0.002', min_qty: '0.003' },
    });
  });

  it('never come to more than the plan may invest', () => {
    const entry = sized({ safety: { max_investment_usdt: '70' } }, '140');
    expect([entry.qty.toString(), entry.margin.toString()]).toEqual(['0.01', '70']);
  });

  it('are closed by targets that are large enough', () => {
    expect(texts(sized({}, '21').targetQtys)).toEqual(['0', '0', '0.003']);
  });

  it('are possible from the smallest exposure on, at what the market takes for it', () => {
    const least = (plan: object, filledAt?: (qty: Decimal) => Decimal, market?: string) =>
      smallestExposure(
        layoutOf({ plan, rules, stop: '50000', ...(market === undefined ? {} : { market }) }),
        rules,
        filledAt,
      ).toString();
    // Two lots of 0.001 are worth 100: 140 of 70,000, of which a ladder has 139.8 at 69,900 with half or all of the money.
    expect(least({})).toBe('140');
    expect(least(ladder(['10', '90']))).toBe('139.8');
    expect(least(ladder(['90', '10']))).toBe('139.8');
    expect(least({}, (qty) => (qty.eq(Decimal.of('0.002')) ? Decimal.of('70700') : Decimal.ZERO))).toBe('141.4');
    expect(least({}, () => Decimal.of('69000'))).toBe('140');
    expect(least({}, () => Decimal.of('70700'), '70400')).toBe('140');
    expect(least({ entry: { kind: 'LADDER', prices: ['70000', '60000'], shares: ['90', '10'] } })).toBe('120');
    // Three lots at 49,000 are 147; 99 % buy two at 70,000 for less.
    const deep = { entry: { kind: 'LADDER', prices: ['70000', '49000'], shares: ['99', '1'] } };
    expect(smallestExposure(layoutOf({ plan: deep, rules, stop: '40000' }), rules).toString()).toBe('141.41414142');
  });

  it('end with the first safety order that is too small or passes the largest investment', () => {
    const safety = { levels: 3, step_percent: '1', size_multiplier: '1' };
    expect(sized({ safety }, '140').safetyLegs).toBe(3);
    expect(sized({ safety: { ...safety, max_investment_usdt: '300' } }, '140').safetyLegs).toBe(1);
    expect(sized({ safety: { ...safety, size_multiplier: '0.3' } }, '70').safetyLegs).toBe(1);
    // 0.1 of 1,400 buys two lots at 69,300, the fewest that are worth 100.
    expect(sized({ safety: { ...safety, levels: 1, size_multiplier: '0.1' } }, '140').safetyLegs).toBe(1);
  });

  it('come to at most what the plan allows together', () => {
    const safety = { levels: 2, step_percent: '1', size_multiplier: '2' };
    const open = layoutOf({ stop: '50000', plan: { safety } });
    expect(investmentOf(open, Decimal.of('100')).toString()).toBe('700');
    const capped = layoutOf({ stop: '50000', plan: { safety: { ...safety, max_investment_usdt: '250' } } });
    expect(investmentOf(capped, Decimal.of('100')).toString()).toBe('250');
    expect(investmentOf(capped, Decimal.of('10')).toString()).toBe('70');
    expect(investmentOf(layoutOf(), Decimal.of('100')).toString()).toBe('100');
  });

  it('cost no more at what they fill at, and the ladder of targets covers them', () => {
    const layout = layoutOf({ rules });
    const dearer = () => Decimal.of('70700');
    const entry = entrySizer(layout, rules, FEE, dearer)('140', 10) as SizedEntry;
    expect([entry.entryPrice.toString(), entry.qty.toString()]).toEqual(['70700', '0.019']);
    expect(entry.entryFee.eq(entry.fee)).toBe(true);
    expect(Decimal.sum(entry.targetQtys).eq(entry.qty)).toBe(true);
    const waiting = entrySizer(layoutOf({ rules, market: '70400' }), rules, FEE, dearer)('140', 10) as SizedEntry;
    expect([waiting.entryPrice.toString(), waiting.entryFee.toString()]).toEqual(['70000', '0']);
  });
});
