/** Orders that an owner takes back or adds by hand: what is answered, what is reserved, where an order may wait. */
import { after, byOwner, reasons, run, texts } from '../../../test/factories/edits.js';
import { dec, LATER, positionOf, SHORT, type Shape } from '../../../test/factories/positions.js';
import type { PositionState } from './position.js';

const LADDER: Shape = { ladder: [['99', 10n]], entryExpiresAt: new Date(LATER.getTime() + 60_000) };

const added = (position: PositionState, price: string, market: string | null = '100', qty = '1') =>
  byOwner(position, { addEntries: [{ price: dec(price), qty: dec(qty) }] }, market);

describe('an order that is taken back', () => {
  it('is named with what was left of it and its price', () => {
    const outcome = byOwner(positionOf(LADDER), { cancelEntries: ['ENTRY2', 'ENTRY7', 'ENTRY'] });
    expect(outcome.applied).toEqual([{ field: 'entries.ENTRY2', from: '1 at 99', to: 'none' }]);
    expect(outcome.refused).toEqual([
      { field: 'entries.ENTRY7', reason: 'ENTRY_NOT_FOUND' },
      { field: 'entries.ENTRY', reason: 'ENTRY_ALREADY_FILLED' },
    ]);
  });

  it('of a position that holds something leaves what is held, with its margin, and nothing that expires', () => {
    const held = positionOf(LADDER);
    const left = after(byOwner(held, { cancelEntries: ['ENTRY2'] }));
    expect(left).toMatchObject({ status: 'OPEN', entriesClosed: false, entryExpiresAt: null });
    expect([texts(left.legQtys), left.plannedQty.toString(), left.margin.toString()]).toEqual([['1', '0'], '1', '10']);
    expect(texts(left.targetQtys)).toEqual(texts(held.targetQtys));
    const more = positionOf({ ...LADDER, ladder: [...(LADDER.ladder ?? []), ['98', 10n]] });
    expect(after(byOwner(more, { cancelEntries: ['ENTRY3'] })).entryExpiresAt).toEqual(LADDER.entryExpiresAt);
  });

  it('as the last that waits ends the position with the quantity that it had', () => {
    const all = byOwner(positionOf({ ...LADDER, pending: true }), { cancelEntries: ['ENTRY2', 'ENTRY'] }, '103');
    const ended = after(all);
    expect(ended).toMatchObject({ status: 'CANCELLED', closeReason: 'MANUAL', entriesClosed: true });
    expect([texts(ended.legQtys), ended.plannedQty.toString(), ended.margin.toString()]).toEqual([
      ['1', '0'],
      '1',
      '0',
    ]);
    expect(all.change?.marginDelta.toString()).toBe('-19.9');
    expect(all.change?.log.map(({ message }) => message)).toContain('All entries were taken back by hand');
  });
});

describe('an order that is added', () => {
  it('is named with its quantity and its price', () => {
    expect(added(positionOf(), '98').applied).toEqual([{ field: 'entries.ENTRY2', from: 'none', to: '1 at 98' }]);
    expect(added(positionOf(), '96').refused).toEqual([]);
    expect(added(positionOf(), '94').refused).toEqual([{ field: 'entries.ENTRY2', reason: 'ENTRY_BEYOND_STOP' }]);
  });

  it('is large enough for the venue', () => {
    const instrument = { tickSize: '0.01', lotStep: '0.1', minQty: '0.1', minNotional: '20' };
    const position = positionOf({ plan: { instrument } });
    expect(reasons(added(position, '98', '100', '0.2'))).toEqual(['ENTRY_TOO_SMALL']);
    expect(reasons(added(position, '98', '100', '0.3'))).toEqual([]);
  });

  it('is one of ten entries at most, safety orders not counted', () => {
    const ladderOf = (entries: number): Shape => ({
      ladder: Array.from({ length: entries - 1 }, (_, index) => [String(99.5 - index / 10), 10n] as const),
      safety: [['96', 10n]],
    });
    expect(reasons(added(positionOf(ladderOf(10)), '97'))).toEqual(['TOO_MANY_ENTRIES']);
    const last = added(positionOf(ladderOf(9)), '97');
    expect(last.applied.map(({ field }) => field)).toEqual(['entries.ENTRY10']);
    expect(texts(after(last).legPrices).slice(-2)).toEqual(['97', '96']);
  });

  it('is not added to a breakout', () => {
    const breakout = positionOf({ pending: true, plan: { entryTrigger: 'BREAKOUT' } });
    expect(reasons(added(breakout, '98'))).toEqual(['ENTRY_IS_LAID_OUT']);
  });

  it('waits before the next target that is left, and behind the market where there is one', () => {
    expect(reasons(added(positionOf(), '102', '103'))).toEqual(['TARGETS_ON_WRONG_SIDE']);
    expect(reasons(added(run(positionOf(), '102'), '102', '103'))).toEqual([]);
    expect(reasons(added(positionOf(), '101.9', null))).toEqual([]);
    expect(reasons(added(positionOf(SHORT), '101', '100'))).toEqual([]);
    expect(reasons(added(positionOf(SHORT), '101', '101'))).toEqual(['ENTRY_BEYOND_PRICE']);
    expect(reasons(added(positionOf({ stop: null }), '50'))).toEqual([]);
    const trailing = run(positionOf({ plan: { trailingTakeProfit: dec('5') } }), '106');
    expect(trailing.targetHitAt.slice(0, 2)).not.toContain(null);
    expect(reasons(added(trailing, '104', '106'))).toEqual([]);
  });

  it('shares in the ladder of a position that waits, and in that of one that holds only when it fills', () => {
    const waiting = after(added(positionOf({ pending: true }), '98', '103', '0.5'));
    expect([texts(waiting.targetQtys), waiting.plannedQty.toString()]).toEqual([['0.5', '0.5', '0.5'], '1.5']);
    const held = after(added(positionOf(), '98', '103', '0.5'));
    expect([texts(held.targetQtys), held.plannedQty.toString()]).toEqual([['0.3', '0.3', '0.4'], '1.5']);
  });
});
