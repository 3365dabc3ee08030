import fc from 'fast-check';
import { Decimal } from '../money/decimal.js';
import { type EditableSignal, editSignal, type SignalEdited, type SignalEditRequest } from './edit-signal.js';

const AT = new Date('2026-01-01T00:00:00Z');

const waiting: EditableSignal = {
  symbol: 'BTCUSDT',
  side: 'LONG',
  entry: '100',
  stopLoss: '95',
  targets: ['102', '104', '106'],
  tradeType: 'FUTURES',
  duration: 'SHORT',
  leverage: 10,
  confidence: 90,
  plan: { 'margin.leverage': 10 },
  meta: {},
  status: 'NEW',
  targetHitAt: [null, null, null],
  isDispatched: true,
};
const opened: EditableSignal = { ...waiting, status: 'PARTIAL', targetHitAt: [AT, null, null] };

function edited(signal: EditableSignal, request: SignalEditRequest, market = '103'): SignalEdited {
  const result = editSignal(signal, request, Decimal.of(market));
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result;
}

describe('editing a signal', () => {
  it('tells what changed, from what to what, and nothing else', () => {
    expect(edited(opened, { stopLoss: '100.5', targets: ['102', '105'], confidence: 80 })).toMatchObject({
      changes: {
        stop_loss: { from: '95', to: '100.5' },
        targets: { from: ['102', '104', '106'], to: ['102', '105'] },
        confidence: { from: 90, to: 80 },
      },
      refused: [],
    });
    expect(edited(opened, { stopLoss: '95.00', leverage: 10, plan: { 'margin.leverage': 10 } }).changes).toEqual({});
  });

  it('moves the stop to the entry, once it is reached and the market is beyond it', () => {
    expect(edited(opened, { stopToEntry: true }).changes).toEqual({ stop_loss: { from: '95', to: '100' } });
    expect(edited(opened, { stopToEntry: true }, '99').refused).toEqual([
      { field: 'stop_loss', reason: 'STOP_BEYOND_PRICE' },
    ]);
    expect(editSignal(waiting, { stopToEntry: true }, Decimal.of('103'))).toHaveProperty('problems');
  });

  it.each([
    [opened, { entry: '99' }, 'ENTRY_REACHED'],
    [opened, { stopLoss: '94' }, 'STOP_ONLY_TOWARD_PROFIT'],
    [opened, { stopLoss: '103.5' }, 'STOP_BEYOND_PRICE'],
    [opened, { targets: ['101', '104'] }, 'TARGET_ALREADY_HIT'],
    [opened, { targets: ['102'] }, 'NO_TARGET_LEFT'],
    [opened, { targets: ['102', '102.5'] }, 'TARGET_BEHIND_PRICE'],
    [opened, { targets: ['102', '107', '106'] }, 'TARGETS_ON_WRONG_SIDE'],
    [opened, { plan: { 'entry.kind': 'MARKET' as const } }, 'ENTRY_IS_LAID_OUT'],
    [opened, { plan: { 'stop.unit': 'NONE' as const } }, 'STOP_ONLY_TOWARD_PROFIT'],
    [waiting, { entry: '103.5', targets: ['104'] }, 'ENTRY_BEYOND_PRICE'],
    [waiting, { plan: { 'entry.prices': ['99', '98'] } }, 'ENTRY_IS_LAID_OUT'],
  ])('what has happened stays: %#', (signal, request, reason) => {
    const { refused, changes } = edited(signal, request);
    expect(refused.map((field) => field.reason)).toContain(reason);
    expect(Object.keys(changes).filter((field) => refused.some((part) => part.field === field))).toEqual([]);
  });

  it('before it is entered everything may move, but must make sense', () => {
    expect(edited(waiting, { entry: '101', stopLoss: '90', targets: ['103', '105'] }).refused).toEqual([]);
    const wrong = editSignal(waiting, { stopLoss: '101' }, undefined);
    expect(wrong).toMatchObject({ problems: [{ field: 'sl' }] });
    expect(editSignal({ ...waiting, tradeType: 'SPOT', leverage: 1 }, { leverage: 2 }, undefined)).toMatchObject({
      problems: [{ field: 'leverage' }],
    });
  });

  it('a price that is said again wins over what the plan said, and the other way round', () => {
    const planned: EditableSignal = {
      ...opened,
      stopLoss: '95',
      plan: { 'stop.value': '5', 'stop.unit': 'PERCENT', 'entry.prices': ['100', '99'] },
    };
    expect(edited(planned, { stopLoss: '101' })).toMatchObject({
      after: { stopLoss: '101', plan: { 'stop.value': '101', 'stop.unit': 'PRICE' } },
    });
    expect(edited(opened, { plan: { 'stop.value': '1', 'stop.unit': 'PERCENT' } }).after.stopLoss).toBe('99');
    expect(editSignal(planned, { entry: '99.5' }, undefined)).toMatchObject({ problems: [{ field: 'entry' }] });
  });

  it('never loosens the stop of an entered signal, never touches a hit target, and repeats without effect', () => {
    const price = fc.integer({ min: 9_000, max: 11_000 }).map((cents) => (cents / 100).toFixed(2));
    const requests = fc.record(
      { stopLoss: price, targets: fc.array(price, { minLength: 1, maxLength: 4 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(requests, price, (request, market) => {
        const result = editSignal(opened, request, Decimal.of(market));
        if ('problems' in result) return;
        const { after } = result;
        expect(Decimal.of(after.stopLoss).gte(Decimal.of('95'))).toBe(true);
        expect(Decimal.of(after.targets[0] as string).toString()).toBe('102');
        const hits = after.targets.map((_, index) => opened.targetHitAt[index] ?? null);
        const again = editSignal({ ...opened, ...after, targetHitAt: hits }, request, Decimal.of(market));
        if ('problems' in again) throw new Error('what was possible must stay possible');
        expect(again.changes).toEqual({});
      }),
    );
  });
});
