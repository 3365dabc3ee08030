/** Orders of a laid-out plan: who gets the money of an order that is too small, and where safety orders end. */
import { btcRules, layoutOf } from '../../../test/factories/layouts.js';
import { Decimal } from '../money/decimal.js';
import { entrySizer, investmentOf, type SizedEntry } from './size-entry.js';

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

  it('end with the first safety order that is too small or passes the largest investment', () => {
    const safety = { levels: 3, step_percent: '1', size_multiplier: '1' };
    expect(sized({ safety }, '140').safetyLegs).toBe(3);
    expect(sized({ safety: { ...safety, max_investment_usdt: '300' } }, '140').safetyLegs).toBe(1);
    expect(sized({ safety: { ...safety, size_multiplier: '0.3' } }, '70').safetyLegs).toBe(1);
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
