/** Edits of the entry that waits, the targets and the stop: who may move what, in which unit, and what is kept. */
import { after, byOwner, bySignal, list, reasons, run, texts } from '../../../test/factories/edits.js';
import { dec, positionOf, SHORT, type Shape } from '../../../test/factories/positions.js';
import { marginBrackets } from '../margin/liquidation.js';

const waiting = positionOf({ pending: true });
const entryOf = (outcome: Parameters<typeof after>[0]) => after(outcome).legPrices.map(String);

describe('the entry', () => {
  it('named by the plan is the one price that it names', () => {
    const said = bySignal(waiting, { plan: { 'entry.prices': ['99'] } }, '103', { 'entry.prices': ['100'] });
    expect(said).toMatchObject({ result: 'APPLIED', applied: [{ field: 'entry', from: '100', to: '99' }] });
    expect(entryOf(said)).toEqual(['99']);
    expect(said.values).toMatchObject({ 'entry.prices': ['99'], 'targets.values': null });
    for (const prices of [['99', '98'], []]) {
      const two = bySignal(waiting, { plan: { 'entry.prices': prices } }, '103');
      expect(two.refused).toEqual([{ field: 'entry', reason: 'ENTRY_IS_LAID_OUT' }]);
    }
  });

  it('of a follower’s own plan is moved by its owner alone', () => {
    const own = { 'entry.prices': ['100'] };
    expect(bySignal(waiting, { entry: dec('99') }, '103', own).refused).toEqual([
      { field: 'entry', reason: 'OWN_PLAN' },
    ]);
    const mine = byOwner(waiting, { entry: dec('99') }, '103', own);
    expect(entryOf(mine)).toEqual(['99']);
    expect(mine.values).toBeUndefined();
    expect(entryOf(bySignal(waiting, { entry: dec('99') }, '103', null))).toEqual(['99']);
  });

  it('that is where it is asked to be is no edit', () => {
    expect(bySignal(waiting, { entry: dec('100.00') }, '99').result).toBe('UNCHANGED');
    expect(bySignal(positionOf(), { entry: dec('100') }, '101').result).toBe('UNCHANGED');
  });

  it('of several stays as it was laid out', () => {
    const ladder = positionOf({ pending: true, ladder: [['99', 10n]] });
    const refused = (reason: string) => [{ field: 'entry', reason }];
    expect(bySignal(ladder, { entry: dec('99.5') }, '103').refused).toEqual(refused('ENTRY_IS_LAID_OUT'));
    expect(bySignal(positionOf(), { entry: dec('99.5') }, '103').refused).toEqual(refused('ENTRY_ALREADY_FILLED'));
  });

  it('that would buy nothing any more with what is reserved is too far', () => {
    const small = positionOf({ pending: true, lots: 1n });
    expect(bySignal(small, { entry: dec('101') }, '103').refused).toEqual([
      { field: 'entry', reason: 'ENTRY_TOO_FAR' },
    ]);
    const cheaper = after(bySignal(small, { entry: dec('99') }, '103'));
    expect([cheaper.plannedQty.toString(), cheaper.margin.toString()]).toEqual(['0.1', '0.99']);
  });

  it('that is chased waits at its cap, unless its owner says where', () => {
    const chase = { 'entry.kind': 'CHASE' as const, 'entry.chase_percent': '1' };
    expect(entryOf(bySignal(waiting, { entry: dec('98') }, '103', chase))).toEqual(['98.98']);
    expect(entryOf(byOwner(waiting, { entry: dec('98') }, '103', chase))).toEqual(['98']);
    const short = positionOf({ ...SHORT, pending: true });
    expect(entryOf(bySignal(short, { entry: dec('102') }, '97', chase))).toEqual(['100.98']);
  });

  it('waits on its own side of the price, of the stop if there is one, and of the first target', () => {
    expect(entryOf(bySignal(waiting, { entry: dec('101') }, null))).toEqual(['101']);
    const noStop = positionOf({ pending: true, stop: null });
    expect(entryOf(bySignal(noStop, { entry: dec('50') }, '103'))).toEqual(['50']);
    const breakout = positionOf({ pending: true, plan: { entryTrigger: 'BREAKOUT' } });
    expect(entryOf(bySignal(breakout, { entry: dec('101') }, '100.5'))).toEqual(['101']);
    expect(reasons(bySignal(breakout, { entry: dec('101') }, '101'))).toEqual(['ENTRY_BEYOND_PRICE']);
    expect(bySignal(waiting, { entry: dec('101') }, '101').refused).toEqual([
      { field: 'entry', reason: 'ENTRY_BEYOND_PRICE' },
    ]);
    const both = { entry: dec('103'), targets: list('104', '106', '108') };
    expect(bySignal(waiting, both, '105').applied.map(({ field }) => field)).toEqual(['entry', 'targets']);
  });
});

describe('targets', () => {
  const pricesOf = (outcome: Parameters<typeof after>[0]) => texts(after(outcome).targetPrices);

  it('of a follower’s own plan are moved by its owner alone', () => {
    const own = { 'targets.values': ['102', '104', '106'] };
    const asked = { targets: list('103', '104', '106') };
    expect(bySignal(positionOf(), asked, '101', own).refused).toEqual([{ field: 'targets', reason: 'OWN_PLAN' }]);
    expect(pricesOf(byOwner(positionOf(), asked, '101', own))).toEqual(['103', '104', '106']);
    expect(pricesOf(bySignal(positionOf(), asked, '101', null))).toEqual(['103', '104', '106']);
  });

  it('can be said in percent, and in multiples of the way to the stop', () => {
    const percent = bySignal(
      positionOf(),
      { plan: { 'targets.unit': 'PERCENT', 'targets.values': ['3', '5'] } },
      '101',
    );
    expect(pricesOf(percent)).toEqual(['103', '105']);
    expect(percent.values).toMatchObject({ 'targets.unit': 'PERCENT', 'targets.values': ['3', '5'] });
    const multiples = { 'targets.unit': 'R' as const, 'targets.values': ['1', '2'] };
    expect(pricesOf(bySignal(positionOf(), { plan: multiples }, '101'))).toEqual(['105', '110']);
    expect(pricesOf(bySignal(positionOf(), { plan: multiples, stopLoss: dec('97') }, '101'))).toEqual(['103', '106']);
    expect(reasons(bySignal(positionOf({ stop: null }), { plan: multiples }, '101'))).toEqual([
      'TARGETS_ON_WRONG_SIDE',
    ]);
    expect(pricesOf(bySignal(positionOf(SHORT), { plan: multiples }, '99'))).toEqual(['95', '90']);
  });

  it('whose unit alone is named stay, or are those that the signal gives', () => {
    const plan = { 'targets.unit': 'PERCENT' as const };
    expect(bySignal(positionOf(), { plan }, '101').result).toBe('UNCHANGED');
    expect(pricesOf(bySignal(positionOf(), { plan, targets: list('103') }, '101'))).toEqual(['103']);
    const before = bySignal(positionOf(), { plan, targets: list('103', '104', '106') }, '101', null);
    expect(pricesOf(before)).toEqual(['103', '104', '106']);
  });

  it('can be said without their unit, and the unit without them', () => {
    const prices = bySignal(positionOf(), { plan: { 'targets.values': ['103', '105', '107'] } }, '101');
    expect(pricesOf(prices)).toEqual(['103', '105', '107']);
    const own = { 'targets.values': ['3', '5'] };
    expect(pricesOf(bySignal(positionOf(), { plan: { 'targets.unit': 'PERCENT' } }, '101', own))).toEqual([
      '103',
      '105',
    ]);
  });

  it('that were hit must all be there still', () => {
    const hit = run(positionOf(), '102', '104');
    expect(reasons(bySignal(hit, { targets: list('102') }, '104'))).toEqual(['TARGET_ALREADY_HIT']);
    expect(pricesOf(bySignal(hit, { targets: list('102', '104', '105') }, '104'))).toEqual(['102', '104', '105']);
  });

  it('are fixed once the last of them trails', () => {
    const trailing = run(positionOf({ plan: { trailingTakeProfit: dec('1') } }), '106');
    expect(trailing.trail?.takesProfit).toBe(true);
    const asked = { targets: list('102', '104', '107'), plan: { 'targets.trailing_percent': '2' } };
    expect(bySignal(trailing, asked, '106').refused).toEqual([
      { field: 'targets', reason: 'TARGETS_TRAIL' },
      { field: 'targets.trailing_percent', reason: 'TARGETS_TRAIL' },
    ]);
  });

  it('may lie behind the price while nothing is held, and anywhere while there is none', () => {
    const asked = { targets: list('102.5', '104', '106') };
    expect(bySignal(waiting, asked, '103').result).toBe('APPLIED');
    expect(bySignal(positionOf(), asked, null).result).toBe('APPLIED');
    expect(reasons(bySignal(positionOf(), asked, '102.5'))).toEqual(['TARGET_BEHIND_PRICE']);
  });

  it('of the same number keep their weights and their distances, unless those follow the average', () => {
    const plan = { weights: [1, 2, 1] };
    const moved = after(bySignal(positionOf({ plan }), { targets: list('103', '105', '107') }, '101')).plan;
    expect([moved.weights, texts(moved.targetPercents)]).toEqual([
      [1, 2, 1],
      ['2', '4', '6'],
    ]);
    const ladder: Shape = { pending: true, ladder: [['99', 10n]], plan: { ...plan, targetAnchor: 'AVERAGE' } };
    const average = run(positionOf(ladder), '99');
    expect(average.entryPrice.toString()).toBe('99.5');
    const anchored = after(bySignal(average, { targets: list('103.48', '105.47', '107.46') }, '100')).plan;
    expect([anchored.weights, texts(anchored.targetPercents)]).toEqual([
      [1, 2, 1],
      ['4', '6', '8'],
    ]);
    const two = after(bySignal(average, { targets: list('103.48', '105.47') }, '100')).plan;
    expect([two.weights, texts(two.targetPercents)]).toEqual([
      [1, 1],
      ['4', '6'],
    ]);
  });

  it('of another number lie where they are from the first entry, and share what the entries come to', () => {
    const ladder = positionOf({ pending: true, ladder: [['99', 10n]], safety: [['97', 30n]] });
    const one = after(bySignal(ladder, { targets: list('105') }, '103'));
    expect([texts(one.plan.targetPercents), texts(one.targetQtys)]).toEqual([['5'], ['2']]);
    const held = after(bySignal(run(ladder, '99'), { targets: list('105') }, '103'));
    expect([texts(held.plan.targetPercents), texts(held.targetQtys)]).toEqual([['5'], ['2']]);
  });
});

describe('the stop', () => {
  const stopOf = (outcome: Parameters<typeof after>[0]) => String(after(outcome).stopLoss);

  it('of a follower’s own plan is moved by its owner alone', () => {
    const own = { 'stop.value': '95' };
    expect(bySignal(positionOf(), { stopLoss: dec('97') }, '101', own).refused).toEqual([
      { field: 'stop_loss', reason: 'OWN_PLAN' },
    ]);
    const mine = byOwner(positionOf(), { stopLoss: dec('97') }, '101', own);
    expect([stopOf(mine), mine.values]).toEqual(['97', undefined]);
    expect(stopOf(bySignal(positionOf(), { stopLoss: dec('97') }, '101', null))).toBe('97');
  });

  it('that a plan did without can be set', () => {
    const open = positionOf({ stop: null });
    const set = bySignal(open, { stopLoss: dec('96') }, '101');
    expect(set.applied).toEqual([{ field: 'stop_loss', from: 'none', to: '96' }]);
    const percent = { 'stop.unit': 'PERCENT' as const, 'stop.value': '2' };
    expect(stopOf(bySignal(open, { plan: percent }, '101'))).toBe('98');
    expect(stopOf(bySignal(open, { plan: { 'stop.value': '97' } }, '101'))).toBe('97');
    for (const unit of ['PRICE', 'NONE'] as const) {
      expect(bySignal(open, { plan: { 'stop.unit': unit } }, '101').result).toBe('UNCHANGED');
    }
  });

  it('whose unit alone is named stays, or is the one that the signal gives', () => {
    const plan = { 'stop.unit': 'PRICE' as const };
    expect(bySignal(positionOf(), { plan }, '101').result).toBe('UNCHANGED');
    expect(stopOf(bySignal(positionOf(), { plan, stopLoss: dec('97') }, '101'))).toBe('97');
    expect(stopOf(bySignal(positionOf(), { plan, stopLoss: dec('97') }, '101', null))).toBe('97');
    expect(reasons(bySignal(positionOf(), { plan: { 'stop.unit': 'NONE', 'stop.value': '97' } }, '101'))).toEqual([
      'STOP_ONLY_TOWARD_PROFIT',
    ]);
    expect(reasons(bySignal(positionOf(), { plan }, '101', null))).toEqual(['STOP_ONLY_TOWARD_PROFIT']);
  });

  it('lies behind every entry that still waits, and above zero', () => {
    const ladder = positionOf({ pending: true, ladder: [['96', 10n]] });
    expect(reasons(bySignal(ladder, { stopLoss: dec('96') }, '103'))).toEqual(['STOP_ON_WRONG_SIDE']);
    expect(stopOf(bySignal(ladder, { stopLoss: dec('94') }, '103'))).toBe('94');
    const shorter = after(byOwner(ladder, { cancelEntries: ['ENTRY2'] }, '103'));
    expect(stopOf(byOwner(shorter, { stopLoss: dec('97') }, '103'))).toBe('97');
    expect(reasons(bySignal(waiting, { stopLoss: dec('0') }, '103'))).toEqual(['STOP_ON_WRONG_SIDE']);
  });

  it('needs no price to be moved', () => {
    expect(stopOf(bySignal(positionOf(), { stopLoss: dec('120') }, null))).toBe('120');
  });

  it('of a position that is liquidated by itself does not ask its account', () => {
    const fees = {
      makerPercent: dec('0'),
      takerPercent: dec('0'),
      brackets: marginBrackets([{ upTo: null, ratePercent: '0.5' }]),
    };
    const accountLimit = () => dec('96');
    const asked = (cross: boolean) =>
      reasons(bySignal(positionOf({ cross }), { stopLoss: dec('95.5') }, '101', {}, { fees, accountLimit }));
    expect(asked(false)).toEqual([]);
    expect(asked(true)).toEqual(['STOP_BEYOND_LIQUIDATION']);
  });
});
