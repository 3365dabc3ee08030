/** What edits of posts ask for. */
import fc from 'fast-check';
import type { Change, EnterIntent } from '../intent/intent.js';
import { furtherChanges, tradeEdit } from './post-edit.js';

const TRADE: EnterIntent = {
  kind: 'ENTER',
  symbol: 'BTCUSDT',
  side: 'LONG',
  entry: '100',
  stopLoss: '90',
  targets: ['110', '120'],
  tradeType: null,
  leverage: 5,
  confidence: null,
  plan: { 'stop.unit': 'PRICE' },
  meta: {},
  ref: null,
};

it.each<[string, Partial<EnterIntent>, readonly Change[], readonly string[]]>([
  ['the same in other words', { entry: '100.0', meta: { note: 'x' }, confidence: 90 }, [], []],
  ['another stop', { stopLoss: '95' }, [{ kind: 'MOVE_STOP', to: { at: 'PRICE', price: '95' } }], []],
  ['other targets', { targets: ['110', '130'] }, [{ kind: 'SET_TARGETS', targets: ['110', '130'] }], []],
  [
    'entry and stop',
    { entry: '99', stopLoss: '89' },
    [
      { kind: 'SET_ENTRY', entry: '99' },
      { kind: 'MOVE_STOP', to: { at: 'PRICE', price: '89' } },
    ],
    [],
  ],
  ['what is taken away stays', { stopLoss: null, targets: [], entry: null }, [], ['entry', 'stop_loss', 'targets']],
  ['what no edit can do', { leverage: 10, plan: {} }, [], ['leverage', 'plan']],
])('%s', (_name, change, changes, left) => {
  expect(tradeEdit(TRADE, { ...TRADE, ...change })).toEqual({ changes, left });
});

it.each([{ symbol: 'ETHUSDT' }, { side: 'SHORT' as const }])('another trade: %j', (change) => {
  expect(tradeEdit(TRADE, { ...TRADE, ...change })).toBeUndefined();
});

const change = fc.oneof(
  fc.record({ kind: fc.constant('REDUCE' as const), percent: fc.constantFrom('25', '50') }),
  fc.record({ kind: fc.constant('TARGET_HIT' as const), target: fc.integer({ min: 1, max: 3 }) }),
  fc.constant({ kind: 'CLOSE' as const }),
);

it('what was asked for before is not asked for again, and what is new is', () => {
  fc.assert(
    fc.property(fc.array(change), fc.array(change), (before, more) => {
      expect(furtherChanges(before, before)).toEqual([]);
      expect(furtherChanges([], more)).toEqual(more);
      expect(furtherChanges(before, [...before, ...more])).toHaveLength(more.length);
    }),
  );
});
