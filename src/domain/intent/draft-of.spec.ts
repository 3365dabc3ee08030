import * as fc from 'fast-check';
import { checkSignal, type SignalDraft } from '../signal/check-signal.js';
import { draftOf, isAtMarket } from './draft-of.js';
import type { EnterIntent } from './intent.js';

const INTENT: EnterIntent = {
  kind: 'ENTER',
  symbol: 'sol/usdt',
  side: 'LONG',
  entry: '150',
  stopLoss: '144',
  targets: ['154', '158.5'],
  tradeType: null,
  leverage: null,
  confidence: null,
  plan: {},
  meta: { timeframe: '4h' },
  ref: null,
};

const intent = (over: Partial<EnterIntent> = {}): EnterIntent => ({ ...INTENT, ...over });
const draft = (over: Partial<EnterIntent>, profile = {}, entry = '150') =>
  draftOf(intent(over), profile, entry) as SignalDraft;

const PROFILE = {
  'stop.unit': 'PERCENT',
  'stop.value': '4',
  'targets.unit': 'R',
  'targets.values': ['1', '2'],
  'margin.leverage': 5,
} as const;

describe('the signal that an intent makes', () => {
  it('is what the intent says, with the usual where nothing is said', () => {
    expect(draft({})).toEqual({
      symbol: 'SOLUSDT',
      side: 'LONG',
      entry: '150',
      stopLoss: '144',
      targets: ['154', '158.5'],
      tradeType: 'FUTURES',
      duration: 'SHORT',
      leverage: 1,
      confidence: 0,
      plan: {},
      meta: { timeframe: '4h' },
    });
  });

  it('takes what is unsaid from its source, and measures it from the entry', () => {
    const made = draft({ stopLoss: null, targets: [] }, PROFILE);
    expect(made).toMatchObject({ stopLoss: '144', targets: ['156', '162'], leverage: 5 });
    expect(made.plan).toEqual({ 'margin.leverage': 5 });
  });

  it('prefers what the intent says to what its source usually wants', () => {
    const said = draft(
      { leverage: 20, plan: { 'margin.leverage': 12, 'stop.unit': 'PERCENT', 'stop.value': '2' } },
      PROFILE,
    );
    expect(said).toMatchObject({ stopLoss: '147', targets: ['154', '158.5'], leverage: 12 });
    expect(draft({ targets: [] }, PROFILE)).toMatchObject({ stopLoss: '144', targets: ['156', '162'] });
  });

  it('never takes a price from its source', () => {
    const profile = { 'stop.unit': 'PRICE', 'stop.value': '144', 'targets.values': ['154'] } as const;
    expect(draftOf(intent({ stopLoss: null }), profile, '150')).toEqual({
      problems: [{ field: 'sl', rule: 'must be given, or plan.stop.value' }],
    });
    expect(draftOf(intent({ targets: [] }), profile, '150')).toEqual({
      problems: [{ field: 'tp', rule: 'must be given, or plan.targets.values' }],
    });
  });

  it('enters at market where no price is said, unless the plan names prices', () => {
    expect(isAtMarket(intent({ entry: null }))).toBe(true);
    expect(draft({ entry: null }, {}, '151').plan).toEqual({ 'entry.kind': 'MARKET' });
    const zone = { 'entry.kind': 'ZONE', 'entry.prices': ['149', '150.5'] } as const;
    expect(isAtMarket(intent({ entry: null, plan: zone }))).toBe(false);
    expect(draft({ entry: null, plan: zone }, {}, '1')).toMatchObject({ entry: '150.5', plan: zone });
  });

  it('knows no leverage on the spot market unless it is said', () => {
    expect(draft({ tradeType: 'SPOT' }, PROFILE).leverage).toBe(1);
    expect(checkSignal(draft({ tradeType: 'SPOT', leverage: 3 }))).toEqual([
      { field: 'leverage', rule: 'must be 1 for SPOT' },
    ]);
  });

  it('of percentages alone makes a signal that may be traded, on either side', () => {
    const side = fc.constantFrom('LONG' as const, 'SHORT' as const);
    const cents = fc.integer({ min: 1, max: 100_000_000 }).map((n) => (n / 10_000).toFixed(4));
    const percent = fc.integer({ min: 1, max: 9_000 }).map((n) => (n / 100).toFixed(2));
    fc.assert(
      fc.property(side, cents, percent, percent, (way, entry, stop, target) => {
        const profile = {
          'stop.unit': 'PERCENT',
          'stop.value': stop,
          'targets.unit': 'PERCENT',
          'targets.values': [target],
        } as const;
        const made = draft({ side: way, entry, stopLoss: null, targets: [] }, profile, entry);
        expect(checkSignal(made)).toEqual([]);
      }),
    );
  });
});
