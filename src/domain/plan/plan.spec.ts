import fc from 'fast-check';
import { layoutOf, NO_CAPS, specOf, tryLayout } from '../../../test/factories/layouts.js';
import { Decimal } from '../money/decimal.js';
import { parsePlan, parsePlanChange, planText } from './parse-plan.js';
import { PLAN_FIELD_NAMES, PLAN_FIELDS } from './plan-fields.js';
import { resolvePlan } from './resolve-plan.js';

const problemsOf = (plan: unknown) => parsePlan(plan).problems.map(({ field }) => field);

describe('reading a change of a plan', () => {
  it.each(PLAN_FIELD_NAMES)('null clears %s where it may be empty, and nowhere else', (field) => {
    const { spec, problems } = parsePlanChange(planText({ [field]: null }));
    const isPrice = ['entry.prices', 'targets.values', 'stop.value'].includes(field);
    const mayBeEmpty = PLAN_FIELDS[field].fallback === null && !isPrice;
    expect(spec).toEqual(mayBeEmpty ? { [field]: null } : {});
    expect(problems.map((problem) => problem.field)).toEqual(mayBeEmpty ? [] : [`plan.${field}`]);
  });

  it('says what stands there instead', () => {
    const rules = parsePlanChange({ stop: { rules: null, value: null } }).problems.map(({ rule }) => rule);
    expect(rules).toEqual([
      'must not be null: its default is []',
      'must not be null: a trade that runs has no other prices than its own',
    ]);
  });

  it('leaves a layer’s null to the next layer', () => {
    expect(parsePlan({ exit: { after: null }, stop: { rules: null } })).toEqual({ spec: {}, problems: [] });
  });
});

describe('reading a plan', () => {
  it('takes every field that it documents, and gives back what it was given', () => {
    const plan = {
      entry: { kind: 'LADDER', prices: ['100', '99'], shares: ['60', '40'], expires_after: 3600, cancel_at_target: 1 },
      targets: { unit: 'R', values: ['1', '2'], split: 'SHARES', shares: ['50', '50'], trailing_percent: '0.5' },
      stop: { unit: 'PERCENT', value: '2', rules: [{ action: 'BREAKEVEN', at_target: 1 }] },
      exit: { after: 86400 },
      safety: { levels: 3, take_profit_percents: [null, '1.5'], symbols_off: ['DOGEUSDT'] },
      margin: { leverage: 5 },
    };
    expect(planText(specOf(plan))).toEqual(plan);
  });

  it.each([
    [{ entry: { kind: 'SOON' } }, 'plan.entry.kind'],
    [{ entry: { prices: ['0'] } }, 'plan.entry.prices'],
    [{ entry: { prices: Array(11).fill('1') } }, 'plan.entry.prices'],
    [{ entry: { prices: ['1', '2'], shares: ['50', '49'] } }, 'plan.entry.shares'],
    [{ entry: { prices: ['1', '2'], shares: ['100'] } }, 'plan.entry.shares'],
    [{ entry: { kind: 'ZONE', prices: ['1'] } }, 'plan.entry.prices'],
    [{ entry: { expires_after: 1.5 } }, 'plan.entry.expires_after'],
    [{ targets: { values: ['1e400'] } }, 'plan.targets.values'],
    [{ stop: { unit: 'PERCENT', value: '100' } }, 'plan.stop.value'],
    [{ stop: { rules: [{ action: 'BREAKEVEN' }] } }, 'plan.stop.rules'],
    [{ stop: { rules: [{ action: 'BELOW_HIGHEST', at_target: 1 }] } }, 'plan.stop.rules'],
    [{ stop: { rules: [{ action: 'MOVING_2_TARGET', at_target: 1 }] } }, 'plan.stop.rules'],
    [{ stop: { rules: [{ action: 'BREAKEVEN', at_target: 1, why: 1 }] } }, 'plan.stop.rules'],
    [{ safety: { levels: 11 } }, 'plan.safety.levels'],
    [{ safety: 3 }, 'plan.safety'],
    [{ magic: { wand: 1 } }, 'plan.magic.wand'],
    [[], 'plan'],
    [null, 'plan'],
  ])('%j names %s', (plan, field) => {
    expect(problemsOf(plan)).toContain(field);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.anything(), (anything) => Array.isArray(problemsOf(anything))));
    fc.assert(
      fc.property(fc.constantFrom(...PLAN_FIELD_NAMES), fc.anything(), (field, value) => {
        const [group, name] = field.split('.') as [string, string];
        return Array.isArray(problemsOf({ [group]: { [name]: value } }));
      }),
    );
  });
});

describe('resolving a plan', () => {
  const layers = (plans: Partial<Record<'signal' | 'source' | 'user' | 'platform', object>>) => ({
    signal: specOf(plans.signal ?? {}),
    source: specOf(plans.source ?? {}),
    user: specOf(plans.user ?? {}),
    platform: specOf(plans.platform ?? {}),
  });

  it('takes each field from the first layer that says something, and says which', () => {
    const { values, reasons } = resolvePlan(
      layers({
        signal: { entry: { kind: 'LIMIT' } },
        source: { entry: { kind: 'MARKET', expires_after: 60 } },
        user: { entry: { expires_after: 30, zone_orders: 3 } },
        platform: { targets: { split: 'DECREASING' } },
      }),
      NO_CAPS,
    );
    expect(values['entry.kind']).toBe('LIMIT');
    expect(values['entry.expires_after']).toBe(60);
    expect(values['entry.zone_orders']).toBe(3);
    expect(values['targets.split']).toBe('DECREASING');
    expect(values['targets.unit']).toBe('PRICE');
    expect(reasons).toMatchObject({
      'entry.kind': { from: 'signal' },
      'entry.expires_after': { from: 'source' },
      'entry.zone_orders': { from: 'user' },
      'targets.split': { from: 'platform' },
      'targets.unit': { from: 'default' },
    });
    expect(Object.keys(reasons)).toHaveLength(PLAN_FIELD_NAMES.length);
  });

  it('never reads a value by the unit of another layer', () => {
    const mixed = layers({
      signal: { stop: { value: '69000' }, targets: { unit: 'R', values: ['2'] } },
      user: { stop: { unit: 'PERCENT', value: '5' }, targets: { unit: 'PERCENT', values: ['3', '4'] } },
    });
    const { values, reasons } = resolvePlan(mixed, NO_CAPS);
    expect(values).toMatchObject({ 'stop.unit': 'PRICE', 'stop.value': '69000' });
    expect(values).toMatchObject({ 'targets.unit': 'R', 'targets.values': ['2'] });
    expect(reasons).toMatchObject({ 'stop.unit': { from: 'default' }, 'stop.value': { from: 'signal' } });
    const none = resolvePlan(layers({ source: { stop: { unit: 'NONE' } }, user: { stop: { value: '5' } } }), NO_CAPS);
    expect(none.values).toMatchObject({ 'stop.unit': 'NONE', 'stop.value': null });
  });

  it('lets the caps of the user win, and the lowest leverage', () => {
    const { values, reasons } = resolvePlan(
      layers({
        signal: { safety: { levels: 8 }, stop: { unit: 'NONE' }, margin: { leverage: 20 } },
        source: { margin: { leverage: 12 } },
      }),
      { maxSafetyLevels: 2, maxInvestmentUsdt: '50', allowsNoStop: false, allowsCross: false },
    );
    expect(values).toMatchObject({
      'safety.levels': 2,
      'safety.max_investment_usdt': '50',
      'stop.unit': 'PERCENT',
      'stop.value': '10',
      'margin.leverage': 12,
    });
    expect(reasons['safety.levels']).toEqual({ from: 'user', clampedFrom: 8 });
    expect(reasons['margin.leverage']).toEqual({ from: 'source', clampedFrom: 20 });
  });

  it('puts the whole account behind a trade for a user who allows it only', () => {
    const asked = layers({ signal: { margin: { mode: 'cross' } } });
    const kept = resolvePlan(asked, NO_CAPS);
    expect(kept.values['margin.mode']).toBe('ISOLATED');
    expect(kept.reasons['margin.mode']).toEqual({ from: 'user', clampedFrom: 'CROSS' });
    const allowed = resolvePlan(asked, { ...NO_CAPS, allowsCross: true });
    expect(allowed.values['margin.mode']).toBe('CROSS');
    expect(allowed.reasons['margin.mode']).toEqual({ from: 'signal' });
    expect(problemsOf({ margin: { mode: 'BOTH' } })).toEqual(['plan.margin.mode']);
  });

  it('has defaults that its own rules accept', () => {
    for (const field of PLAN_FIELD_NAMES) {
      const [group, name] = field.split('.') as [string, string];
      expect(problemsOf({ [group]: { [name]: PLAN_FIELDS[field].fallback } })).toEqual([]);
    }
  });
});

describe('laying a plan out', () => {
  const prices = (values: readonly { price: Decimal }[]) => values.map(({ price }) => price.toString());

  it('enters at market near the price, waits otherwise, refuses beyond the stop', () => {
    expect(layoutOf({ market: '70100' })).toMatchObject({ entryType: 'MARKET' });
    expect(layoutOf({ market: '70400' })).toMatchObject({ entryType: 'LIMIT' });
    expect(layoutOf({ market: null })).toMatchObject({ entryType: 'LIMIT' });
    expect(tryLayout({ market: '69500' })).toEqual({ refusal: 'PRICE_BEYOND_STOP' });
  });

  it('keeps a largest deviation from the price of the signal', () => {
    const plan = { entry: { kind: 'MARKET', max_deviation_percent: '0.1' } };
    expect(layoutOf({ plan, market: '70070' }).entryType).toBe('MARKET');
    expect(tryLayout({ plan, market: '70071' })).toEqual({ refusal: 'PRICE_DEVIATION' });
    expect(tryLayout({ plan, market: null })).toEqual({ refusal: 'NO_PRICE' });
  });

  it('chases up to a cap and waits there', () => {
    const plan = { entry: { kind: 'CHASE', chase_percent: '0.5' } };
    expect(prices(layoutOf({ plan, market: '70300' }).legs)).toEqual(['70300']);
    const capped = layoutOf({ plan, market: '70400' });
    expect(capped.entryType).toBe('LIMIT');
    expect(prices(capped.legs)).toEqual(['70350']);
  });

  it('waits for a breakout, or enters when it has happened', () => {
    const plan = { entry: { kind: 'BREAKOUT', prices: ['70200'] } };
    expect(layoutOf({ plan })).toMatchObject({ entryType: 'BREAKOUT', plan: { entryTrigger: 'BREAKOUT' } });
    expect(layoutOf({ plan, market: '70250' })).toMatchObject({ entryType: 'MARKET' });
    const near = layoutOf({ plan: { entry: { ...plan.entry, max_deviation_percent: '0.3' } } });
    expect(near.plan.maxDeviation?.toString()).toBe('0.3');
  });

  it('splits a ladder and a zone, nearest first, and leaves out what lies beyond the stop', () => {
    const ladder = layoutOf({
      plan: { entry: { kind: 'LADDER', prices: ['69800', '70000', '69400'], shares: ['25', '25', '50'] } },
    });
    expect(prices(ladder.legs)).toEqual(['70000', '69800']);
    expect(ladder.legs.map(({ share }) => share.toString())).toEqual(['50', '50']);
    const zone = layoutOf({ plan: { entry: { kind: 'ZONE', prices: ['69700', '70000'], zone_orders: 4 } } });
    expect(prices(zone.legs)).toEqual(['70000', '69900', '69800', '69700']);
    expect(tryLayout({ plan: { entry: { kind: 'LADDER', prices: ['69400'] } } })).toEqual({
      refusal: 'STOP_ON_WRONG_SIDE',
    });
  });

  it('shares the money evenly where the shares are for another number of prices, and never spends more than all', () => {
    const plan = { entry: { kind: 'LADDER', prices: ['70000', '69900', '69800'] } };
    const sharesOf = (shares: readonly string[]) =>
      layoutOf({ plan, userPlan: { entry: { shares } } }).legs.map(({ share }) => share.toString());
    expect(sharesOf(['50', '50'])).toEqual(['33.33333333', '33.33333333', '33.33333333']);
    expect(sharesOf(['10', '20', '30', '40'])).toEqual(['33.33333333', '33.33333333', '33.33333333']);
    expect(sharesOf(['20', '30', '50'])).toEqual(['20', '30', '50']);
  });

  it('leaves out what lies beyond the stop, however much of the money is there', () => {
    const entry = { kind: 'LADDER', prices: ['70000', '69400'], shares: ['1', '99'] };
    const { legs } = layoutOf({ plan: { entry } });
    expect(prices(legs)).toEqual(['70000']);
    expect(legs.map(({ share }) => share.toString())).toEqual(['100']);
  });

  it('takes targets as percent and as multiples of the risk', () => {
    const percent = layoutOf({ plan: { targets: { unit: 'PERCENT', values: ['1', '2.5'] } } });
    expect(percent.targets.map(String)).toEqual(['70700', '71750']);
    const risk = layoutOf({ plan: { targets: { unit: 'R', values: ['1', '3'] } } });
    expect(risk.targets.map(String)).toEqual(['70500', '71500']);
    const short = layoutOf({
      side: 'SHORT',
      stop: '70500',
      targets: ['69000'],
      plan: { targets: { unit: 'R', values: ['2'] }, stop: { unit: 'PERCENT', value: '1' } },
    });
    expect(short.stopLoss?.toString()).toBe('70700');
    expect(short.targets.map(String)).toEqual(['68600']);
    expect(tryLayout({ plan: { targets: { values: ['69000'] } } })).toEqual({ refusal: 'TARGETS_ON_WRONG_SIDE' });
  });

  it('refuses targets that a part of the entries would reach at once, unless they follow the average', () => {
    const entry = { kind: 'LADDER', prices: ['70000', '69000', '68000'] };
    const targets = { unit: 'PERCENT', values: ['0.5', '3'] };
    const shape = { stop: '60000', plan: { entry, targets } };
    expect(tryLayout(shape)).toEqual({ refusal: 'TARGETS_ON_WRONG_SIDE' });
    const following = layoutOf({ ...shape, plan: { entry, targets: { ...targets, anchor: 'AVERAGE' } } });
    expect(following.targets).toHaveLength(2);
  });

  it('spaces safety orders by step and multiplier, and stops before the stop', () => {
    const safety = { levels: 5, step_percent: '1', step_multiplier: '2', size_multiplier: '1.5' };
    const open = layoutOf({ plan: { stop: { unit: 'NONE' }, safety } });
    expect(prices(open.safety)).toEqual(['69300', '67914', '65197.4', '59981.6', '50384.5']);
    expect(open.safety.map(({ factor }) => factor.toString())).toEqual(['1.5', '2.25', '3.375', '5.0625', '7.59375']);
    expect(layoutOf({ plan: { safety } }).safety).toEqual([]);
    expect(layoutOf({ stop: '67000', plan: { safety } }).safety).toHaveLength(2);
    expect(layoutOf({ stop: '67000', plan: { safety: { ...safety, symbols_off: ['BTCUSDT'] } } }).safety).toEqual([]);
  });
});
