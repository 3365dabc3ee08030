/** Stops against what else a price may do: waiting orders beyond them, markets that have passed them. */
import { dec, fees, LATER, noFees, positionOf, SHORT, type Shape } from '../../../test/factories/positions.js';
import type { StopRule } from '../plan/position-plan.js';
import { unchanged } from './exits.js';
import { onPrice, takeTargets } from './on-price.js';
import type { PositionChange, PositionState } from './position.js';
import { watchesOf } from './watch.js';

function run(from: PositionState, ...prices: string[]): PositionState {
  return prices.reduce((state, price) => onPrice(state, dec(price), noFees, LATER)?.after ?? state, from);
}

const rule = (action: StopRule['action'], trigger: StopRule['trigger'], percent?: string): StopRule => ({
  action,
  trigger,
  percent: percent === undefined ? null : dec(percent),
});

const withRules = (...stopRules: StopRule[]): PositionState => positionOf({ plan: { stopRules } });

describe('stops', () => {
  it('lie on a tick, the one that protects more', () => {
    const triggered = rule('BELOW_TRIGGER', { target: 1 }, '0.333');
    expect(run(withRules(triggered), '102').stopLoss?.toString()).toBe('101.67');
    const short = positionOf({ ...SHORT, plan: { stopRules: [triggered] } });
    expect(run(short, '98').stopLoss?.toString()).toBe('98.32');
    const averaged = positionOf({
      safety: [['97.03', 20n]],
      plan: { stopRules: [rule('MOVING_TARGET', { target: 1 })] },
    });
    expect(run(averaged, '97.03', '102').stopLoss?.toString()).toBe('98.02');
  });

  it('come before the entries and safety orders that lie beyond them', () => {
    const rules = { stopRules: [rule('BREAKEVEN', { percent: dec('1') })] };
    const safe = run(positionOf({ safety: [['98', 10n]], plan: rules }), '101');
    expect(safe.stopLoss?.toString()).toBe('100');
    const gap = onPrice(safe, dec('97'), noFees, LATER) as PositionChange;
    expect(gap.executions.map(({ leg }) => leg)).toEqual(['STOP']);
    expect(gap.after).toMatchObject({ status: 'STOPPED' });
  });

  it('stay where they are when the market has passed where they would go', () => {
    const near = positionOf({
      targets: ['100.05', '104', '106'],
      plan: { stopRules: [rule('BREAKEVEN', { target: 1 })] },
    });
    const after = onPrice(near, dec('100.05'), fees, LATER)?.after as PositionState;
    expect(after).toMatchObject({ status: 'PARTIAL', stopLoss: dec('95') });
    expect(onPrice(after, dec('100.05'), fees, LATER)).toBeUndefined();
    const reported = takeTargets(
      unchanged(withRules(rule('MOVING_TARGET', { target: 1 }))),
      2,
      dec('99'),
      dec('99'),
      fees,
      LATER,
    );
    expect(reported.after.stopLoss?.toString()).toBe('95');
  });

  it('act at the price of the entry too, where they are triggered there', () => {
    const pending = positionOf({
      pending: true,
      plan: { stopRules: [rule('BELOW_HIGHEST', { percent: dec('0') }, '2')] },
    });
    const filled = run(pending, '100');
    expect(filled.trail).toMatchObject({ peak: dec('100') });
    expect(onPrice(filled, dec('100'), noFees, LATER)).toBeUndefined();
  });
});

describe('a breakout', () => {
  it('is given up when the price jumps further beyond it than the plan allows', () => {
    const plan = { entryTrigger: 'BREAKOUT' as const, maxDeviation: dec('0.5') };
    const seen = (price: string, shape: Shape = {}) =>
      onPrice(positionOf({ pending: true, plan, ...shape }), dec(price), noFees, LATER)?.after;
    expect(seen('100.5')).toMatchObject({ status: 'OPEN' });
    expect(seen('100.51')).toMatchObject({ status: 'CANCELLED', closeReason: 'EXPIRED' });
    expect(seen('99.5', SHORT)).toMatchObject({ status: 'OPEN' });
    expect(seen('99.49', SHORT)).toMatchObject({ status: 'CANCELLED', closeReason: 'EXPIRED' });
    expect(seen('99.9')).toBeUndefined();
  });
});

describe('an entry that may not fill', () => {
  const seen = (price: string, shape: Shape = {}) =>
    onPrice(positionOf({ pending: true, ...shape }), dec(price), noFees, LATER, undefined, false);

  it('is given up when the stop is seen, and is watched for that', () => {
    expect(seen('96')).toBeUndefined();
    expect(seen('95')?.after).toMatchObject({ status: 'CANCELLED', closeReason: 'EXPIRED' });
    expect(seen('105', SHORT)?.after).toMatchObject({ status: 'CANCELLED', closeReason: 'EXPIRED' });
    const barred = { ...positionOf({ pending: true }), entriesClosed: true };
    expect(watchesOf(barred, noFees).map(({ toward, price }) => `${toward} ${price.toString()}`)).toEqual(['LOSS 95']);
  });
});
