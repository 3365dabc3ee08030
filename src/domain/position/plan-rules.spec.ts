import fc from 'fast-check';
import {
  AT,
  dec,
  fees,
  LATER,
  noFees,
  positionOf,
  SHORT,
  type Shape,
  shallow,
  strict,
} from '../../../test/factories/positions.js';
import { Decimal } from '../money/decimal.js';
import type { StopRule } from '../plan/position-plan.js';
import { onPrice } from './on-price.js';
import { dueAt, onTime } from './on-time.js';
import { isTerminalPosition } from './position-status.js';
import { breakEven, effectiveStop } from './stops.js';
import type { PositionChange, PositionState } from './position.js';
import { watchesOf } from './watch.js';
import { hasFallenTo, hasReached } from './prices.js';

function run(from: PositionState, ...prices: string[]): PositionState {
  return prices.reduce((state, price) => onPrice(state, dec(price), noFees, LATER)?.after ?? state, from);
}

function at(price: string, from: PositionState): PositionChange {
  const change = onPrice(from, dec(price), noFees, LATER);
  if (change === undefined) throw new Error(`nothing happened at ${price}`);
  return change;
}

const texts = (values: readonly Decimal[]): string[] => values.map(String);

const rule = (action: StopRule['action'], trigger: StopRule['trigger'], percent?: string): StopRule => ({
  action,
  trigger,
  percent: percent === undefined ? null : dec(percent),
});

describe('entry ladders', () => {
  const ladder: Shape = {
    pending: true,
    ladder: [
      ['99', 10n],
      ['98', 10n],
    ],
  };

  it('fill leg by leg, average the entry and give the ladder what is held', () => {
    const first = run(positionOf(ladder), '100');
    expect(first).toMatchObject({ status: 'OPEN' });
    expect(texts(first.targetQtys)).toEqual(['0.3', '0.3', '0.4']);
    const second = run(first, '99');
    expect(second.entryPrice.toString()).toBe('99.5');
    expect(second.remainingQty.toString()).toBe('2');
    expect(Decimal.sum(second.targetQtys).eq(second.remainingQty)).toBe(true);
  });

  it('fill together on one price that passes them all, each at its own price', () => {
    const change = at('97', positionOf(ladder));
    expect(change.executions.map(({ leg, price }) => [leg, price.toString()])).toEqual([
      ['ENTRY', '100'],
      ['ENTRY2', '99'],
      ['ENTRY3', '98'],
    ]);
  });

  it('are withdrawn with their margin once a target is hit', () => {
    const opened = run(positionOf(ladder), '100');
    const change = at('102', opened);
    expect(change.cancelsEntry).toBe(true);
    expect(change.after.entriesClosed).toBe(true);
    expect(change.after.margin.eq(opened.margin.plus(change.marginDelta))).toBe(true);
    expect(change.after.margin.toString()).toBe('7');
    expect(run(change.after, '99').remainingQty.toString()).toBe('0.7');
  });

  it('expire: what waits is withdrawn, what is held stays', () => {
    const expiring = positionOf({ ...ladder, entryExpiresAt: LATER });
    expect(dueAt(expiring)).toEqual(LATER);
    const gone = onTime(expiring, LATER, dec('101'), noFees)?.after;
    expect(gone).toMatchObject({ status: 'CANCELLED', closeReason: 'EXPIRED' });
    const held = onPrice(expiring, dec('100'), noFees, AT)?.after as PositionState;
    const expired = onTime(held, LATER, dec('101'), noFees);
    expect(expired?.after).toMatchObject({ status: 'OPEN', entriesClosed: true, entryExpiresAt: null });
    expect(onTime(held, new Date(LATER.getTime() - 1), dec('101'), noFees)).toBeUndefined();
  });

  it('leave no time to look at where nothing waits any more', () => {
    const held = positionOf({ entryExpiresAt: LATER });
    const change = onTime(held, LATER, dec('101'), noFees);
    expect(change).toMatchObject({ log: [], after: { status: 'OPEN', entryExpiresAt: null } });
    expect(change === undefined ? undefined : dueAt(change.after)).toBeNull();
  });

  it('take the targets along from the first fill on, where those follow the average', () => {
    const first = run(
      positionOf({ ...ladder, plan: { targetAnchor: 'AVERAGE' }, targets: ['99.5', '101', '103'] }),
      '100',
    );
    expect(texts(first.targetPrices)).toEqual(['102', '104', '106']);
  });

  it('are given up when a target is seen before anything filled', () => {
    const waiting = positionOf({ ...ladder, plan: { cancelAtTarget: 1 } });
    expect(run(waiting, '101.99').status).toBe('PENDING');
    expect(run(waiting, '102')).toMatchObject({ status: 'CANCELLED', closeReason: 'EXPIRED' });
    expect(run(positionOf(ladder), '102').status).toBe('PENDING');
  });
});

describe('breakouts', () => {
  const breakout: Shape = { pending: true, plan: { entryTrigger: 'BREAKOUT' } };

  it('enter at market when the price breaks through', () => {
    expect(run(positionOf(breakout), '99.99').status).toBe('PENDING');
    const change = at('100.5', positionOf(breakout));
    expect(change.executions[0]).toMatchObject({ liquidity: 'TAKER', type: 'STOP_MARKET' });
    expect(change.after.entryPrice.toString()).toBe('100.5');
  });

  it('are given up when the stop is seen first', () => {
    expect(run(positionOf(breakout), '95')).toMatchObject({ status: 'CANCELLED' });
  });

  it('are given up when the price jumps beyond the first target, unless targets follow the entry', () => {
    expect(run(positionOf(breakout), '102')).toMatchObject({ status: 'CANCELLED', closeReason: 'EXPIRED' });
    const following = run(positionOf({ pending: true, plan: { ...breakout.plan, targetAnchor: 'AVERAGE' } }), '103');
    expect(following.status).toBe('OPEN');
    expect(texts(following.targetPrices)).toEqual(['105.06', '107.12', '109.18']);
  });
});

describe('safety orders', () => {
  const safety: Shape = {
    stop: '80',
    safety: [
      ['98', 10n],
      ['96', 20n],
    ],
  };

  it('wait for the first entry, then lower the average', () => {
    const pending = positionOf({ ...safety, pending: true });
    expect(watchesOf(pending, noFees).map(({ price }) => price.toString())).toEqual(['100']);
    const deep = run(positionOf(safety), '98', '96');
    expect(deep.entryPrice.toString()).toBe('97.5');
    expect(deep.remainingQty.toString()).toBe('4');
    expect(texts(deep.targetPrices)).toEqual(['102', '104', '106']);
  });

  it('move the targets with the average where the plan says so', () => {
    const deep = run(positionOf({ ...safety, plan: { targetAnchor: 'AVERAGE' } }), '98');
    expect(deep.entryPrice.toString()).toBe('99');
    expect(texts(deep.targetPrices)).toEqual(['100.98', '102.96', '104.94']);
  });

  it('close all at the take-profit of the deepest level that filled', () => {
    const levels = [{ takeProfitPercent: null }, { takeProfitPercent: dec('1') }];
    const own = positionOf({ ...safety, plan: { safetyLevels: levels } });
    const deep = run(own, '96');
    expect(texts(deep.targetQtys)).toEqual(['0', '0', '4']);
    expect(deep.targetPrices.at(-1)?.toString()).toBe('98.48');
    const closed = at('98.48', deep);
    expect(closed.after).toMatchObject({ status: 'CLOSED', closeReason: 'TARGETS' });
  });

  it('keep that take-profit when a deeper level without its own fills, and take no target that the market has not reached', () => {
    const levels = [{ takeProfitPercent: dec('1') }, { takeProfitPercent: null }];
    const deep = run(positionOf({ ...safety, plan: { safetyLevels: levels } }), '98', '96');
    expect(texts(deep.targetQtys)).toEqual(['0', '0', '4']);
    expect(deep.targetPrices.at(-1)?.toString()).toBe('98.48');
    const { after, executions, log } = at('98.48', deep);
    expect(after).toMatchObject({ status: 'CLOSED', closeReason: 'TARGETS' });
    expect(executions.map(({ leg, price, qty }) => `${leg} ${qty.toString()} at ${price.toString()}`)).toEqual([
      'TP3 4 at 98.48',
    ]);
    expect(log.map(({ meta }) => meta.target)).toEqual([3]);
  });

  it('book PnL exactly although the average does not divide', () => {
    const odd = positionOf({
      stop: '50',
      safety: [
        ['97', 10n],
        ['91', 10n],
      ],
    });
    const deep = run(odd, '91');
    expect(deep.entryPrice.toString()).toBe('96');
    const thirds = run(positionOf({ stop: '50', lots: 20n, safety: [['97', 10n]] }), '97', '102', '104', '106');
    const proceeds = dec('102').plus(dec('104')).plus(dec('106'));
    expect(thirds.realisedPnl.eq(proceeds.minus(dec('297')))).toBe(true);
    expect(thirds.cost.isZero).toBe(true);
  });
});

describe('stops', () => {
  const withRules = (...stopRules: StopRule[]): PositionState => positionOf({ plan: { stopRules } });

  it('go to break-even, fees included, after a target', () => {
    const held = withRules(rule('BREAKEVEN', { target: 1 }));
    const after = onPrice(held, dec('102'), fees, LATER)?.after as PositionState;
    expect(after.stopLoss?.toString()).toBe('100.11');
    const out = onPrice(held, dec('102'), fees, LATER)?.after as PositionState;
    const rest = onPrice({ ...out, realisedPnl: Decimal.ZERO }, dec('100.11'), fees, LATER)?.after as PositionState;
    expect(rest.realisedPnl.minus(dec('0.7').times(dec('100')).times(dec('0.0005'))).isNegative).toBe(false);
  });

  it('go to break-even at a percent in profit, once', () => {
    const held = withRules(rule('BREAKEVEN', { percent: dec('1') }));
    expect(watchesOf(held, noFees).map(({ price }) => price.toString())).toEqual(['95', '101']);
    const after = run(held, '101');
    expect(after.stopLoss?.toString()).toBe('100');
    expect(onPrice(after, dec('101'), noFees, LATER)).toBeUndefined();
  });

  it('follow the targets: one behind, or two behind', () => {
    const one = withRules(rule('MOVING_TARGET', { target: 1 }));
    expect(run(one, '102').stopLoss?.toString()).toBe('100');
    expect(run(one, '102', '104').stopLoss?.toString()).toBe('102');
    const two = withRules(rule('MOVING_2_TARGET', { target: 2 }));
    expect(run(two, '102').stopLoss?.toString()).toBe('95');
    expect(run(two, '102', '104').stopLoss?.toString()).toBe('100');
  });

  it('go to a percent below each trigger', () => {
    const held = withRules(rule('BELOW_TRIGGER', { target: 1 }, '1'));
    expect(run(held, '102').stopLoss?.toString()).toBe('100.98');
    expect(run(held, '103', '104').stopLoss?.toString()).toBe('102.96');
  });

  it('trail a percent below the highest once they are triggered', () => {
    const held = withRules(rule('BELOW_HIGHEST', { percent: dec('1') }, '2'));
    expect(run(held, '105', '99.1')).toMatchObject({ status: 'STOPPED' });
    const trailing = run(withRules(rule('BELOW_HIGHEST', { percent: dec('1') }, '2')), '101');
    expect(effectiveStop(trailing)?.toString()).toBe('98.98');
    const risen = onPrice(trailing, dec('98.98'), noFees, LATER, dec('101.9'));
    expect(risen?.after).toMatchObject({ status: 'STOPPED' });
    expect(onPrice(trailing, dec('100'), noFees, LATER, dec('101.9'))).toBeUndefined();
  });

  it('mirror for shorts', () => {
    const held = positionOf({ ...SHORT, plan: { stopRules: [rule('MOVING_TARGET', { target: 1 })] } });
    expect(run(held, '98').stopLoss?.toString()).toBe('100');
    expect(breakEven(positionOf(SHORT), fees).toString()).toBe('99.9');
  });

  it('may be missing on purpose', () => {
    expect(run(positionOf({ stop: null }), '1').status).toBe('OPEN');
  });
});

describe('a trailing take-profit', () => {
  const held = positionOf({ plan: { trailingTakeProfit: dec('1') } });

  it('does not close at the last target but trails the rest', () => {
    const trailing = run(held, '106');
    expect(trailing).toMatchObject({ status: 'PARTIAL' });
    expect(trailing.remainingQty.toString()).toBe('0.4');
    expect(trailing.targetHitAt.at(-1)).toBeNull();
    const change = onPrice(trailing, dec('108'), noFees, LATER, dec('110'));
    expect(change?.after).toMatchObject({ status: 'CLOSED', closeReason: 'TARGETS' });
    expect(change?.executions[0]).toMatchObject({ leg: 'TP3', liquidity: 'TAKER' });
    expect(change?.after.targetHitAt.at(-1)).toEqual(LATER);
  });
});

describe('a timed exit', () => {
  it('closes what is held, counted from the first fill', () => {
    const filled = run(positionOf({ pending: true, plan: { exitAfterSeconds: 60 } }), '100');
    const due = new Date(LATER.getTime() + 60_000);
    expect(filled.exitAt).toEqual(due);
    expect(onTime(filled, new Date(due.getTime() - 1), dec('101'), noFees)).toBeUndefined();
    expect(onTime(filled, due, dec('101'), noFees)?.after).toMatchObject({ status: 'CLOSED', closeReason: 'TIME' });
  });
});

const someTerms = fc.constantFrom(fees, strict, shallow);
const price = fc.integer({ min: 8_500, max: 11_500 }).map((cents) => (cents / 100).toFixed(2));
const trigger: fc.Arbitrary<StopRule['trigger']> = fc.oneof(
  fc.integer({ min: 1, max: 3 }).map((target) => ({ target })),
  fc.integer({ min: 1, max: 8 }).map((percent) => ({ percent: Decimal.ofInteger(percent) })),
);
const anyRule: fc.Arbitrary<StopRule> = fc
  .tuple(
    trigger,
    fc.integer({ min: 1, max: 5 }),
    fc.constantFrom('BREAKEVEN', 'BELOW_HIGHEST', 'BELOW_TRIGGER', 'MOVING_TARGET'),
  )
  .map(([on, percent, action]) =>
    rule(
      action as StopRule['action'],
      action === 'MOVING_TARGET' && 'percent' in on ? { target: 1 } : on,
      String(percent),
    ),
  );
const shape: fc.Arbitrary<Shape> = fc
  .record({
    side: fc.constantFrom('LONG' as const, 'SHORT' as const),
    lots: fc.bigInt({ min: 1n, max: 40n }),
    leverage: fc.constantFrom(3, 10, 25),
    pending: fc.boolean(),
    isBreakout: fc.boolean(),
    ladder: fc.array(fc.tuple(fc.constantFrom(1, 2, 3), fc.bigInt({ min: 1n, max: 9n })), { maxLength: 2 }),
    safety: fc.array(fc.tuple(fc.constantFrom(1, 2, 4, 6), fc.bigInt({ min: 1n, max: 9n })), { maxLength: 3 }),
    stopRules: fc.array(anyRule, { maxLength: 3 }),
    trailing: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    anchor: fc.constantFrom('SIGNAL' as const, 'AVERAGE' as const),
    weights: fc
      .array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 })
      .filter((w) => w.some((n) => n > 0)),
    cancelAtTarget: fc.option(fc.constantFrom(1, 2), { nil: null }),
    stop: fc.boolean(),
  })
  .map((drawn) => {
    const sign = drawn.side === 'LONG' ? -1 : 1;
    const legs = (list: readonly (readonly [number, bigint])[]) =>
      list.map(([away, lots]) => [String(100 + sign * away), lots] as const);
    const isBreakout = drawn.pending && drawn.isBreakout;
    return {
      ...(drawn.side === 'SHORT' ? SHORT : {}),
      ...(drawn.stop ? {} : { stop: null }),
      side: drawn.side,
      lots: drawn.lots,
      leverage: drawn.leverage,
      pending: drawn.pending,
      ladder: isBreakout ? [] : legs(drawn.ladder),
      safety: legs(drawn.safety),
      plan: {
        entryTrigger: isBreakout ? ('BREAKOUT' as const) : ('LIMIT' as const),
        stopRules: drawn.stopRules,
        trailingTakeProfit: drawn.trailing === null ? null : Decimal.ofInteger(drawn.trailing),
        targetAnchor: drawn.anchor,
        weights: drawn.weights,
        cancelAtTarget: drawn.cancelAtTarget,
        safetyLevels: drawn.safety.map(([away]) => ({ takeProfitPercent: away === 4 ? dec('2') : null })),
      },
    };
  });

function openRungs(state: PositionState): Decimal {
  return Decimal.sum(state.targetQtys.filter((_, index) => state.targetHitAt[index] === null));
}

describe('whatever a plan says and the market does', () => {
  it('the ladder covers what remains, the stop never retreats, money adds up', () => {
    fc.assert(
      fc.property(shape, fc.array(price, { maxLength: 30 }), someTerms, (drawn, prices, terms) => {
        let state = positionOf(drawn);
        const reserved = state.margin;
        let released = Decimal.ZERO;
        let booked = Decimal.ZERO;
        for (const next of prices) {
          const change = onPrice(state, dec(next), terms, LATER);
          if (change === undefined) continue;
          const stop = effectiveStop(change.after);
          const before = effectiveStop(state);
          if (before !== null && !isTerminalPosition(change.after.status)) {
            expect(stop !== null && hasReached(state.side, stop, before)).toBe(true);
          }
          for (const { grossPnl, fee } of change.executions) booked = booked.plus(grossPnl).minus(fee);
          booked = booked.minus(change.liquidation ?? Decimal.ZERO);
          released = released.plus(change.marginDelta);
          state = change.after;
          if (state.status === 'OPEN' || state.status === 'PARTIAL')
            expect(openRungs(state).eq(state.remainingQty)).toBe(true);
          else expect(state.remainingQty.isZero && state.cost.isZero).toBe(true);
        }
        expect(state.realisedPnl.eq(booked)).toBe(true);
        expect(reserved.plus(released).eq(state.margin)).toBe(true);
        if (isTerminalPosition(state.status)) expect(state.margin.isZero).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('nothing happens at a price that no watch has named', () => {
    fc.assert(
      fc.property(shape, fc.array(price, { minLength: 1, maxLength: 15 }), someTerms, (drawn, prices, terms) => {
        let state = positionOf(drawn);
        for (const next of prices) {
          const exact = dec(next);
          const isWatched = watchesOf(state, terms).some(({ toward, price: level }) =>
            toward === 'PROFIT' ? hasReached(state.side, exact, level) : hasFallenTo(state.side, exact, level),
          );
          const stop = effectiveStop(state);
          const isTrailed = state.trail !== null && stop !== null && hasFallenTo(state.side, exact, stop);
          const change = onPrice(state, exact, terms, LATER);
          if (change !== undefined) expect(isWatched || isTrailed).toBe(true);
          state = change?.after ?? state;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
