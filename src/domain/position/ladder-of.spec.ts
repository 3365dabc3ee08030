/** The ladder after a fill or an exit: which rungs share what is held, and which targets move with the average entry. */
import { after, byOwner, run, texts } from '../../../test/factories/edits.js';
import { dec, LATER, noFees, positionOf, type Shape } from '../../../test/factories/positions.js';
import { marginOf } from './legs.js';
import { onCommand } from './on-command.js';
import { onPrice } from './on-price.js';
import { dueAt } from './on-time.js';
import type { PositionState } from './position.js';
import { hasFallenTo, hasReached, tickTowardLoss, tickTowardProfit } from './prices.js';
import { watchesOf } from './watch.js';

describe('rungs', () => {
  it('are no smaller than the venue takes', () => {
    const instrument = { tickSize: '0.01', lotStep: '0.1', minQty: '0.4', minNotional: '1' };
    const planned = positionOf({ pending: true, plan: { instrument } });
    const held = run(planned, '100');
    expect(texts(held.targetQtys)).toEqual(texts(planned.targetQtys));
    expect(held.targetQtys.every((qty) => qty.isZero || qty.gte(dec('0.4')))).toBe(true);
  });

  it('take what is no whole lot into the last that has a share', () => {
    const position = positionOf({ plan: { weights: [1, 1, 0] } });
    const close = { kind: 'close', qty: dec('0.25'), leg: 'CLOSE1' } as const;
    const rest = onCommand(position, close, dec('101'), noFees, LATER)?.after;
    expect(texts(rest?.targetQtys ?? [])).toEqual(['0.3', '0.45', '0']);
  });

  it('of a position that was closed in part grow by what is added to it', () => {
    const hit = run(positionOf(), '102');
    const more = after(byOwner(hit, { addEntries: [{ price: dec('99'), qty: dec('0.5') }] }, '101'));
    const filled = run(more, '99');
    expect(filled.status).toBe('PARTIAL');
    expect(texts(filled.targetQtys)).toEqual(['0.3', '0.6', '0.6']);
  });
});

describe('targets that follow the average', () => {
  const uneven: Shape = { targets: ['102.5', '104.5', '106.5'], plan: { targetAnchor: 'AVERAGE' } };

  it('stay as they were planned while the one entry is all that filled', () => {
    const safety: Shape = {
      ...uneven,
      pending: true,
      safety: [
        ['98', 10n],
        ['96', 10n],
      ],
    };
    expect(texts(run(positionOf({ ...uneven, pending: true }), '100').targetPrices)).toEqual([
      '102.5',
      '104.5',
      '106.5',
    ]);
    const first = run(positionOf(safety), '100');
    expect(texts(first.targetPrices)).toEqual(['102.5', '104.5', '106.5']);
    expect(texts(run(first, '98').targetPrices)).toEqual(['100.98', '102.96', '104.94']);
  });

  it('move from the first fill on where there are several entries, or a breakout', () => {
    const ladder = positionOf({ ...uneven, pending: true, ladder: [['99', 10n]] });
    expect(texts(run(ladder, '100').targetPrices)).toEqual(['102', '104', '106']);
    const breakout = positionOf({ ...uneven, pending: true, plan: { ...uneven.plan, entryTrigger: 'BREAKOUT' } });
    expect(texts(run(breakout, '101').targetPrices)).toEqual(['103.02', '105.04', '107.06']);
  });

  it('that were hit stay where they were hit', () => {
    const hit = run(positionOf({ plan: { targetAnchor: 'AVERAGE' } }), '102');
    const more = after(byOwner(hit, { addEntries: [{ price: dec('99'), qty: dec('0.7') }] }, '101'));
    const filled = run(more, '99');
    expect(filled.entryPrice.toString()).toBe('99.5');
    expect(texts(filled.targetPrices)).toEqual(['102', '103.48', '105.47']);
  });

  it('give way to the own take-profit of a safety order, which moves the last alone', () => {
    const plan = { safetyLevels: [{ takeProfitPercent: dec('1') }], targetAnchor: 'AVERAGE' as const };
    const deep = run(positionOf({ safety: [['98', 10n]], plan }), '98');
    expect(texts(deep.targetPrices)).toEqual(['102', '104', '99.99']);
  });
});

describe('what is watched', () => {
  const watched = (position: PositionState) =>
    watchesOf(position, noFees).map(({ toward, price }) => `${toward} ${price.toString()}`);
  const entryTrigger = 'BREAKOUT' as const;

  it('is nothing of a position that has ended', () => {
    expect(watched(run(positionOf(), '95'))).toEqual([]);
  });

  it('is the nearest target that is not hit, and no target that trails', () => {
    expect(watched(run(positionOf(), '102'))).toEqual(['LOSS 95', 'PROFIT 104']);
    expect(watched(run(positionOf({ plan: { trailingTakeProfit: dec('1') } }), '106'))).toEqual(['LOSS 95']);
  });

  it('is what gives an entry up that waits', () => {
    expect(watched(positionOf({ pending: true }))).toEqual(['LOSS 100']);
    expect(watched(positionOf({ pending: true, plan: { cancelAtTarget: 2 } }))).toEqual(['LOSS 100', 'PROFIT 104']);
    const breakout: Shape = { pending: true, safety: [['98', 10n]], plan: { entryTrigger, cancelAtTarget: 2 } };
    expect(watched(positionOf(breakout))).toEqual(['PROFIT 100', 'PROFIT 102', 'LOSS 95']);
    const following = { ...breakout, plan: { ...breakout.plan, targetAnchor: 'AVERAGE' as const } };
    expect(watched(positionOf(following))).toEqual(['PROFIT 100', 'PROFIT 104', 'LOSS 95']);
    const open = { ...breakout, stop: null };
    expect(watched(positionOf(open))).toEqual(['PROFIT 100', 'PROFIT 102']);
  });

  it('is the earlier of two times, or the one there is', () => {
    const later = new Date(LATER.getTime() + 1);
    const due = (entryExpiresAt: Date | null, exitAt: Date | null) => dueAt({ entryExpiresAt, exitAt });
    expect([due(LATER, later), due(later, LATER), due(LATER, LATER)]).toEqual([LATER, LATER, LATER]);
    expect([due(LATER, null), due(null, LATER), due(null, null)]).toEqual([LATER, LATER, null]);
  });
});

describe('prices', () => {
  const [tick, price] = [dec('0.5'), dec('100.2')];

  it('are rounded to the tick that lies on the side that is asked for', () => {
    expect(texts([tickTowardProfit('LONG', price, tick), tickTowardProfit('SHORT', price, tick)])).toEqual([
      '100.5',
      '100',
    ]);
    expect(texts([tickTowardLoss('LONG', price, tick), tickTowardLoss('SHORT', price, tick)])).toEqual([
      '100',
      '100.5',
    ]);
    expect(texts([tickTowardLoss('LONG', dec('100.3'), tick), tickTowardLoss('SHORT', dec('100.3'), tick)])).toEqual([
      '100',
      '100.5',
    ]);
    expect(tickTowardLoss('SHORT', dec('100.5'), tick).toString()).toBe('100.5');
  });

  it('are reached at the level itself, from either side', () => {
    for (const side of ['LONG', 'SHORT'] as const) {
      expect([hasReached(side, price, price), hasFallenTo(side, price, price)]).toEqual([true, true]);
    }
  });

  it('make a margin that is never short of a fraction', () => {
    expect(marginOf(dec('100'), 3).toString()).toBe('33.33333334');
    expect(onPrice(positionOf(), price, noFees, LATER)).toBeUndefined();
  });
});
