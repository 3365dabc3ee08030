/** Booking one exit: what it leaves, what it withdraws, and what it says. */
import { AT, dec, fees, LATER, positionOf, SHORT } from '../../../test/factories/positions.js';
import { bookExit, type EndState, type ExitOrder, markTarget, unchanged } from './exits.js';
import type { PositionState } from './position.js';

const END: EndState = { status: 'CLOSED', reason: 'MANUAL' };

const order = (qty: string, price = '102'): ExitOrder => ({
  leg: 'CLOSE',
  type: 'MARKET',
  price: dec(price),
  qty: dec(qty),
  liquidity: 'TAKER',
  log: { type: 'CLOSE', message: 'Closed', meta: { by: 'hand' } },
});

const booked = (position: PositionState, ...orders: ExitOrder[]) =>
  orders.reduce((change, next) => bookExit(change, next, END, fees, LATER), unchanged(position));

describe('an exit', () => {
  it('of a part leaves safety orders waiting; of everything withdraws them', () => {
    const safe = positionOf({ safety: [['97', 10n]] });
    expect(booked(safe, order('0.4'))).toMatchObject({ cancelsEntry: false, openDelta: 0 });
    expect(booked(safe, order('1'))).toMatchObject({ cancelsEntry: true, openDelta: -1 });
    expect(booked(positionOf(), order('1')).cancelsEntry).toBe(false);
  });

  it('closes at most what remains, and ends with status, reason and time', () => {
    const { after, executions } = booked(positionOf(), order('5'));
    expect(executions).toMatchObject([{ effect: 'EXIT', side: 'SELL', liquidity: 'TAKER' }]);
    expect(executions[0]?.qty.toString()).toBe('1');
    expect(after).toMatchObject({ status: 'CLOSED', closeReason: 'MANUAL', closedAt: LATER, entriesClosed: true });
    expect([after.remainingQty, after.cost, after.margin].map(String)).toEqual(['0', '0', '0']);
  });

  it('averages the exit price by quantity', () => {
    const { after } = booked(positionOf(), order('0.25', '102'), order('0.5', '105'), order('0.25', '99'));
    // (0.25 × 102 + 0.5 × 105 + 0.25 × 99) ÷ 1
    expect(after.exitPrice?.toString()).toBe('102.75');
    expect(booked(positionOf(), order('0.25', '102')).after.exitPrice?.toString()).toBe('102');
  });

  it('logs its figures beside what the order says: profit after its fee', () => {
    const { log } = booked(positionOf(), order('0.5'));
    expect(log).toEqual([
      {
        type: 'CLOSE',
        message: 'Closed',
        meta: { by: 'hand', price: '102', qty: '0.5', pnl: '0.9745', fee: '0.0255' },
      },
    ]);
    const short = booked(positionOf(SHORT), order('0.5', '98'));
    expect(short.log[0]?.meta).toMatchObject({ pnl: '0.9755', fee: '0.0245' });
    expect(short.executions[0]).toMatchObject({ side: 'BUY' });
  });

  it('books an average that does not divide in shares of the exact cost, half to even', () => {
    const thirds = { ...positionOf(), cost: dec('100.01'), entryPrice: dec('100') };
    const { after } = booked(thirds, order('0.3'));
    expect(after.cost.plus(dec('30.003')).toString()).toBe('100.01');
  });
});

describe('a target without a share of its own', () => {
  it('is hit, and the log says that nothing was closed', () => {
    const change = markTarget(unchanged(positionOf()), 2, dec('104'), AT);
    expect(change.after.targetHitAt).toEqual([null, AT, null]);
    expect(change.executions).toEqual([]);
    expect(change.log).toEqual([
      {
        type: 'TP_HIT',
        message: 'Target 2 (104) hit: it has no share of its own, so nothing was closed',
        meta: { target: 2, target_price: '104', qty: '0', pnl: '0', fee: '0' },
      },
    ]);
  });
});
