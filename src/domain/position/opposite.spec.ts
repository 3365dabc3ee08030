import { positionOf } from '../../../test/factories/positions.js';
import { type OppositeAction, oppositeAction, type PositionMode } from './opposite.js';

const asked = (onOpposite: OppositeAction | null, mode: PositionMode, allowsReversal = true, isDetached = false) =>
  oppositeAction({ ...positionOf({ plan: { onOpposite } }), isDetached }, { mode, allowsReversal });

describe('an opposite signal', () => {
  it('reverses in one-way mode and leaves both sides in hedge mode, unless the plan says otherwise', () => {
    expect([asked(null, 'ONE_WAY'), asked(null, 'HEDGE')]).toEqual(['REVERSE', 'IGNORE']);
    for (const action of ['IGNORE', 'CLOSE', 'REVERSE'] as const) {
      expect([asked(action, 'ONE_WAY'), asked(action, 'HEDGE')]).toEqual([action, action]);
    }
  });

  it('touches nothing of an owner who has switched that off, and nothing that stands on its own', () => {
    expect(asked('REVERSE', 'ONE_WAY', false)).toBe('IGNORE');
    expect(asked('CLOSE', 'ONE_WAY', true, true)).toBe('IGNORE');
  });
});
