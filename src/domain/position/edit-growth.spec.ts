/** What edits must not bring about: leverage beyond the bracket, stops beyond the liquidation, more than owners allow. */
import { dec, LATER, noFees, positionOf, type Shape } from '../../../test/factories/positions.js';
import { marginBrackets } from '../margin/liquidation.js';
import type { EditSituation, PositionEdit } from './edit.js';
import { onEdit } from './on-edit.js';

/** Liquidation 0.5 % of maintenance before the margin is gone; above 1,000 USDT at most 10x. */
const brackets = marginBrackets([
  { upTo: '1000', ratePercent: '0.5' },
  { upTo: null, ratePercent: '5' },
]);

type Asked = Partial<PositionEdit>;

function edited(shape: Shape, asked: Asked, more: Partial<EditSituation> = {}) {
  const position = positionOf(shape);
  const edit: PositionEdit = { by: 'owner', name: 'Edit', meta: {}, ...asked };
  const situation = { price: dec('101'), fees: { ...noFees, brackets }, at: LATER, managed: null, ...more };
  const { result, applied, refused, change } = onEdit(position, edit, situation);
  return {
    result,
    applied: applied.map(({ field }) => field),
    refused: refused.map(({ field, reason }) => `${field} ${reason}`),
    after: change?.after ?? position,
  };
}

describe('an edit', () => {
  const waiting: Shape = { pending: true, leverage: 20 };

  it('never takes the stop of an entry that waits beyond its liquidation', () => {
    const loose = edited({ ...waiting, stop: '97' }, { by: 'signal', stopLoss: dec('95') });
    expect(loose.refused).toEqual(['stop_loss STOP_BEYOND_LIQUIDATION']);
    expect(loose.after.stopLoss?.toString()).toBe('97');
    expect(edited({ ...waiting, stop: '97' }, { stopLoss: dec('96') }).applied).toEqual(['stop_loss']);
    const short: Shape = { ...waiting, side: 'SHORT', stop: '103', targets: ['98', '96', '94'] };
    const price = { price: dec('99') };
    expect(edited(short, { stopLoss: dec('105') }, price).refused).toEqual(['stop_loss STOP_BEYOND_LIQUIDATION']);
    expect(edited(short, { stopLoss: dec('104') }, price).applied).toEqual(['stop_loss']);
  });

  it('asks the account of a cross position, for what it would hold then', () => {
    const accountLimit: EditSituation['accountLimit'] = ({ remainingQty }) =>
      remainingQty.gt(dec('1')) ? dec('94') : dec('90');
    const held: Shape = { cross: true, leverage: 20, stop: '93' };
    const asked = (edit: Asked) => edited(held, edit, { accountLimit });
    expect(asked({ stopLoss: dec('90'), allowsLooser: true }).refused).toEqual(['stop_loss STOP_BEYOND_LIQUIDATION']);
    expect(asked({ stopLoss: dec('91'), allowsLooser: true }).applied).toEqual(['stop_loss']);
    const more = [{ price: dec('99'), qty: dec('1') }];
    expect(asked({ addEntries: more }).refused).toEqual(['entries.ENTRY2 STOP_BEYOND_LIQUIDATION']);
    expect(edited({ ...held, stop: '95' }, { addEntries: more }, { accountLimit }).refused).toEqual([]);
    const waits = { ...held, pending: true };
    expect(edited(waits, { stopLoss: dec('90'), allowsLooser: true }, { accountLimit }).refused).toEqual([
      'stop_loss STOP_BEYOND_LIQUIDATION',
    ]);
  });

  it('nor its entry so far from the stop', () => {
    const targets = { stop: '97', targets: ['110', '112', '114'] };
    const far = edited({ ...waiting, ...targets }, { entry: dec('104') }, { price: dec('105') });
    expect(far.refused).toEqual(['entry STOP_BEYOND_LIQUIDATION']);
    expect(far.after.legPrices.map(String)).toEqual(['100']);
    const both = edited({ ...waiting, ...targets }, { entry: dec('104'), stopLoss: dec('101') }, { price: dec('105') });
    expect(both.applied).toEqual(['entry', 'stop_loss']);
  });

  it('leaves what was so before it as it is, and edits the rest', () => {
    const shape: Shape = { ...waiting, stop: '90' };
    expect(edited(shape, { targets: ['103', '105'].map(dec) }, { managed: null }).refused).toEqual([
      'targets TARGET_COUNT_IS_FIXED',
    ]);
    expect(edited(shape, { targets: ['103', '105', '107'].map(dec) }).applied).toEqual(['targets']);
    expect(edited(shape, { stopLoss: dec('92') }).applied).toEqual(['stop_loss']);
  });

  it('adds nothing for which the venue gives less leverage', () => {
    const shape: Shape = { leverage: 20, stop: '97' };
    const add = (qty: string) => edited(shape, { addEntries: [{ price: dec('99'), qty: dec(qty) }] });
    expect(add('9').applied).toEqual(['entries.ENTRY2']);
    expect(add('9.1').refused).toEqual(['entries.ENTRY2 LEVERAGE_BEYOND_BRACKET']);
  });

  it('keeps within the limits of the owner: each addition for itself, and what is moved at last', () => {
    const growth = (from: { margin: unknown }, to: { margin: unknown; stopLoss: unknown }) => {
      if (String(to.stopLoss) === '94') return 'MAX_WORST_CASE_LOSS' as const;
      return String(to.margin) === String(from.margin) || String(to.margin) === '19.8'
        ? undefined
        : ('MAX_TOTAL_MARGIN' as const);
    };
    const addEntries = [1, 2].map(() => ({ price: dec('98'), qty: dec('1') }));
    const { applied, refused, after } = edited(
      { stop: '95' },
      { addEntries, stopLoss: dec('94'), allowsLooser: true },
      { growth },
    );
    expect(applied).toEqual(['entries.ENTRY2']);
    expect(refused).toEqual(['entries.ENTRY3 MAX_TOTAL_MARGIN', 'stop_loss MAX_WORST_CASE_LOSS']);
    expect(after.stopLoss?.toString()).toBe('95');
  });

  it('may use all the leverage that the bracket gives', () => {
    const shape: Shape = { leverage: 10, stop: '97' };
    expect(edited(shape, { addEntries: [{ price: dec('99'), qty: dec('10') }] }).refused).toEqual([]);
  });

  it('asks nothing of a trade without a stop, or of an account that is never liquidated', () => {
    const addEntries = [{ price: dec('99'), qty: dec('1') }];
    expect(edited({ stop: null, leverage: 20 }, { addEntries }).refused).toEqual([]);
    expect(edited({ cross: true, leverage: 20, stop: '93' }, { addEntries }).refused).toEqual([]);
  });

  it('looks at the orders as the market would reach them', () => {
    // At 20x the entry at 100 is liquidated at 95.48, before the one at 95.2 that would take that to 91.66.
    const deep: Shape = { ...waiting, stop: '95.5', ladder: [['95.2', 50n]] };
    expect(edited(deep, { stopLoss: dec('93') }).refused).toEqual(['stop_loss STOP_BEYOND_LIQUIDATION']);
    // At 25x it is at 96.48: the order at 98 that is added comes before the one at 96 and takes it to 94.55.
    const near: Shape = { ...waiting, leverage: 25, stop: '97', ladder: [['96', 10n]] };
    const addEntries = [{ price: dec('98'), qty: dec('5') }];
    expect(edited(near, { addEntries, stopLoss: dec('95') }).applied).toEqual(['entries.ENTRY3', 'stop_loss']);
    expect(edited(near, { stopLoss: dec('95') }).refused).toEqual(['stop_loss STOP_BEYOND_LIQUIDATION']);
  });
});
