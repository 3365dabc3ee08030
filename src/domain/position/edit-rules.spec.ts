/** Edits of a plan's rules, field by field: what becomes of them, and which are fixed once the trade is laid out. */
import { after, byOwner, bySignal, reasons, run, texts } from '../../../test/factories/edits.js';
import { dec, LATER, positionOf } from '../../../test/factories/positions.js';

const waiting = positionOf({ pending: true });

describe('a rule', () => {
  it('is named in the answer as it was and as it is', () => {
    const rules = [{ action: 'BREAKEVEN' as const, at_target: 2 }];
    const { applied } = bySignal(positionOf(), {
      plan: { 'stop.rules': rules, 'exit.after': 60, 'targets.split': 'ONE_TARGET' },
    });
    expect(applied).toEqual([
      { field: 'stop.rules', from: '[]', to: JSON.stringify(rules) },
      { field: 'exit.after', from: 'none', to: '60' },
      { field: 'targets.split', from: 'EVEN', to: 'ONE_TARGET' },
    ]);
  });

  it('on when entries are given up holds for entries that wait', () => {
    const minute = { plan: { 'entry.expires_after': 60, 'entry.cancel_at_target': 2 } };
    const done = after(bySignal(waiting, minute));
    expect(done.entryExpiresAt).toEqual(new Date(LATER.getTime() + 60_000));
    expect(done.plan).toMatchObject({ cancelAtTarget: 2, weights: [1, 1, 1] });
    const never = { plan: { 'entry.expires_after': null } };
    const expiring = positionOf({ pending: true, entryExpiresAt: LATER });
    expect(after(bySignal(expiring, never, '103', { 'entry.expires_after': 60 })).entryExpiresAt).toBeNull();
    expect(bySignal(positionOf(), minute).refused).toEqual([
      { field: 'entry.expires_after', reason: 'ENTRY_ALREADY_FILLED' },
      { field: 'entry.cancel_at_target', reason: 'ENTRY_ALREADY_FILLED' },
    ]);
    const ladder = run(positionOf({ pending: true, ladder: [['99', 10n]] }), '100');
    expect(bySignal(ladder, minute)).toMatchObject({
      applied: [{ field: 'entry.expires_after' }],
      refused: [{ field: 'entry.cancel_at_target' }],
    });
  });

  it('on the end of the trade counts from its first fill', () => {
    const plan = { 'exit.after': 60, 'exit.on_opposite_signal': 'CLOSE' as const };
    const held = after(bySignal(positionOf(), { plan }));
    expect(held.plan).toMatchObject({ exitAfterSeconds: 60, onOpposite: 'CLOSE' });
    expect(held.exitAt).toEqual(new Date((held.openedAt as Date).getTime() + 60_000));
    const unfilled = after(bySignal(waiting, { plan }));
    expect([unfilled.plan.exitAfterSeconds, unfilled.exitAt]).toEqual([60, null]);
    const never = after(bySignal(held, { plan: { 'exit.after': null } }, '100', plan));
    expect([never.plan.exitAfterSeconds, never.exitAt]).toEqual([null, null]);
  });

  it('on targets: what they follow, how they share, whether the last trails', () => {
    const plan = { 'targets.anchor': 'AVERAGE' as const, 'targets.trailing_percent': '2' };
    const done = after(bySignal(positionOf(), { plan }));
    expect(done.plan).toMatchObject({ targetAnchor: 'AVERAGE', weights: [1, 1, 1] });
    expect(done.plan.trailingTakeProfit?.toString()).toBe('2');
    const not = after(bySignal(done, { plan: { 'targets.trailing_percent': null } }, '100', plan));
    expect(not.plan.trailingTakeProfit).toBeNull();
    const shares = { 'targets.split': 'SHARES' as const, 'targets.shares': ['50', '20', '30'] };
    expect(texts(after(bySignal(positionOf(), { plan: shares })).targetQtys)).toEqual(['0.5', '0.2', '0.3']);
    expect(
      texts(
        after(bySignal(positionOf(), { plan: { 'targets.shares': ['20', '30', '50'] } }, '100', shares)).targetQtys,
      ),
    ).toEqual(['0.2', '0.3', '0.5']);
  });

  it('on the opposite signal can change while the last target trails', () => {
    const trailing = run(positionOf({ plan: { trailingTakeProfit: dec('1') } }), '106');
    const done = bySignal(trailing, { plan: { 'exit.on_opposite_signal': 'CLOSE' } }, '106');
    expect([done.result, after(done).plan.onOpposite]).toEqual(['APPLIED', 'CLOSE']);
  });

  it('on what is laid out and reserved is fixed', () => {
    const { refused } = bySignal(waiting, {
      plan: { 'margin.mode': 'CROSS', 'margin.leverage': 3, 'safety.step_percent': '3', 'entry.zone_orders': 7 },
    });
    expect(refused).toEqual([
      { field: 'margin.mode', reason: 'MARGIN_MODE_IS_FIXED' },
      { field: 'margin.leverage', reason: 'LEVERAGE_IS_FIXED' },
      { field: 'safety.step_percent', reason: 'SAFETY_IS_FIXED' },
      { field: 'entry.zone_orders', reason: 'ENTRY_IS_LAID_OUT' },
    ]);
  });
});

describe('new stop rules', () => {
  const breakeven = (at_target: number) => ({ plan: { 'stop.rules': [{ action: 'BREAKEVEN' as const, at_target }] } });
  const hit = run(positionOf(), '102');

  it('say nothing of targets that are not hit yet', () => {
    expect(after(bySignal(hit, breakeven(2), '102')).stopLoss?.toString()).toBe('95');
  });

  it('act at the next target only, where there is no price to compare with', () => {
    const done = bySignal(hit, breakeven(1), null);
    expect([done.result, after(done).stopLoss?.toString()]).toEqual(['APPLIED', '95']);
    expect(after(done).plan.stopRules).toHaveLength(1);
  });

  it('alone catch up: another rule moves no stop', () => {
    const stopRules = [{ action: 'BREAKEVEN', trigger: { target: 1 }, percent: null } as const];
    const behind = { ...hit, plan: { ...hit.plan, stopRules } };
    expect(after(bySignal(behind, { plan: { 'exit.after': 60 } }, '102')).stopLoss?.toString()).toBe('95');
  });

  it('start to count their percent triggers anew', () => {
    const fired = { ...positionOf(), rulesFired: 1 };
    expect(after(bySignal(fired, breakeven(1))).rulesFired).toBe(0);
  });

  it('that would stop the trade on the spot are kept, and named as not caught up', () => {
    expect(bySignal(hit, breakeven(1), '100.05').refused).toEqual([
      { field: 'stop.rules', reason: 'STOP_BEYOND_PRICE' },
    ]);
  });
});

describe('the line of an edit in the log', () => {
  const stop = (price: string) => ({ stopLoss: dec(price) });

  it('names what was done and what was not', () => {
    const partly = bySignal(positionOf(), { ...stop('90'), plan: { 'exit.after': 60 } });
    expect(partly.change?.log[0]?.message).toBe(
      'Edit: exit.after from none to 60; not stop_loss (STOP_ONLY_TOWARD_PROFIT)',
    );
    expect(partly.change?.log[0]?.meta).toMatchObject({ result: 'PARTLY', refused: partly.refused });
    expect(bySignal(positionOf(), stop('97')).values).toBeUndefined();
  });

  it('is not written for a position that has ended', () => {
    const ended = run(positionOf(), '95');
    expect(byOwner(ended, stop('97'))).toEqual({
      result: 'REFUSED',
      change: undefined,
      applied: [],
      refused: [{ field: 'position', reason: 'POSITION_ENDED' }],
      values: undefined,
    });
  });

  it('says of an edit that does not reach a detached position', () => {
    const detached = { ...positionOf(), isDetached: true };
    const outcome = bySignal(detached, stop('97'));
    expect(outcome.refused).toEqual([{ field: 'position', reason: 'DETACHED' }]);
    expect(outcome.change?.log).toMatchObject([{ message: 'Edit: not position (DETACHED)' }]);
  });

  it('is followed by one that tells the first time that it detaches', () => {
    const lines = (outcome: ReturnType<typeof byOwner>) => outcome.change?.log.map(({ type }) => type);
    const partly = byOwner(positionOf(), { ...stop('90'), plan: { 'exit.after': 60 } });
    expect(lines(partly)).toEqual(['EDITED', 'DETACHED']);
    expect(partly.change?.log[1]?.message).toBe(
      'Detached from its signal: edits, reports and cancel of the signal do not reach it any more',
    );
    const mine = byOwner(after(partly), stop('97'));
    expect([after(mine).stopLoss?.toString(), lines(mine)]).toEqual(['97', ['EDITED']]);
    const none = byOwner({ ...positionOf(), signalId: null }, stop('97'));
    expect([after(none).isDetached, lines(none)]).toEqual([false, ['EDITED']]);
    const hit = run(positionOf(), '102');
    const rules = [{ action: 'BREAKEVEN' as const, at_target: 1 }];
    const moved = byOwner(hit, { plan: { 'stop.rules': rules } }, '102');
    expect([after(moved).isDetached, lines(moved)?.at(-1)]).toEqual([true, 'DETACHED']);
    expect(reasons(moved)).toEqual([]);
  });
});
