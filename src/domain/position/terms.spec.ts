/** What a venue makes of an order: the chance that it draws is its own, and the same whenever it is looked at. */
import { dec } from '../../../test/factories/positions.js';
import { fillModel } from '../paper/fill-model.js';
import { restingAt, restingQty, takenAt, type TakingOrder } from './terms.js';

const shape = { halfSpreadBps: dec('1'), depthUsdt: dec('100000'), volatilityPercent: dec('60') };
const fills = fillModel({
  realism: 'full',
  books: { major: shape, large: shape, other: shape },
  classOf: () => 'other',
  latencyMs: 500,
  throughBps: dec('5'),
  maxSlippagePercent: dec('5'),
});

const stop: TakingOrder = { symbol: 'TESTUSDT', side: 'SELL', leg: 'STOP', type: 'STOP_MARKET', qty: dec('1') };

describe('an order that takes', () => {
  const at = (position: number, leg: TakingOrder['leg']) =>
    takenAt({ fills }, position, { ...stop, leg }, dec('100')).toString();

  it('draws by position and leg how the market has moved until it arrives', () => {
    expect(at(1, 'STOP')).toBe(at(1, 'STOP'));
    expect(new Set([at(1, 'STOP'), at(2, 'STOP'), at(1, 'CLOSE1')]).size).toBe(3);
  });

  it('fills at the market where the venue has no model', () => {
    expect(takenAt({}, 1, stop, dec('100')).toString()).toBe('100');
    expect(restingAt({}, 'BUY', dec('100')).toString()).toBe('100');
    const order = { symbol: 'TESTUSDT', side: 'BUY', price: dec('100'), qty: dec('7'), lotStep: dec('0.1') } as const;
    expect(restingQty({}, order, dec('99')).toString()).toBe('7');
  });
});
