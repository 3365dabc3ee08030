/** What the log of a position says of each thing that happened to it, and under which leg it was executed. */
import {
  AT,
  dec,
  fees,
  LATER,
  noFees,
  positionOf,
  shallow,
  type Shape,
  withLiquidation,
} from '../../../test/factories/positions.js';
import { marginBrackets } from '../margin/liquidation.js';
import { liquidateAccount } from './account-liquidation.js';
import { bookLegFill } from './entries.js';
import { unchanged } from './exits.js';
import { onCommand, type PositionCommand } from './on-command.js';
import { onPrice } from './on-price.js';
import { onTime } from './on-time.js';
import { requireMove } from './position-status.js';
import type { FeeRates, PositionChange, PositionState } from './position.js';

type Changed = PositionChange | undefined;

const messages = (change: Changed) => change?.log.map(({ type, message }) => [type, message]);
const at = (price: string, shape: Shape | PositionState = {}, terms: FeeRates = noFees, peak?: string): Changed =>
  onPrice(
    'status' in shape ? shape : positionOf(shape),
    dec(price),
    terms,
    LATER,
    peak === undefined ? undefined : dec(peak),
  );
const executions = (change: Changed) =>
  change?.executions.map(({ leg, type, liquidity }) => `${leg} ${type} ${liquidity}`);

const LADDER: Shape = { pending: true, ladder: [['99', 10n]], leverage: 10 };

describe('entries', () => {
  it('open the position, and are added to it', () => {
    const change = at('99', LADDER, fees);
    expect(messages(change)).toEqual([
      ['OPEN', 'LONG TESTUSDT 1 opened at 100'],
      ['ENTRY_FILLED', 'ENTRY2: 1 added at 99, average entry 99.5'],
    ]);
    expect(change?.log.map(({ meta }) => meta)).toEqual([
      { price: '100', qty: '1', fee: '0.02', leg: 'ENTRY' },
      { price: '99', qty: '1', fee: '0.0198', leg: 'ENTRY2', average_entry: '99.5' },
    ]);
  });

  it('average half to even in the twelfth place', () => {
    // (204.7 × 100 + 0.1 × 99.99) ÷ 204.8 = 99.9999951171875
    const change = at('99', { pending: true, lots: 2_047n, ladder: [['99.99', 1n]] });
    expect(change?.after.entryPrice.toString()).toBe('99.999995117188');
  });

  it('that fill in part name what was open', () => {
    const change = at('99.9', { pending: true, lots: 40n, leverage: 1 }, shallow);
    expect(change?.executions.map(({ qty, ofQty }) => [String(qty), String(ofQty)])).toEqual([['1.5', '4']]);
    expect(change?.after.partPrice?.toString()).toBe('99.9');
  });

  it('never fill twice', () => {
    const fill = { leg: 0, price: dec('100'), qty: dec('1'), type: 'LIMIT', liquidity: 'MAKER' } as const;
    expect(() => bookLegFill(unchanged(positionOf()), fill, noFees, LATER)).toThrow(
      'leg 0 of position 1 is filled already',
    );
    const ended = { ...positionOf(LADDER), status: 'CANCELLED' as const };
    expect(() => bookLegFill(unchanged(ended), fill, noFees, LATER)).toThrow(
      'position 1 cannot move from CANCELLED to OPEN',
    );
  });

  it('of which one fills whole and one in part have used up the book of that price', () => {
    const change = at('98.9', { pending: true, ladder: [['99', 40n]], leverage: 1 }, shallow);
    expect(change?.executions.map(({ qty }) => qty.toString())).toEqual(['1', '1.5']);
    expect(at('98.9', change?.after, shallow)).toBeUndefined();
    expect(at('99.9', { pending: true, leverage: 1 }, shallow)?.after.partPrice).toBeNull();
  });

  it('are given up before they fill, with the reason', () => {
    const given = (price: string, plan: Shape['plan']) => messages(at(price, { pending: true, plan: plan ?? {} }));
    expect(given('102', { cancelAtTarget: 1 })).toEqual([
      ['CANCELLED', 'Entry cancelled: target 1 was seen before it filled'],
    ]);
    const entryTrigger = 'BREAKOUT' as const;
    expect(given('95', { entryTrigger })).toEqual([
      ['CANCELLED', 'Entry cancelled: the stop was seen before it filled'],
    ]);
    expect(given('101', { entryTrigger, maxDeviation: dec('0.5') })).toEqual([
      ['CANCELLED', 'Entry cancelled: the price broke out further than the largest deviation'],
    ]);
    expect(given('102', { entryTrigger })).toEqual([
      ['CANCELLED', 'Entry cancelled: the price broke out beyond the first target'],
    ]);
    expect(at('95', { pending: true, plan: { entryTrigger } })?.log[0]?.meta).toEqual({ reason: 'EXPIRED' });
  });

  it('that did not fill in time are withdrawn; safety orders go on waiting', () => {
    const expiring: Shape = { ...LADDER, entryExpiresAt: LATER };
    expect(messages(onTime(positionOf(expiring), LATER, undefined, noFees))).toEqual([
      ['CANCELLED', 'Entry cancelled: it did not fill in time'],
    ]);
    const held = onPrice(positionOf({ ...expiring, safety: [['97', 10n]] }), dec('100'), noFees, AT)?.after;
    const expired = onTime(held as PositionState, LATER, undefined, noFees);
    expect(expired?.log).toEqual([
      { type: 'ENTRY_CANCELLED', message: 'Waiting entries withdrawn: they did not fill in time', meta: {} },
    ]);
    expect(expired).toMatchObject({ cancelsEntry: true, after: { entriesClosed: false, entryExpiresAt: null } });
    expect(expired?.after.margin.toString()).toBe('19.7');
  });
});

describe('targets and stops', () => {
  it('say which was hit, at what price, and what was withdrawn with it', () => {
    const change = at('102', { safety: [['97', 10n]] }, fees);
    expect(change?.log).toEqual([
      {
        type: 'TP_HIT',
        message: 'Target 1 (102) hit',
        meta: { target: 1, target_price: '102', price: '102', qty: '0.3', pnl: '0.59388', fee: '0.00612' },
      },
      { type: 'ENTRY_CANCELLED', message: 'Waiting entries withdrawn: target 1 was hit', meta: {} },
    ]);
    const alone = at('102');
    expect([messages(alone), alone?.cancelsEntry]).toEqual([[['TP_HIT', 'Target 1 (102) hit']], false]);
  });

  it('say what was filled in part', () => {
    const change = at('103', { lots: 60n, leverage: 1 }, shallow);
    expect(messages(change)).toEqual([['TP_HIT', 'Target 1 (102) filled in part']]);
  });

  it('say where the stop lay, and what the market paid', () => {
    const change = at('90');
    expect(change?.log).toEqual([
      {
        type: 'SL_HIT',
        message: 'Stop loss 95 hit at 90',
        meta: { stop_loss: '95', price: '90', qty: '1', pnl: '-10', fee: '0' },
      },
    ]);
    expect(executions(change)).toEqual(['STOP STOP_MARKET TAKER']);
  });

  it('of an ended position set off no rules any more', () => {
    const rule = { trigger: { target: 3 }, action: 'BREAKEVEN', percent: null } as const;
    const change = at('106', { plan: { stopRules: [rule] } });
    expect(change?.after).toMatchObject({ status: 'CLOSED', entriesClosed: true });
    expect(change?.log.map(({ type }) => type)).toEqual(['TP_HIT', 'TP_HIT', 'TP_HIT']);
  });

  it('trail from the last target on, and no sooner', () => {
    const trailing: Shape = { plan: { trailingTakeProfit: dec('1') } };
    expect(at('102', trailing)?.after).toMatchObject({ trail: null, status: 'PARTIAL' });
    const begun = at('106', trailing)?.after as PositionState;
    const out = at('108', begun, noFees, '110');
    expect(messages(out)).toEqual([['TP_HIT', 'Target 3: trailing take-profit closed at 108 after 110']]);
    expect(out?.log[0]?.meta).toMatchObject({ target: 3, peak: '110', price: '108', qty: '0.4' });
    expect(executions(out)).toEqual(['TP3 STOP_MARKET TAKER']);
    const single = at('106', { ...trailing, targets: ['106'], safety: [['97', 10n]] });
    expect(messages(single)).toContainEqual(['ENTRY_CANCELLED', 'Waiting entries withdrawn: target 1 was reached']);
    const nothingLeft = at('106', { plan: { trailingTakeProfit: dec('1'), weights: [1, 1, 0] } });
    expect(nothingLeft?.after).toMatchObject({ status: 'CLOSED', trail: null });
  });
});

describe('liquidations', () => {
  it('say what was lost', () => {
    const change = at('90', { stop: null }, withLiquidation);
    expect(change?.log).toMatchObject([
      { type: 'LIQUIDATION', message: 'Liquidated at 90: the margin of 10 USDT is lost', meta: { margin_lost: '10' } },
    ]);
    expect(executions(change)).toEqual(['LIQUIDATION MARKET TAKER']);
  });

  it('of an account say so of each position', () => {
    const cross = (id: number, shape: Shape): PositionState => ({ ...positionOf({ ...shape, cross: true }), id });
    const brackets = marginBrackets([{ upTo: null, ratePercent: '0.5' }]);
    const positions = [cross(1, {}), cross(2, { pending: true })];
    const changes = liquidateAccount(dec('5'), positions, new Map([['TESTUSDT', dec('75')]]), brackets, LATER);
    expect(changes.map(messages)).toEqual([
      [['LIQUIDATION', 'Liquidated at 75 with its account: all cross margin of 25 USDT is lost']],
      [['CANCELLED', 'Entry withdrawn: the account was liquidated']],
    ]);
    expect(executions(changes[0])).toEqual(['LIQUIDATION MARKET TAKER']);
    expect(changes[0]?.after.fees.toString()).toBe('0');
  });
});

describe('commands', () => {
  const commanded = (command: PositionCommand, shape: Shape = {}, terms: FeeRates = noFees, price = '101') =>
    onCommand(positionOf(shape), command, dec(price), terms, LATER);

  it.each<[PositionCommand, string, string, string, string]>([
    [{ kind: 'close', qty: null, leg: 'CLOSE1' }, 'CLOSE1', 'CLOSE', 'Closed by hand', 'MANUAL'],
    [{ kind: 'cancel', message: 'Taken back' }, 'CANCEL', 'CANCELLED', 'Taken back', 'CANCEL'],
    [{ kind: 'flatten', message: 'Stopped by all' }, 'FLATTEN', 'CLOSE', 'Stopped by all', 'FLATTEN'],
    [{ kind: 'reverse', bySignal: 7 }, 'REVERSAL', 'REVERSAL', 'Closed by the opposite signal 7', 'REVERSAL'],
  ])('%j', (command, leg, type, message, reason) => {
    const change = commanded(command);
    expect(change?.log).toEqual([{ type, message, meta: { price: '101', qty: '1', pnl: '1', fee: '0' } }]);
    expect(executions(change)).toEqual([`${leg} MARKET TAKER`]);
    expect(change?.after.closeReason).toBe(reason);
    const waiting = commanded(command, { pending: true });
    expect(messages(waiting)).toEqual([['CANCELLED', `Entry cancelled before it filled (${reason.toLowerCase()})`]]);
  });

  it.each<PositionCommand>([
    { kind: 'close', qty: null, leg: 'CLOSE1' },
    { kind: 'cancel', message: 'Taken back' },
    { kind: 'flatten', message: 'Stopped by all' },
    { kind: 'reverse', bySignal: 7 },
    { kind: 'stop' },
  ])('%j without a price withdraws what waits, and closes nothing', (command) => {
    const blind = (shape: Shape) => onCommand(positionOf(shape), command, undefined, noFees, LATER);
    expect(blind({ pending: true })?.after.status).toBe('CANCELLED');
    const kept = blind({ safety: [['97', 10n]] });
    expect(messages(kept)).toEqual([
      ['ENTRY_CANCELLED', 'Waiting entries withdrawn: there is no price yet to close at'],
    ]);
    expect(kept?.after).toMatchObject({ status: 'OPEN', entriesClosed: true });
    expect(blind({})).toBeUndefined();
  });

  it('a part of it, and a target, wait for a price; only the target ends what would grow', () => {
    const blind = (command: PositionCommand, position = positionOf({ safety: [['97', 10n]] })) =>
      onCommand(position, command, undefined, noFees, LATER);
    expect(blind({ kind: 'close', qty: dec('0.5'), leg: 'CLOSE1' })).toBeUndefined();
    const target = { kind: 'target', target: 1 } as const;
    const kept = blind(target);
    expect(kept?.after).toMatchObject({ status: 'OPEN', entriesClosed: true, targetHitAt: [null, null, null] });
    expect(blind(target, kept?.after)).toBeUndefined();
  });

  it('the end of the signal withdraws what waits, and leaves what is held to its own exits', () => {
    const ended = commanded({ kind: 'expire' }, { safety: [['97', 10n]] });
    expect(messages(ended)).toEqual([['ENTRY_CANCELLED', 'Waiting entries withdrawn: the signal has ended']]);
    expect(ended?.after).toMatchObject({ status: 'OPEN', entriesClosed: true });
    expect(commanded({ kind: 'expire' })).toBeUndefined();
    expect(commanded({ kind: 'expire' }, { pending: true })?.after).toMatchObject({ closeReason: 'EXPIRED' });
  });

  it('a reported stop of a position that has none closes at the market', () => {
    expect(messages(commanded({ kind: 'stop' }, { stop: null }))).toEqual([['SL_HIT', 'Stop loss 101 hit at 101']]);
  });

  it('a reported target closes its whole share at the market, however deep the book is', () => {
    const change = commanded({ kind: 'target', target: 1 }, { lots: 60n, leverage: 1 }, shallow, '103');
    expect(executions(change)).toEqual(['TP1 MARKET TAKER']);
    expect(change?.executions[0]?.qty.toString()).toBe('2');
    expect(change?.after.partPrice).toBeNull();
  });

  it('the longest holding time closes at the market', () => {
    const due = { ...positionOf(), exitAt: LATER };
    const change = onTime(due, LATER, dec('101'), noFees);
    expect(change?.log).toEqual([
      {
        type: 'CLOSE',
        message: 'Closed after its longest holding time, at 101',
        meta: { price: '101', qty: '1', pnl: '1', fee: '0' },
      },
    ]);
    expect(executions(change)).toEqual(['EXIT_TIME MARKET TAKER']);
    expect(onTime(due, LATER, undefined, noFees)).toBeUndefined();
  });
});

describe('a status', () => {
  it('moves along the graph only, and from an end nowhere', () => {
    const move = (status: PositionState['status'], to: PositionState['status']) => () =>
      requireMove({ id: 4, status }, to);
    expect(move('OPEN', 'PARTIAL')).not.toThrow();
    expect(move('PARTIAL', 'PARTIAL')).not.toThrow();
    expect(move('PENDING', 'PARTIAL')).toThrow('position 4 cannot move from PENDING to PARTIAL');
    expect(move('CLOSED', 'CLOSED')).toThrow('position 4 cannot move from CLOSED to CLOSED');
  });
});
