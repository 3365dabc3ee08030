import { Decimal } from '../money/decimal.js';
import { signalOnCommand, signalOnPrice, type SignalState } from './signal-progress.js';

const AT = new Date('2026-01-01T00:00:00Z');

function signal(change: Partial<SignalState> = {}): SignalState {
  return {
    id: 1,
    symbol: 'BTCUSDT',
    side: 'LONG',
    status: 'OPENED',
    entryType: 'MARKET',
    entry: Decimal.of('100'),
    stopLoss: Decimal.of('95'),
    targetPrices: ['102', '104'].map((price) => Decimal.of(price)),
    targetHitAt: [null, null],
    openedAt: AT,
    closedAt: null,
    closeReason: null,
    ...change,
  };
}

const waiting = signal({ status: 'NEW', entryType: 'LIMIT', openedAt: null });
const on = (state: SignalState, price: string) => signalOnPrice(state, Decimal.of(price), AT);
const facts = (step: ReturnType<typeof on>) => step?.facts.map(({ type, targetIndex }) => targetIndex ?? type);

describe('a signal and prices', () => {
  it('goes OPENED, PARTIAL, CLOSED along its targets', () => {
    const first = on(signal(), '102.5');
    expect(first?.after.status).toBe('PARTIAL');
    expect(facts(first)).toEqual([1]);
    expect(first?.facts[0]?.price.toString()).toBe('102');
    const last = on(first?.after as SignalState, '104');
    expect(last?.after).toMatchObject({ status: 'CLOSED', closeReason: 'TARGETS', closedAt: AT });
    expect(facts(last)).toEqual([2, 'ALL_TARGETS']);
  });

  it('takes several targets of one price at once', () => {
    expect(facts(on(signal(), '110'))).toEqual([1, 2, 'ALL_TARGETS']);
  });

  it('is stopped, also after a target', () => {
    const partial = on(signal(), '102')?.after as SignalState;
    expect(on(partial, '95')?.after.status).toBe('STOPPED');
    expect(on(partial, '103')).toBeUndefined();
  });

  it('waits for its entry before anything else counts', () => {
    expect(on(waiting, '104')).toBeUndefined();
    expect(facts(on(waiting, '99'))).toEqual(['ENTRY']);
    expect(facts(on(waiting, '94'))).toEqual(['ENTRY', 'STOP']);
    expect(on(signal({ status: 'NEW', entryType: null }), '94')).toBeUndefined();
  });

  it('mirrors shorts', () => {
    const short = signal({
      side: 'SHORT',
      stopLoss: Decimal.of('105'),
      targetPrices: ['98', '96'].map((p) => Decimal.of(p)),
    });
    expect(facts(on(short, '97'))).toEqual([1]);
    expect(facts(on(short, '105'))).toEqual(['STOP']);
  });
});

describe('a signal and commands', () => {
  const order = (state: SignalState, command: Parameters<typeof signalOnCommand>[1]) =>
    signalOnCommand(state, command, Decimal.of('101'), AT);

  it('takes reported targets once', () => {
    const step = order(signal(), { kind: 'target', target: 1 });
    expect(step?.after.status).toBe('PARTIAL');
    expect(order(step?.after as SignalState, { kind: 'target', target: 1 })).toBeUndefined();
  });

  it.each([
    [{ kind: 'stop' } as const, 'STOPPED'],
    [{ kind: 'cancel', reason: 'news' } as const, 'CANCELLED'],
  ])('%p ends it, and an ended one stays as it is', (command, status) => {
    const ended = order(signal(), command)?.after as SignalState;
    expect(ended.status).toBe(status);
    for (const kind of ['target', 'stop', 'cancel'] as const) expect(order(ended, { kind, target: 1 })).toBeUndefined();
    expect(on(ended, '90')).toBeUndefined();
  });
});
