/** What an alert changes of what is held: the scenarios that went wrong elsewhere, and what holds for all alerts. */
import fc from 'fast-check';
import { type Alert, type PositionSide, SILENT } from './alert.js';
import { effectOf, type FollowRules, type Held, NOTHING_HELD, stepsOf, USUAL_RULES } from './held.js';
import { intentOf } from './meaning.js';

const alert = (says: Partial<Alert>): Alert => {
  const said = { ...SILENT, ...says };
  return {
    dialect: 'plain',
    action: null,
    ...said,
    intent: says.intent ?? intentOf(said),
    pair: 'BTCUSDT',
    symbol: 'BTCUSDT',
  };
};

const held = (side: PositionSide, said: Held['said'] = null): Held => ({ side, said });

const steps = (says: Partial<Alert>, of: Held, rules: Partial<FollowRules> = {}, isStale = false) => {
  const { steps: made, left, gap } = stepsOf(alert(says), of, { ...USUAL_RULES, ...rules }, isStale);
  return { steps: made.map((step) => ('side' in step ? `${step.kind} ${step.side}` : step.kind)), left, gap };
};

describe('a word', () => {
  it('enters from flat, turns the other side over, and is no second entry', () => {
    expect(steps({ said: 'buy' }, NOTHING_HELD).steps).toEqual(['enter long']);
    expect(steps({ said: 'buy' }, held('short')).steps).toEqual(['close short', 'enter long']);
    expect(steps({ said: 'buy' }, held('long'))).toMatchObject({ steps: [], left: ['SAME_DIRECTION'] });
  });

  it('on the side that is held adds or begins anew where the source is set to it', () => {
    expect(steps({ said: 'buy' }, held('long'), { onSameSide: 'add' }).steps).toEqual(['enter long']);
    expect(steps({ said: 'buy' }, held('long'), { onSameSide: 'restart' }).steps).toEqual(['close long', 'enter long']);
  });

  it('on the other side does what the source is set to', () => {
    const sell = { said: 'sell', qty: '1', sizeBefore: null } as const;
    expect(steps(sell, held('long'), { onOpposite: 'close' }).steps).toEqual(['close long']);
    expect(steps(sell, held('long'), { onOpposite: 'ignore' }).left).toEqual(['OPPOSITE_IGNORED']);
  });

  it('to close closes only its own side, and never opens', () => {
    expect(steps({ said: 'close_long' }, held('short')).left).toEqual(['NOTHING_TO_CLOSE']);
    expect(steps({ said: 'close' }, held('short')).steps).toEqual(['close short']);
    expect(steps({ said: 'close' }, NOTHING_HELD).left).toEqual(['NOTHING_TO_CLOSE']);
    expect(steps({ said: 'sell', isReduceOnly: true }, NOTHING_HELD).left).toEqual(['NOTHING_TO_CLOSE']);
  });
});

describe('a position that the alert names', () => {
  it('counts before the word: sold, but still long, is a reduction and never a short', () => {
    const part = { said: 'sell', position: 'long', sizeAfter: '1', sizeBefore: '4' } as const;
    expect(steps(part, NOTHING_HELD).left).toEqual(['NOTHING_TO_REDUCE']);
    expect(stepsOf(alert(part), held('long'), USUAL_RULES, false).steps).toEqual([
      { kind: 'reduce', side: 'long', percent: '75' },
    ]);
  });

  it('flat closes, whatever the word', () => {
    expect(steps({ said: 'sell', position: 'flat' }, held('long')).steps).toEqual(['close long']);
    expect(steps({ said: 'buy', position: 'flat' }, NOTHING_HELD).left).toEqual(['NOTHING_TO_CLOSE']);
  });

  it('is known in size from the alert before, where this one does not say', () => {
    const part = alert({ said: 'sell', position: 'long', sizeAfter: '2' });
    const before = held('long', { side: 'long', size: '8' });
    expect(stepsOf(part, before, USUAL_RULES, false).steps).toEqual([{ kind: 'reduce', side: 'long', percent: '75' }]);
  });

  it('that was turned over compares no sizes of two sides', () => {
    const turned = { said: 'sell', position: 'short', sizeAfter: '-1', sizeBefore: '3', qty: '4' } as const;
    expect(steps(turned, NOTHING_HELD).steps).toEqual(['enter short']);
    expect(steps(turned, held('long')).steps).toEqual(['close long', 'enter short']);
  });

  it('unchanged in size changes nothing', () => {
    expect(steps({ position: 'long', sizeAfter: '2', sizeBefore: '2' }, held('long')).left).toEqual(['UNCHANGED']);
    expect(steps({ position: 'long' }, held('long')).left).toEqual(['UNCHANGED']);
  });
});

describe('a gap', () => {
  const entry = { said: 'buy', position: 'long', prevPosition: 'flat' } as const;
  const missed = held('long', { side: 'long', size: '1' });

  it('is named, and caught up with: the trade that the source has ended is ended, its new one entered', () => {
    expect(steps(entry, missed)).toEqual({
      steps: ['close long', 'enter long'],
      left: [],
      gap: { expected: 'long', said: 'flat' },
    });
  });

  it('refuses entries where the source is set to it, and no close', () => {
    expect(steps(entry, missed, { onGap: 'refuse' })).toMatchObject({ steps: [], left: ['GAP'] });
    const exit = { said: 'sell', position: 'flat', prevPosition: 'short' } as const;
    expect(steps(exit, missed, { onGap: 'refuse' }).steps).toEqual(['close long']);
    const turn = { said: 'sell', position: 'short', prevPosition: 'flat' } as const;
    expect(steps(turn, missed, { onGap: 'refuse' })).toMatchObject({ steps: ['close long'], left: ['GAP'] });
  });

  it('is none where the source says what was told before', () => {
    expect(steps({ ...entry, prevPosition: 'flat' }, held('flat', { side: 'flat', size: null })).gap).toBeNull();
  });
});

it('one that is too old enters nothing, and closes all the same', () => {
  expect(steps({ said: 'buy' }, NOTHING_HELD, {}, true)).toMatchObject({ steps: [], left: ['STALE'] });
  expect(steps({ said: 'buy' }, held('short'), {}, true)).toMatchObject({ steps: ['close short'], left: ['STALE'] });
  expect(steps({ said: 'close' }, held('short'), {}, true).steps).toEqual(['close short']);
});

it('a reduction of unknown size is not guessed', () => {
  expect(steps({ said: 'reduce', intent: 'reduce' }, held('long')).left).toEqual(['SIZE_UNKNOWN']);
  expect(steps({ said: 'sell', position: 'long', qty: '1' }, held('long')).left).toEqual(['SIZE_UNKNOWN']);
});

it('what says that it is not to be traded is not', () => {
  expect(steps({ said: 'buy', isDry: true }, NOTHING_HELD).left).toEqual(['NOT_TO_BE_TRADED']);
});

const sides = fc.constantFrom<PositionSide>('long', 'short', 'flat');
const size = fc.option(fc.integer({ min: 0, max: 20 }).map(String), { nil: null });
const anyAlert = fc
  .record({
    said: fc.constantFrom(
      'buy',
      'sell',
      'close',
      'close_long',
      'close_short',
      'add',
      'reduce',
      'reverse',
      'tp_hit',
      null,
    ),
    position: fc.option(sides, { nil: null }),
    prevPosition: fc.option(sides, { nil: null }),
    sizeAfter: size,
    sizeBefore: size,
    qty: size,
    isReduceOnly: fc.boolean(),
  })
  .map((says) => alert(says as Partial<Alert>));
const anyHeld = fc.record({ side: sides, said: fc.option(fc.record({ side: sides, size }), { nil: null }) });
const anyRules = fc.record({
  onOpposite: fc.constantFrom('reverse', 'close', 'reduce', 'ignore'),
  onSameSide: fc.constantFrom('refuse', 'restart', 'add'),
  onGap: fc.constantFrom('catch_up', 'refuse'),
}) as fc.Arbitrary<FollowRules>;

describe('whatever the alert', () => {
  it('only what is held is closed or reduced, by at most all of it, and at most one entry follows', () => {
    fc.assert(
      fc.property(anyAlert, anyHeld, anyRules, fc.boolean(), (of, has, rules, isStale) => {
        const made = stepsOf(of, has, rules, isStale);
        for (const step of made.steps) {
          if (step.kind === 'close' || step.kind === 'reduce') expect(step.side).toBe(has.side);
          if (step.kind === 'reduce') expect(Number(step.percent)).toBeLessThanOrEqual(100);
        }
        const entries = made.steps.filter(({ kind }) => kind === 'enter');
        expect(entries.length).toBeLessThanOrEqual(isStale ? 0 : 1);
        // An entry on the other side comes behind the close of this one.
        const other = entries.some((step) => 'side' in step && has.side !== 'flat' && step.side !== has.side);
        if (other) expect(made.steps[0]).toMatchObject({ kind: 'close', side: has.side });
        expect(made.steps.length + made.left.length).toBeGreaterThan(0);
      }),
    );
  });

  it('a close word, or a position of flat, never enters', () => {
    const closing = anyAlert.filter(
      ({ said, position, sizeAfter }) =>
        position === 'flat' || (position === null && sizeAfter === null && String(said).startsWith('close')),
    );
    fc.assert(
      fc.property(closing, anyHeld, anyRules, (of, has, rules) => {
        expect(stepsOf(of, has, rules, false).steps.map(({ kind }) => kind)).not.toContain('enter');
      }),
    );
  });

  it('the same alert again, once it was carried out, opens nothing more', () => {
    fc.assert(
      fc.property(anyAlert, anyHeld, (of, has) => {
        const { steps: made } = stepsOf(of, has, USUAL_RULES, false);
        const entered = made.find(({ kind }) => kind === 'enter');
        if (entered === undefined || !('side' in entered)) return;
        const after = held(entered.side, { side: of.position ?? entered.side, size: of.sizeAfter });
        const again = effectOf(of, after);
        expect(['enter', 'none', 'add', 'reduce', 'reverse', 'close', 'restart'].includes(again.kind)).toBe(true);
        if (again.kind === 'enter') throw new Error('entered twice');
      }),
    );
  });
});
