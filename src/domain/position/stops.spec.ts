/** Moving stops and trails by themselves: where they go, when they stay, and what the log says of it. */
import { AT, dec, fees, LATER, noFees, positionOf, SHORT } from '../../../test/factories/positions.js';
import type { StopRule } from '../plan/position-plan.js';
import { unchanged } from './exits.js';
import { onPrice } from './on-price.js';
import type { PositionState, Trail } from './position.js';
import { breakEven, effectiveStop, isTakeProfitExit, moveStop, startTrail, withPeak } from './stops.js';

const rule = (action: StopRule['action'], target: number, percent?: string): StopRule => ({
  action,
  trigger: { target },
  percent: percent === undefined ? null : dec(percent),
});

const trail = (percent: string, peak: string, takesProfit = false): Trail => ({
  percent: dec(percent),
  peak: dec(peak),
  since: AT,
  takesProfit,
});

const FOUR = ['102', '104', '106', '108'];

/** The stop after each of these prices. */
function stops(position: PositionState, ...prices: string[]): (string | undefined)[] {
  let state = position;
  return prices.map((price) => {
    state = onPrice(state, dec(price), noFees, LATER)?.after ?? state;
    return state.stopLoss?.toString();
  });
}

describe('stops that follow the targets', () => {
  const following = (...stopRules: StopRule[]) => positionOf({ targets: FOUR, plan: { stopRules } });

  it('two behind goes to the entry at the second target and on from there; the first is too early', () => {
    expect(stops(following(rule('MOVING_2_TARGET', 1)), '102', '104', '106')).toEqual(['95', '100', '102']);
  });

  it('one behind begins at its trigger and follows every target after it', () => {
    expect(stops(following(rule('MOVING_TARGET', 2)), '102', '104', '106')).toEqual(['95', '102', '104']);
  });

  it('break-even acts at its target alone', () => {
    expect(stops(following(rule('BREAKEVEN', 2)), '102', '104', '106')).toEqual(['95', '100', '100']);
  });

  it('a trail begins at its target alone: those after it only carry it along', () => {
    const first = onPrice(following(rule('BELOW_HIGHEST', 1, '5')), dec('102'), noFees, LATER);
    expect(first?.log.map(({ type }) => type)).toEqual(['TP_HIT', 'TRAILING']);
    const second = onPrice(first?.after as PositionState, dec('104'), noFees, LATER);
    expect(second?.log.map(({ type }) => type)).toEqual(['TP_HIT']);
    expect(second?.after.trail?.peak.toString()).toBe('104');
  });

  it('of several rules the one that protects most counts', () => {
    const both = following(rule('BREAKEVEN', 1), rule('BELOW_TRIGGER', 1, '1'));
    expect(stops(both, '102')).toEqual(['100.98']);
  });
});

describe('moving a stop', () => {
  const held = unchanged(positionOf());

  it('is logged with where it was, where it is, and why', () => {
    const { after, log } = moveStop(held, dec('97'), 'BREAKEVEN');
    expect(after.stopLoss?.toString()).toBe('97');
    expect(log).toEqual([
      {
        type: 'STOP_MOVED',
        message: 'Stop moved from 95 to 97 (breakeven)',
        meta: { from: '95', to: '97', why: 'BREAKEVEN' },
      },
    ]);
    expect(moveStop(unchanged(positionOf({ stop: null })), dec('90'), 'EDIT').log).toMatchObject([
      { message: 'Stop moved from none to 90 (edit)', meta: { from: null, to: '90' } },
    ]);
  });

  it('changes nothing where it protects no more, is no price, or nothing is held', () => {
    expect(moveStop(held, dec('95'), 'EDIT')).toBe(held);
    expect(moveStop(held, dec('94.99'), 'EDIT')).toBe(held);
    expect(moveStop(held, undefined, 'EDIT')).toBe(held);
    const bare = unchanged(positionOf({ stop: null }));
    expect(moveStop(bare, dec('0'), 'EDIT')).toBe(bare);
    const waiting = unchanged(positionOf({ pending: true }));
    expect(moveStop(waiting, dec('97'), 'EDIT')).toBe(waiting);
    const short = unchanged(positionOf(SHORT));
    expect(moveStop(short, dec('106'), 'EDIT')).toBe(short);
    expect(moveStop(short, dec('104'), 'EDIT').after.stopLoss?.toString()).toBe('104');
  });

  it('break-even pays back both fees to the last digit, on the tick that protects more', () => {
    const third = { ...positionOf(), cost: dec('100.004'), remainingQty: dec('1') };
    // 100.004 × 1.0005 ÷ 0.9995 = 100.10405…
    expect(breakEven(third, fees).toString()).toBe('100.11');
    const short = { ...positionOf(SHORT), cost: dec('100.004'), remainingQty: dec('1') };
    // 100.004 × 0.9995 ÷ 1.0005 = 99.90404…
    expect(breakEven(short, fees).toString()).toBe('99.9');
  });
});

describe('trails', () => {
  it('are logged, as a stop or as a take-profit', () => {
    const held = unchanged(positionOf());
    expect(startTrail(held, trail('1', '103')).log).toEqual([
      {
        type: 'TRAILING',
        message: 'Stop trails 1 % behind the best price',
        meta: { percent: '1', peak: '103' },
      },
    ]);
    expect(startTrail(held, trail('1', '103', true)).log).toMatchObject([
      { message: 'Take-profit trails 1 % behind the best price' },
    ]);
  });

  it('merge: the closer distance, the better peak, the older beginning, and a take-profit stays one', () => {
    const first = startTrail(unchanged(positionOf()), trail('2', '104', true));
    const second = startTrail(first, { ...trail('1', '103'), since: LATER });
    expect(second.after.trail).toEqual(trail('1', '104', true));
    const third = startTrail(startTrail(unchanged(positionOf()), trail('1', '103')), trail('3', '105', true));
    expect(third.after.trail).toEqual(trail('1', '105', true));
    const plain = startTrail(startTrail(unchanged(positionOf()), trail('1', '103')), trail('3', '102'));
    expect(plain.after.trail).toEqual(trail('1', '103'));
    expect(third.log).toHaveLength(2);
  });

  it('stand between the position and its loss where they are closer than the stop', () => {
    expect(effectiveStop({ ...positionOf(), trail: trail('1', '103') })?.toString()).toBe('101.97');
    expect(effectiveStop({ ...positionOf(), trail: trail('10', '103') })?.toString()).toBe('95');
    expect(effectiveStop({ ...positionOf({ stop: null }), trail: trail('10', '103') })?.toString()).toBe('92.7');
    expect(effectiveStop(positionOf())?.toString()).toBe('95');
  });

  it('take profit only where the trail, not the stop, is what closes', () => {
    const profit = { ...positionOf(), trail: trail('1', '103', true) };
    expect(isTakeProfitExit(profit, dec('101.97'))).toBe(true);
    expect(isTakeProfitExit(profit, dec('101.98'))).toBe(false);
    expect(isTakeProfitExit({ ...profit, trail: trail('1', '103') }, dec('101.97'))).toBe(false);
    expect(isTakeProfitExit({ ...profit, stopLoss: dec('102') }, dec('101.97'))).toBe(false);
    expect(isTakeProfitExit({ ...profit, stopLoss: null }, dec('101.97'))).toBe(true);
    expect(isTakeProfitExit(positionOf(), dec('90'))).toBe(false);
  });

  it('keep the best price, and are the same position at one that is no better', () => {
    const trailing = { ...positionOf(), trail: trail('1', '103') };
    expect(withPeak(trailing, dec('103.5')).trail?.peak.toString()).toBe('103.5');
    expect(withPeak(trailing, dec('103'))).toBe(trailing);
    expect(withPeak(trailing, dec('102'))).toBe(trailing);
    const short = { ...positionOf(SHORT), trail: trail('1', '97') };
    expect(withPeak(short, dec('96')).trail?.peak.toString()).toBe('96');
    expect(withPeak(short, dec('98'))).toBe(short);
  });
});
