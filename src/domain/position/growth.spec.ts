/** Positions that may not grow, because a switch or a circuit breaker stands in the way of their orders. */
import fc from 'fast-check';
import { AT, dec, fees, LATER, positionOf, SHORT, type Shape } from '../../../test/factories/positions.js';
import { growsAt, onPrice } from './on-price.js';
import { onTime } from './on-time.js';
import type { PositionState } from './position.js';

const price = fc.integer({ min: 8_800, max: 11_200 }).map((cents) => (cents / 100).toFixed(2));

const shape: fc.Arbitrary<Shape> = fc
  .record({
    side: fc.constantFrom('LONG' as const, 'SHORT' as const),
    pending: fc.boolean(),
    isBreakout: fc.boolean(),
    ladder: fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 }),
    safety: fc.array(fc.constantFrom(1, 2, 4, 6), { maxLength: 3 }),
    trailing: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    cancelAtTarget: fc.option(fc.constantFrom(1, 2), { nil: null }),
    stop: fc.boolean(),
  })
  .map(({ side, pending, isBreakout, ladder, safety, trailing, cancelAtTarget, stop }) => {
    const legs = (aways: readonly number[]) =>
      aways.map((away) => [String(side === 'LONG' ? 100 - away : 100 + away), 5n] as const);
    return {
      ...(side === 'SHORT' ? SHORT : {}),
      ...(stop ? {} : { stop: null }),
      pending,
      ladder: isBreakout ? [] : legs(ladder),
      safety: legs(safety),
      plan: {
        entryTrigger: pending && isBreakout ? ('BREAKOUT' as const) : ('LIMIT' as const),
        trailingTakeProfit: trailing === null ? null : dec(String(trailing)),
        safetyLevels: safety.map(() => ({ takeProfitPercent: null })),
        cancelAtTarget,
      },
    };
  });

describe('a position that may not grow', () => {
  it('never does, and keeps every exit that it would have without its waiting orders', () => {
    fc.assert(
      fc.property(shape, fc.array(price, { maxLength: 30 }), (drawn, prices) => {
        let state = positionOf(drawn);
        let without: PositionState = { ...state, entriesClosed: true };
        const seen = ({ status, remainingQty, realisedPnl }: PositionState) => [
          status,
          remainingQty.toString(),
          realisedPnl.toString(),
        ];
        for (const next of prices) {
          const change = onPrice(state, dec(next), fees, LATER, undefined, false);
          expect(change?.executions.some(({ effect }) => effect === 'ENTRY') ?? false).toBe(false);
          state = change?.after ?? state;
          if (drawn.pending === true) expect(['PENDING', 'CANCELLED']).toContain(state.status);
          else {
            without = onPrice(without, dec(next), fees, LATER)?.after ?? without;
            expect(seen(state)).toEqual(seen(without));
          }
        }
      }),
    );
  });

  it('is known beforehand: what a price would make grow is exactly what grows there', () => {
    fc.assert(
      fc.property(shape, fc.array(price, { maxLength: 30 }), (drawn, prices) => {
        let state = positionOf(drawn);
        for (const next of prices) {
          const change = onPrice(state, dec(next), fees, LATER);
          const grew = change?.executions.some(({ effect }) => effect === 'ENTRY') ?? false;
          const isGivenUp = change?.after.status === 'CANCELLED';
          if (grew || !isGivenUp) expect(growsAt(state, dec(next), fees, LATER)).toBe(grew);
          state = change?.after ?? state;
        }
      }),
    );
  });
});

describe('entries that have expired', () => {
  const expired: Shape = { entryExpiresAt: LATER };
  const ladder: Shape = { ...expired, ladder: [['99', 10n]], safety: [['97', 10n]] };

  it('do not fill, whoever comes first: a price or the time', () => {
    const waiting = positionOf({ ...expired, pending: true });
    expect(onPrice(waiting, dec('100'), fees, AT)?.after).toMatchObject({ status: 'OPEN' });
    expect(onPrice(waiting, dec('100'), fees, LATER)).toBeUndefined();
    expect(onPrice(positionOf(ladder), dec('99'), fees, AT)?.after.remainingQty.toString()).toBe('2');
    expect(onPrice(positionOf(ladder), dec('99'), fees, LATER)).toBeUndefined();
    const deep = onPrice(positionOf(ladder), dec('97'), fees, LATER);
    expect(deep?.executions.map(({ leg }) => leg)).toEqual(['SAFETY1']);
  });

  it('leave safety orders waiting, and their margin', () => {
    const change = onTime(positionOf(ladder), LATER, undefined, fees);
    expect(change?.after).toMatchObject({ entriesClosed: false, entryExpiresAt: null });
    expect(change?.after.legQtys.map(String)).toEqual(['1', '0', '1']);
    expect([change?.after.margin, change?.marginDelta].map(String)).toEqual(['19.7', '-9.9']);
    const deeper = onPrice(change?.after as PositionState, dec('97'), fees, LATER)?.after;
    expect([deeper?.remainingQty.toString(), deeper?.entriesClosed]).toEqual(['2', false]);
  });

  it('are taken back without a price; a timed exit waits for one', () => {
    const waiting = positionOf({ ...expired, pending: true });
    expect(onTime(waiting, LATER, undefined, fees)?.after).toMatchObject({
      status: 'CANCELLED',
      closeReason: 'EXPIRED',
    });
    const held = { ...positionOf(), exitAt: LATER };
    expect(onTime(held, LATER, undefined, fees)).toBeUndefined();
    expect(onTime(held, LATER, dec('101'), fees)?.after).toMatchObject({ status: 'CLOSED', closeReason: 'TIME' });
  });
});
