import fc from 'fast-check';
import {
  after,
  type Asked,
  byOwner,
  bySignal,
  list,
  managed,
  reasons,
  run,
  texts,
} from '../../../test/factories/edits.js';
import {
  dec,
  LATER,
  noFees,
  positionOf,
  SHORT,
  type Shape,
  withLiquidation,
} from '../../../test/factories/positions.js';
import { Decimal } from '../money/decimal.js';
import { onCommand } from './on-command.js';
import { onEdit } from './on-edit.js';
import { onPrice } from './on-price.js';
import { better } from './prices.js';
import type { PositionState } from './position.js';

describe('an edit of prices', () => {
  it('moves a stop toward profit and targets that are not hit, and says so in one line', () => {
    const done = bySignal(run(positionOf(), '102'), { stopLoss: dec('99'), targets: list('102', '105', '107') }, '102');
    expect(done).toMatchObject({ result: 'APPLIED', refused: [] });
    expect(after(done).stopLoss?.toString()).toBe('99');
    expect(texts(after(done).targetPrices)).toEqual(['102', '105', '107']);
    expect(after(done).isDetached).toBe(false);
    expect(done.change?.log).toHaveLength(1);
    expect(done.change?.log[0]).toMatchObject({
      type: 'EDITED',
      message: 'Edit: targets from 102, 104, 106 to 102, 105, 107; stop_loss from 95 to 99',
      meta: { edit: 1, by: 'signal', result: 'APPLIED' },
    });
  });

  it('moves the stop to what the position itself cost, to the tick that protects more', () => {
    const cheap = { ...run(positionOf(), '102'), entryPrice: dec('99.123456') };
    const toEntry = { stopLoss: dec('100'), stopToEntry: true };
    expect(after(bySignal(cheap, toEntry, '102')).stopLoss?.toString()).toBe('99.13');
    expect(reasons(bySignal(cheap, toEntry, '99'))).toEqual(['STOP_BEYOND_PRICE']);
    expect(reasons(bySignal(positionOf({ pending: true }), toEntry, '102'))).toEqual(['STOP_ON_WRONG_SIDE']);
  });

  it.each([
    [{ stopLoss: dec('94') }, 'STOP_ONLY_TOWARD_PROFIT'],
    [{ stopLoss: dec('102.5') }, 'STOP_BEYOND_PRICE'],
    [{ targets: list('103', '104', '106') }, 'TARGET_ALREADY_HIT'],
    [{ targets: list('102') }, 'NO_TARGET_LEFT'],
    [{ targets: list('102', '101', '106') }, 'TARGETS_ON_WRONG_SIDE'],
    [{ targets: list('102', '102.1', '106') }, 'TARGET_BEHIND_PRICE'],
    [{ entry: dec('99') }, 'ENTRY_ALREADY_FILLED'],
    [{ plan: { 'stop.unit': 'NONE' as const } }, 'STOP_ONLY_TOWARD_PROFIT'],
    [{ plan: { 'margin.leverage': 3 } }, 'LEVERAGE_IS_FIXED'],
    [{ plan: { 'safety.levels': 3 } }, 'SAFETY_IS_FIXED'],
    [{ plan: { 'entry.kind': 'MARKET' as const } }, 'ENTRY_IS_LAID_OUT'],
    [{ plan: { 'entry.expires_after': 60 } }, 'ENTRY_ALREADY_FILLED'],
  ])('%o is refused: %s', (edit, reason) => {
    const held = run(positionOf(), '102');
    const outcome = bySignal(held, edit, '102.2');
    expect([outcome.result, reasons(outcome)]).toEqual(['REFUSED', [reason]]);
    expect(outcome.change).toMatchObject({ before: held, after: held, executions: [] });
  });

  it('applies what is possible and names what is not', () => {
    const outcome = bySignal(positionOf(), { stopLoss: dec('90'), targets: list('103', '104', '106') }, '101');
    expect([outcome.result, reasons(outcome)]).toEqual(['PARTLY', ['STOP_ONLY_TOWARD_PROFIT']]);
    expect(texts(after(outcome).targetPrices)).toEqual(['103', '104', '106']);
    expect(after(outcome).stopLoss?.toString()).toBe('95');
  });

  it('adds and removes targets: what remains is shared anew', () => {
    const more = after(bySignal(run(positionOf(), '102'), { targets: list('102', '103', '104', '105') }, '102'));
    expect(texts(more.targetQtys)).toEqual(['0.3', '0.2', '0.2', '0.3']);
    expect(more.targetHitAt.map((hit) => hit !== null)).toEqual([true, false, false, false]);
    const one = after(bySignal(positionOf(), { targets: list('105') }, '101'));
    expect(texts(one.targetQtys)).toEqual(['1']);
    expect(run(one, '105')).toMatchObject({ status: 'CLOSED', closeReason: 'TARGETS' });
  });

  it('of a position from before plans keeps the number of targets', () => {
    expect(reasons(bySignal(positionOf(), { targets: list('105') }, '101', null))).toEqual(['TARGET_COUNT_IS_FIXED']);
    expect(reasons(bySignal(positionOf(), { plan: { 'exit.after': 60 } }, '101', null))).toEqual(['NO_PLAN']);
  });

  it('does not reach what the follower, or the source, has planned otherwise', () => {
    const own = { 'stop.value': '3', 'stop.unit': 'PERCENT' as const };
    expect(reasons(bySignal(positionOf(), { stopLoss: dec('97') }, '101', own))).toEqual(['OWN_PLAN']);
    const said = bySignal(positionOf(), { plan: { 'stop.value': '2', 'stop.unit': 'PERCENT' } }, '101', own);
    expect(after(said).stopLoss?.toString()).toBe('98');
    expect(said.values).toMatchObject({ 'stop.value': '2', 'stop.unit': 'PERCENT' });
  });

  it('of a waiting entry never needs more money than is reserved', () => {
    const waiting = positionOf({ pending: true });
    const dearer = after(bySignal(waiting, { entry: dec('101') }, '103'));
    expect(dearer.plannedQty.toString()).toBe('0.9');
    expect(dearer.margin.lte(waiting.margin)).toBe(true);
    expect(Decimal.sum(dearer.targetQtys).eq(dearer.plannedQty)).toBe(true);
    expect(reasons(bySignal(waiting, { entry: dec('101') }, '100.5'))).toEqual(['ENTRY_BEYOND_PRICE']);
    expect(reasons(bySignal(waiting, { entry: dec('102') }, '103'))).toEqual(['TARGETS_ON_WRONG_SIDE']);
    expect(reasons(bySignal(waiting, { entry: dec('94') }, '103'))).toEqual(['STOP_ON_WRONG_SIDE']);
    expect(texts(after(bySignal(waiting, { entry: dec('94'), stopLoss: dec('90') }, '103')).legPrices)).toEqual(['94']);
  });

  it('mirrors shorts', () => {
    const done = bySignal(positionOf(SHORT), { stopLoss: dec('103'), targets: list('97') }, '100');
    expect(done.result).toBe('APPLIED');
    expect(reasons(bySignal(positionOf(SHORT), { stopLoss: dec('106') }, '100'))).toEqual(['STOP_ONLY_TOWARD_PROFIT']);
  });
});

describe('an edit of rules', () => {
  it('changes how targets share and how the stop moves', () => {
    const done = bySignal(positionOf(), { plan: { 'targets.split': 'ONE_TARGET', 'exit.after': 60 } }, '100');
    expect(texts(after(done).targetQtys)).toEqual(['1', '0', '0']);
    expect(after(done).exitAt).toEqual(new Date((positionOf().openedAt as Date).getTime() + 60_000));
    expect(done.values).toMatchObject({ 'targets.split': 'ONE_TARGET', 'exit.after': 60 });
    expect(run(after(done), '102')).toMatchObject({ status: 'CLOSED' });
  });

  it('catches up with targets that are hit already, unless that would stop the trade on the spot', () => {
    const plan = { 'stop.rules': [{ action: 'BREAKEVEN' as const, at_target: 1 }] };
    const hit = run(positionOf(), '102');
    expect(after(bySignal(hit, { plan }, '102')).stopLoss?.toString()).toBe('100.11');
    const fallen = bySignal(hit, { plan }, '100.05');
    expect([fallen.result, reasons(fallen)]).toEqual(['PARTLY', ['STOP_BEYOND_PRICE']]);
    expect(after(fallen)).toMatchObject({ plan: { stopRules: [{ action: 'BREAKEVEN' }] } });
    expect(after(fallen).stopLoss?.toString()).toBe('95');
  });

  it('says nothing where nothing is different', () => {
    const same = bySignal(positionOf(), {
      stopLoss: dec('95.0'),
      targets: list('102', '104', '106'),
      plan: { 'exit.after': null },
    });
    expect(same).toMatchObject({ result: 'UNCHANGED', change: undefined });
  });
});

describe('an edit by hand', () => {
  it('detaches the position: its signal does not reach it any more', () => {
    const done = byOwner(positionOf(), { stopLoss: dec('97') }, '101');
    const mine = after(done);
    expect(mine.isDetached).toBe(true);
    expect(done.change?.log.map(({ type }) => type)).toEqual(['EDITED', 'DETACHED']);
    expect(bySignal(mine, { stopLoss: dec('98') }, '101')).toMatchObject({
      result: 'DETACHED',
      change: { after: mine },
    });
    expect(onCommand(mine, { kind: 'stop' }, dec('101'), noFees, LATER)).toBeUndefined();
    expect(onCommand(mine, { kind: 'flatten', message: 'x' }, dec('101'), noFees, LATER)?.after.status).toBe('CLOSED');
  });

  it('detaches nothing where it was refused, and loosens a stop only where it says so', () => {
    const refused = byOwner(positionOf(), { stopLoss: dec('90') }, '101');
    expect([refused.result, after(refused).isDetached]).toEqual(['REFUSED', false]);
    const looser = byOwner(positionOf(), { stopLoss: dec('90'), allowsLooser: true }, '101');
    expect(after(looser).stopLoss?.toString()).toBe('90');
    expect(reasons(byOwner(positionOf(), { stopLoss: dec('101.5'), allowsLooser: true }, '101'))).toEqual([
      'STOP_BEYOND_PRICE',
    ]);
  });
});

describe('a stop by hand where positions are liquidated', () => {
  it('never lies where it would protect nothing', () => {
    const asked = (stop: string) =>
      onEdit(
        positionOf(),
        { by: 'owner', name: 'Edit', meta: {}, stopLoss: dec(stop), allowsLooser: true },
        { price: dec('100'), fees: withLiquidation, at: LATER, managed: managed() },
      );
    expect(reasons(asked('90'))).toEqual(['STOP_BEYOND_LIQUIDATION']);
    expect(asked('91').result).toBe('APPLIED');
  });
});

const cents = fc.integer({ min: 9_000, max: 11_000 }).map((price) => (price / 100).toFixed(2));
const someShape: fc.Arbitrary<Shape> = fc
  .record({
    isShort: fc.boolean(),
    lots: fc.bigInt({ min: 1n, max: 30n }),
    pending: fc.boolean(),
    ladder: fc.boolean(),
  })
  .map(({ isShort, lots, pending, ladder }) => ({
    ...(isShort ? SHORT : {}),
    lots,
    pending,
    ...(ladder ? { ladder: [[isShort ? '101' : '99', 5n]] as const } : {}),
  }));
const someEdit: fc.Arbitrary<Asked> = fc.record(
  {
    entry: cents.map(dec),
    stopLoss: cents.map(dec),
    targets: fc
      .array(cents, { minLength: 1, maxLength: 5 })
      .chain((drawn) =>
        fc.boolean().map((isUp) => [...new Set(drawn)].map(dec).sort((a, b) => (isUp ? a.compare(b) : b.compare(a)))),
      ),
    plan: fc.record(
      {
        'targets.split': fc.constantFrom('EVEN', 'ONE_TARGET', 'LAST_HEAVY'),
        'stop.rules': fc.constant([{ action: 'MOVING_TARGET' as const, at_target: 1 }]),
        'targets.trailing_percent': fc.constantFrom('1', '2'),
        'exit.after': fc.integer({ min: 1, max: 1000 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

describe('any edit on any position', () => {
  it('keeps ladder, margin, hits and stop as they must be, and asked again changes nothing more', () => {
    fc.assert(
      fc.property(someShape, fc.array(cents, { maxLength: 4 }), someEdit, cents, (shape, prices, edit, market) => {
        const before = run(positionOf(shape), ...prices);
        const outcome = bySignal(before, edit, market);
        if (outcome.change === undefined) return;
        const state = after(outcome);
        const open = state.targetQtys.filter((_, index) => state.targetHitAt[index] === null);
        const held = state.status === 'PENDING' ? Decimal.sum(state.legQtys) : state.remainingQty;
        expect(Decimal.sum(open).toString()).toBe(held.toString());
        expect(state.targetQtys.every((qty) => !qty.isNegative)).toBe(true);
        expect([state.targetQtys.length, state.targetHitAt.length, state.plan.weights.length]).toEqual(
          Array.from({ length: 3 }, () => state.targetPrices.length),
        );
        expect(state.margin.lte(before.margin)).toBe(true);
        expect(state.margin.eq(before.margin.plus(outcome.change.marginDelta))).toBe(true);
        expect([state.remainingQty, state.cost, state.status]).toEqual([
          before.remainingQty,
          before.cost,
          before.status,
        ]);
        if (before.status !== 'PENDING' && before.stopLoss !== null) {
          expect(better(state.side, state.stopLoss as Decimal, before.stopLoss)).toEqual(state.stopLoss);
        }
        const fired = onPrice(state, dec(market), noFees, LATER);
        const firedBefore = onPrice(before, dec(market), noFees, LATER);
        if (firedBefore === undefined) expect(fired?.executions ?? []).toEqual([]);
        const values = outcome.values ?? undefined;
        const again = bySignal(state, edit, market, values);
        expect(again.applied).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('orders by hand', () => {
  const ladder: Shape = { pending: true, ladder: [['99', 10n]], safety: [['97', 20n]] };

  it('are taken back one by one: what is reserved for them is free again', () => {
    const waiting = positionOf(ladder);
    const less = after(byOwner(waiting, { cancelEntries: ['ENTRY2', 'SAFETY1'] }, '103'));
    expect([texts(less.legQtys), less.plannedQty.toString()]).toEqual([['1', '0', '0'], '1']);
    expect(less.margin.toString()).toBe('10');
    expect(texts(less.targetQtys)).toEqual(['0.3', '0.3', '0.4']);
    expect(run(less, '96').remainingQty.toString()).toBe('1');
    expect(reasons(byOwner(run(waiting, '100'), { cancelEntries: ['ENTRY', 'ENTRY7'] }, '100'))).toEqual([
      'ENTRY_ALREADY_FILLED',
      'ENTRY_NOT_FOUND',
    ]);
  });

  it('when all are taken back the position ends, and nothing of it is reserved', () => {
    const waiting = positionOf(ladder);
    const ended = byOwner(waiting, { cancelEntries: ['ENTRY', 'ENTRY2'], stopLoss: dec('96') }, '103');
    expect(after(ended)).toMatchObject({ status: 'CANCELLED', closeReason: 'MANUAL', isDetached: false });
    expect(ended.change?.marginDelta.toString()).toBe(waiting.margin.negated().toString());
    expect(ended.change).toMatchObject({ openDelta: -1, cancelsEntry: true });
    expect(after(ended).plannedQty.isPositive).toBe(true);
  });

  it('are added where they wait, within what the account has', () => {
    const free = (available: string) => ({
      position: positionOf({ safety: [['97', 10n]] }),
      growth: (before: PositionState, grown: PositionState) =>
        grown.margin.minus(before.margin).gt(dec(available)) ? ('INSUFFICIENT_BALANCE' as const) : undefined,
    });
    const asked = (edit: Asked, { position, growth } = free('100')) =>
      onEdit(
        position,
        { by: 'owner', name: 'Edit', meta: {}, ...edit },
        { price: dec('100'), fees: noFees, at: LATER, managed: managed(), growth },
      );
    const more = after(asked({ addEntries: [{ price: dec('98'), qty: dec('0.55') }] }));
    expect([texts(more.legPrices), texts(more.legQtys)]).toEqual([
      ['100', '98', '97'],
      ['1', '0.5', '1'],
    ]);
    expect(more.margin.toString()).toBe('24.6');
    expect(run(more, '98').entryPrice.toString()).toBe('99.333333333333');
    const refusals = (price: string, qty = '1', available = '100') =>
      reasons(asked({ addEntries: [{ price: dec(price), qty: dec(qty) }] }, free(available)))[0];
    expect(refusals('100.5')).toBe('ENTRY_BEYOND_PRICE');
    expect(refusals('95')).toBe('ENTRY_BEYOND_STOP');
    expect(refusals('98', '0.01')).toBe('ENTRY_TOO_SMALL');
    expect(refusals('98', '1', '9.79')).toBe('INSUFFICIENT_BALANCE');
    expect(refusals('98', '1', '9.8')).toBeUndefined();
    const two = [1, 2].map(() => ({ price: dec('98'), qty: dec('1') }));
    expect(reasons(asked({ addEntries: two }, free('15')))).toEqual(['INSUFFICIENT_BALANCE']);
  });

  it('wait again after a target had withdrawn the others, which stay withdrawn', () => {
    const hit = run(positionOf({ safety: [['97', 10n]] }), '102');
    const more = after(byOwner(hit, { addEntries: [{ price: dec('99'), qty: dec('1') }] }, '101'));
    expect([more.entriesClosed, texts(more.legQtys)]).toEqual([false, ['1', '1', '0']]);
    expect(run(more, '96.5').remainingQty.toString()).toBe('1.7');
  });
});
