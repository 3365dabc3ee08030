import { Decimal } from '../money/decimal.js';
import type { PositionStatus } from '../position/position-status.js';
import type { PositionChange } from '../position/position.js';
import { SAME_STREAK, streakAfter } from './losing-streak.js';

function change(from: PositionStatus, to: PositionStatus, pnl: string, qty = '1'): PositionChange {
  const after = { status: to, realisedPnl: Decimal.of(pnl), qty: Decimal.of(qty) };
  return { before: { status: from }, after } as unknown as PositionChange;
}

const LOSS = change('OPEN', 'STOPPED', '-1');
const WIN = change('PARTIAL', 'CLOSED', '1');
const EVEN = change('OPEN', 'CLOSED', '0');

describe('a losing streak', () => {
  it.each([
    ['grows with losses', [LOSS, LOSS], { endsStreak: false, losses: 2 }],
    ['ends with a win', [LOSS, WIN], { endsStreak: true, losses: 0 }],
    ['ends at zero', [LOSS, EVEN], { endsStreak: true, losses: 0 }],
    ['starts anew after it', [LOSS, WIN, LOSS], { endsStreak: true, losses: 1 }],
    ['does not see a part that is closed', [change('OPEN', 'PARTIAL', '-1')], SAME_STREAK],
    ['does not see an entry that was never filled', [change('PENDING', 'CANCELLED', '0', '0')], SAME_STREAK],
  ])('%s', (_name, changes, expected) => {
    expect(changes.reduce(streakAfter, SAME_STREAK)).toEqual(expected);
  });
});
