import { decided, follower, layout, receiptFor, signal } from '../../../test/factories/risk-cases.js';
import { marginBrackets } from '../margin/liquidation.js';
import { entrySizer, type SizedEntry } from '../sizing/size-entry.js';
import type { SignalPlan } from '../sizing/plan-entry.js';
import { entrySizeOf } from './entry-size.js';

function sizeOf(plan: SignalPlan, margin = '10') {
  if (plan.layout === null) throw new Error('no layout');
  const sized = entrySizer(plan.layout, plan.rules, plan.limits.entryFeePercent)(margin, 10) as SizedEntry;
  const { qty, notional, lossAtStop, fee } = entrySizeOf(plan, sized);
  return [qty, notional, fee, lossAtStop].map(String);
}

describe('what an entry may lose', () => {
  it('is the way to the stop, with the fees of both', () => {
    // 1 coin: 5 and 0.05 % of 100 and of 95.
    expect(sizeOf(signal())).toEqual(['1', '100', '0.05', '5.0975']);
    // To 105, with 0.05 % of 100 and of 105.
    expect(sizeOf(signal({ side: 'SHORT', layout: layout({ side: 'SHORT' }) }))).toEqual([
      '1',
      '100',
      '0.05',
      '5.1025',
    ]);
  });

  it('is the whole margin and the fees where there is no stop', () => {
    const none = layout({ plan: { stop: { unit: 'NONE' } } });
    expect(sizeOf(signal({ layout: none }))).toEqual(['1', '100', '0.05', '10.05']);
  });

  it('counts safety orders as filled, with their fees', () => {
    const plan = { stop: { unit: 'NONE' }, safety: { levels: 1, step_percent: 1, size_multiplier: 2 } };
    // 1 coin at 100 and 2 at 99: margin 29.8, 0.05 % of 298.
    expect(sizeOf(signal({ layout: layout({ plan }) }))).toEqual(['3', '298', '0.05', '29.949']);
  });
});

describe('liquidation before the stop', () => {
  const brackets = marginBrackets([{ upTo: null, ratePercent: '0.5' }]);
  const at = (leverage: number, plan = signal({ brackets })) => {
    const who = follower(null, {}, { leverage });
    return {
      outcome: decided(who, plan),
      gate: receiptFor(who, plan).gates.find(({ name }) => name === 'liquidation'),
    };
  };

  it('refuses a plan, and names the leverage and the stop that would do', () => {
    // Margin 10 of 100 at 10x: (100 - 10) / 0.995 = 90.45, below the stop at 95. At 25x: (100 - 4) / 0.995.
    expect(at(10).gate).toMatchObject({ verdict: 'PASSED', limit: { liquidation_price: '90.452261306533' } });
    const { outcome, gate } = at(25);
    expect(outcome).toMatchObject({ verdict: 'REFUSED', reason: 'LIQUIDATION_BEFORE_STOP' });
    expect(gate).toMatchObject({
      input: { stop_loss: '95' },
      limit: { liquidation_price: '96.482412060302', leverage: 25 },
      change: {
        words: 'lower the leverage from 25, or have the stop above 96.482412060302',
        data: { stop_loss: '96.48241207' },
      },
    });
  });

  it('names the first stop that is not yet too late, however near the liquidation lies to the next one', () => {
    // 2.2 coins for 220: 210 ÷ (2.2 × 0.995) = 95.9342165372, so 95.93421653 would be too late.
    expect(at(22).gate?.change?.data).toEqual({ stop_loss: '95.93421654' });
  });

  it('looks at each order as the market would reach it', () => {
    // At 20x 100 is liquidated at 95.48, before the safety order at 95 that would save it; the stop lies at 94.
    const plan = { stop: { unit: 'PRICE', value: '94' }, safety: { levels: 1, step_percent: 5, size_multiplier: 9 } };
    const layered = signal({ brackets, layout: layout({ plan }) });
    expect(at(20, layered).gate).toMatchObject({ verdict: 'REFUSED', limit: { liquidation_price: '95.477386934674' } });
    const nearer = { ...plan, safety: { ...plan.safety, step_percent: 4 } };
    expect(at(20, signal({ brackets, layout: layout({ plan: nearer }) })).gate?.verdict).toBe('PASSED');
  });

  it('asks nothing of a plan without a stop, of spot, or of a venue that liquidates nothing', () => {
    const none = layout({ plan: { stop: { unit: 'NONE' } } });
    expect(at(25, signal({ brackets, layout: none })).gate?.verdict).toBe('NOT_SET');
    expect(at(25, signal({ brackets, isSpot: true })).gate?.verdict).toBe('NOT_SET');
    expect(at(25, signal()).gate?.verdict).toBe('NOT_SET');
  });

  it('counts with cross margin what the account has free, less fees, and never less than the margin', () => {
    const isCross = true;
    const plan = signal({ brackets, isCross });
    const of = (change: object) => receiptFor(follower(null, {}, { leverage: 25, ...change }), plan);
    const limitOf = (change: object) => of(change).gates.find(({ name }) => name === 'liquidation');
    // 2.5 coins for 250: (250 − (22 − 2 − 0.125)) ÷ (2.5 × 0.995).
    expect(limitOf({ balance: '22', marginUsed: '2' })).toMatchObject({
      verdict: 'PASSED',
      limit: { liquidation_price: '92.512562814071', leverage: 25, margin_mode: 'CROSS' },
    });
    expect(limitOf({ balance: '12', marginUsed: '1' })).toMatchObject({
      verdict: 'REFUSED',
      limit: { liquidation_price: '96.130653266332' },
    });
    // An account that has nothing free is refused for that alone.
    expect(limitOf({ balance: '2' })?.limit.liquidation_price).toBe('96.482412060302');
    const none = signal({ brackets, isCross, layout: layout({ plan: { stop: { unit: 'NONE' } } }) });
    const { gates } = receiptFor(follower({ max_worst_case_loss_usdt: '999.9' }), none);
    expect(gates.find(({ name }) => name === 'worst_case_loss')).toMatchObject({
      verdict: 'REFUSED',
      input: { loss_at_stop: '1000' },
    });
  });

  it('with cross margin loses no more at its stop, and without one all that is free and every fee', () => {
    const lossOf = (plan: SignalPlan, balance = '1000') =>
      receiptFor(follower({ max_worst_case_loss_usdt: '0' }, {}, { balance }), plan).gates.find(
        ({ name }) => name === 'worst_case_loss',
      )?.input.loss_at_stop;
    expect(lossOf(signal({ brackets, isCross: true }))).toBe('5.0975');
    const safety = { levels: 1, step_percent: 1, size_multiplier: 2 };
    const open = layout({ plan: { stop: { unit: 'NONE' }, safety } });
    // 3 coins for 298: the fees of all three are in what is free, whatever they come to.
    expect(lossOf(signal({ brackets, isCross: true, layout: open }))).toBe('1000');
    // An account that has less than the margin of 29.8 loses that, and 0.05 % of 298.
    expect(lossOf(signal({ brackets, isCross: true, layout: open }), '20')).toBe('29.949');
    expect(decided(follower(), signal({ isCross: true })).verdict).toBe('OPENED');
    const tiny = follower(null, {}, { perTradeUsdt: '0.5' });
    expect(decided(tiny, signal({ brackets, isCross: true }))).toMatchObject({ reason: 'BELOW_MIN_QTY' });
  });

  it('leverage is bounded by the bracket of what it buys, safety orders included', () => {
    const table = marginBrackets([
      { upTo: '150', ratePercent: '2' },
      { upTo: null, ratePercent: '10' },
    ]);
    expect(at(25, signal({ brackets: table })).gate).toMatchObject({ limit: { leverage: 15 } });
    const layered = layout({ plan: { safety: { levels: 1, step_percent: 1, size_multiplier: 2 } } });
    expect(at(25, signal({ brackets: table, layout: layered })).gate).toMatchObject({ limit: { leverage: 5 } });
  });
});

it('what is not large enough is shown at the planned price', () => {
  const rules = { ...signal().rules, minQty: '0.3' };
  const gates = receiptFor(follower(null, {}, { perTradeUsdt: '2.9' }), signal({ rules })).gates;
  const of = (gate: string) => gates.find(({ name }) => name === gate);
  // 29 of exposure buys 0.2 in lots of 0.1.
  expect(of('min_qty')).toMatchObject({ verdict: 'REFUSED', input: { qty: '0.2' } });
  expect(of('min_notional')?.input).toEqual({ notional: '20' });
  expect(of('total_margin')?.input).toEqual({ margin_used: '0', margin: '2' });
});
