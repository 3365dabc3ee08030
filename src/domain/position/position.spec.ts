import fc from 'fast-check';
import { Decimal } from '../money/decimal.js';
import {
  fees,
  LATER,
  noFees,
  positionOf as position,
  SHORT as short,
  type Shape,
} from '../../../test/factories/positions.js';
import { onCommand, type PositionCommand } from './on-command.js';
import { onPrice } from './on-price.js';
import { isTerminalPosition, mayMove, POSITION_STATUSES } from './position-status.js';
import type { PositionChange, PositionState } from './position.js';

function at(price: string, from: PositionState, rates = noFees): PositionChange {
  const change = onPrice(from, Decimal.of(price), rates, LATER);
  if (change === undefined) throw new Error(`nothing happened at ${price}`);
  return change;
}

describe('a position and prices', () => {
  it('is not touched between stop and target', () => {
    expect(onPrice(position(), Decimal.of('95.01'), fees, LATER)).toBeUndefined();
    expect(onPrice(position(), Decimal.of('101.99'), fees, LATER)).toBeUndefined();
  });

  it('climbs its ladder rung by rung and closes with the last', () => {
    const first = at('102', position());
    expect(first.after).toMatchObject({ status: 'PARTIAL' });
    expect(first.after.remainingQty.toString()).toBe('0.7');
    expect(first.executions[0]).toMatchObject({ leg: 'TP1', liquidity: 'MAKER', side: 'SELL' });
    const second = at('104', first.after);
    expect(second.after.remainingQty.toString()).toBe('0.4');
    const last = at('106', second.after);
    expect(last.after).toMatchObject({ status: 'CLOSED', closeReason: 'TARGETS', closedAt: LATER });
    expect(last.after.realisedPnl.toString()).toBe('4.2');
    expect(last.openDelta).toBe(-1);
    expect(last.after.exitPrice?.toString()).toBe('104.2');
  });

  it('takes every target that one price passed, each at its own price', () => {
    const change = at('110', position());
    expect(change.executions.map((execution) => execution.price.toString())).toEqual(['102', '104', '106']);
    expect(change.after.status).toBe('CLOSED');
  });

  it('stops at the price that crossed the stop: a gap is paid in full', () => {
    const change = at('90', position());
    expect(change.after).toMatchObject({ status: 'STOPPED', closeReason: 'STOP' });
    expect(change.executions[0]).toMatchObject({ leg: 'STOP', liquidity: 'TAKER' });
    expect(change.after.realisedPnl.toString()).toBe('-10');
  });

  it('keeps what earlier targets earned when it is stopped', () => {
    const change = at('95', at('102', position()).after);
    expect(change.after.realisedPnl.toString()).toBe(Decimal.of('0.6').minus(Decimal.of('3.5')).toString());
  });

  it('mirrors all of this for shorts', () => {
    expect(onPrice(position(short), Decimal.of('98.01'), fees, LATER)).toBeUndefined();
    expect(at('94', position(short)).after.realisedPnl.toString()).toBe('4.2');
    expect(at('106', position(short)).after.realisedPnl.toString()).toBe('-6');
  });

  it('fills a waiting entry at its limit as maker, and pays the gap when the same price is beyond the stop', () => {
    const filled = at('100', position({ pending: true }), fees);
    expect(filled.after).toMatchObject({ status: 'OPEN', openedAt: LATER });
    expect(filled.after.fees.toString()).toBe('0.02');
    const through = at('90', position({ pending: true }));
    expect(through.after.status).toBe('STOPPED');
    expect(through.executions.map((execution) => execution.leg)).toEqual(['ENTRY', 'STOP']);
    expect(through.after.realisedPnl.toString()).toBe('-10');
  });

  it('charges maker fees on targets and taker fees on stops', () => {
    expect(at('102', position(), fees).executions[0]?.fee.toString()).toBe('0.00612');
    expect(at('95', position(), fees).executions[0]?.fee.toString()).toBe('0.0475');
  });
});

describe('a position and commands', () => {
  const command = (what: PositionCommand, from = position(), price = '101') =>
    onCommand(from, what, Decimal.of(price), noFees, LATER);

  it('closes by hand, in part and then whole', () => {
    const part = command({ kind: 'close', qty: Decimal.of('0.4'), leg: 'CLOSE1' });
    expect(part?.after).toMatchObject({ status: 'PARTIAL', closeReason: null });
    expect(part?.after.remainingQty.toString()).toBe('0.6');
    const rest = command({ kind: 'close', qty: null, leg: 'CLOSE2' }, part?.after);
    expect(rest?.after).toMatchObject({ status: 'CLOSED', closeReason: 'MANUAL' });
    expect(rest?.after.realisedPnl.toString()).toBe('1');
  });

  it('never closes more than remains', () => {
    const change = command({ kind: 'close', qty: Decimal.of('99'), leg: 'CLOSE1' });
    expect(change?.executions[0]?.qty.toString()).toBe('1');
  });

  const half = { kind: 'reduce', percent: Decimal.of('50'), leg: 'REDUCE1' } as const;

  it('is reduced by its signal in whole lots, and its targets share the rest', () => {
    const change = command(half, position({ lots: 15n }));
    expect(change?.executions).toMatchObject([{ leg: 'REDUCE1', effect: 'EXIT', type: 'MARKET', liquidity: 'TAKER' }]);
    expect(change?.after).toMatchObject({ status: 'PARTIAL', closeReason: null });
    expect(change?.after.remainingQty.toString()).toBe('0.8');
    expect(Decimal.sum(change?.after.targetQtys ?? []).toString()).toBe('0.8');
    expect(change?.log).toMatchObject([{ type: 'CLOSE', message: 'Reduced by 50 % by its signal' }]);
  });

  it('is ended by a reduction by all, and left by one of less than a lot, of what waits, or of what is detached', () => {
    const all = { ...half, percent: Decimal.HUNDRED };
    expect(command(all)?.after).toMatchObject({ status: 'CANCELLED', closeReason: 'CANCEL' });
    expect(command(half, position({ lots: 1n }))).toBeUndefined();
    expect(command(half, position({ pending: true }))).toBeUndefined();
    expect(command(half, { ...position(), isDetached: true })).toBeUndefined();
    expect(onCommand(position(), half, undefined, noFees, LATER)).toBeUndefined();
  });

  it('gives up what waits when its signal takes its entries back, and keeps what is held', () => {
    const withdraw = { kind: 'withdraw' } as const;
    expect(command(withdraw, position({ pending: true }))?.after).toMatchObject({
      status: 'CANCELLED',
      closeReason: 'CANCEL',
    });
    const held = onCommand(position({ ladder: [['99', 5n]] }), withdraw, undefined, noFees, LATER);
    expect(held).toMatchObject({ cancelsEntry: true, executions: [], after: { status: 'OPEN', entriesClosed: true } });
    expect(held?.after.margin.toString()).toBe('10');
    expect(command(withdraw, held?.after)).toBeUndefined();
    expect(command(withdraw)).toBeUndefined();
  });

  it('takes a reported target at the market price as taker, with those before it', () => {
    const change = command({ kind: 'target', target: 2 });
    expect(change?.executions.map(({ leg, price, liquidity }) => [leg, price.toString(), liquidity])).toEqual([
      ['TP1', '101', 'TAKER'],
      ['TP2', '101', 'TAKER'],
    ]);
    expect(command({ kind: 'target', target: 2 }, change?.after)).toBeUndefined();
  });

  it.each([
    [{ kind: 'stop' } as const, 'STOPPED', 'STOP'],
    [{ kind: 'cancel', message: 'x' } as const, 'CANCELLED', 'CANCEL'],
    [{ kind: 'reverse', bySignal: 2 } as const, 'CLOSED', 'REVERSAL'],
  ])('%p ends it', (what, status, closeReason) => {
    expect(command(what)?.after).toMatchObject({ status, closeReason, closedAt: LATER });
  });

  it('cancels a waiting entry without booking anything', () => {
    const change = command({ kind: 'stop' }, position({ pending: true }));
    expect(change?.after).toMatchObject({ status: 'CANCELLED', closeReason: 'EXPIRED' });
    expect(change?.executions).toEqual([]);
    expect(change?.cancelsEntry).toBe(true);
    expect(change?.balanceDelta.isZero).toBe(true);
  });
});

type Event = { price: string } | { command: PositionCommand; price: string };

const price = fc.integer({ min: 9_000, max: 11_000 }).map((cents) => (cents / 100).toFixed(2));
const command: fc.Arbitrary<PositionCommand> = fc.oneof(
  fc.record({
    kind: fc.constant('close' as const),
    qty: fc.constantFrom(null, Decimal.of('0.3')),
    leg: fc.constant('CLOSE1'),
  }),
  fc.constant({ kind: 'cancel' as const, message: 'x' }),
  fc.constant({ kind: 'withdraw' as const }),
  fc.record({
    kind: fc.constant('reduce' as const),
    percent: fc.integer({ min: 1, max: 100 }).map((percent) => Decimal.ofInteger(percent)),
    leg: fc.constant('REDUCE1'),
  }),
  fc.constant({ kind: 'stop' as const }),
  fc.record({ kind: fc.constant('target' as const), target: fc.integer({ min: 1, max: 3 }) }),
);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ price }) },
  { weight: 1, arbitrary: fc.record({ command, price }) },
);
const shape: fc.Arbitrary<Shape> = fc
  .record({
    side: fc.constantFrom('LONG' as const, 'SHORT' as const),
    lots: fc.bigInt({ min: 1n, max: 50n }),
    pending: fc.boolean(),
    leverage: fc.integer({ min: 1, max: 125 }),
  })
  .map((drawn) => (drawn.side === 'SHORT' ? { ...short, ...drawn } : drawn));

function apply(state: PositionState, happened: Event): PositionChange | undefined {
  const exact = Decimal.of(happened.price);
  return 'command' in happened
    ? onCommand(state, happened.command, exact, fees, LATER)
    : onPrice(state, exact, fees, LATER);
}

describe('whatever happens to a position', () => {
  it('keeps its sums, its status graph and its margin', () => {
    fc.assert(
      fc.property(shape, fc.array(event, { maxLength: 25, size: 'max' }), (drawn, events) => {
        let state = position(drawn);
        const reserved = state.margin;
        let entered = state.qty;
        let exited = Decimal.ZERO;
        let booked = Decimal.ZERO;
        let released = Decimal.ZERO;
        let ended = 0;
        for (const happened of events) {
          const change = apply(state, happened);
          if (change === undefined) continue;
          expect(isTerminalPosition(state.status)).toBe(false);
          expect(mayMove(state.status, change.after.status) || state.status === 'PENDING').toBe(true);
          for (const { effect, qty, fee, grossPnl } of change.executions) {
            if (effect === 'ENTRY') entered = entered.plus(qty);
            else exited = exited.plus(qty);
            booked = booked.plus(grossPnl).minus(fee);
          }
          expect(change.balanceDelta.eq(change.after.realisedPnl.minus(state.realisedPnl))).toBe(true);
          released = released.plus(change.marginDelta);
          ended += change.openDelta;
          state = change.after;
          expect(entered.minus(exited).eq(state.remainingQty)).toBe(true);
          expect(state.remainingQty.isNegative).toBe(false);
        }
        expect(state.realisedPnl.eq(booked)).toBe(true);
        expect(reserved.plus(released).eq(state.margin)).toBe(true);
        const over = isTerminalPosition(state.status);
        expect(ended).toBe(over ? -1 : 0);
        expect(over).toBe(state.closedAt !== null);
        if (over) expect(state.margin.isZero && state.remainingQty.isZero).toBe(true);
        else expect(state.status === 'PENDING' || state.remainingQty.isPositive).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('applies the same price twice as once', () => {
    fc.assert(
      fc.property(shape, price, (drawn, same) => {
        const once = onPrice(position(drawn), Decimal.of(same), fees, LATER);
        fc.pre(once !== undefined);
        if (once !== undefined && once.before.status !== 'PENDING') {
          expect(onPrice(once.after, Decimal.of(same), fees, LATER)).toBeUndefined();
        }
      }),
    );
  });
});

describe('the status graph', () => {
  it('has final statuses that nothing leaves', () => {
    for (const from of ['CLOSED', 'STOPPED', 'CANCELLED'] as const) {
      for (const to of POSITION_STATUSES) expect(mayMove(from, to)).toBe(from === to);
    }
  });
});
