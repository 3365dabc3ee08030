import { layout, signal } from '../../../test/factories/risk-cases.js';
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
