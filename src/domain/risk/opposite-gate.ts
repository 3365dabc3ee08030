/**
 * The gate on what a follower holds on the other side of the symbol, after the signal has closed what it may close.
 * Keeps: in one-way mode an account never has both sides of a symbol; a trade whose plan says CLOSE is not turned round.
 */
import type { GateCase } from './facts.js';
import type { Gate } from './gate.js';
import type { OppositeFacts } from './opposite-facts.js';

const opposite = ({ follower }: GateCase): OppositeFacts => follower.opposite;

export const oppositeGate: Gate = {
  name: 'opposite',
  isAddress: false,
  code: (c) => (opposite(c).closed > 0 ? 'OPPOSITE_CLOSED' : 'ONE_WAY_MODE'),
  admits: (c) => {
    const { mode, held, closed } = opposite(c);
    if (held === 0 && closed === 0) return undefined;
    return closed === 0 && (held === 0 || mode === 'HEDGE');
  },
  input: (c) => ({ opposite_positions: opposite(c).held, opposite_closed: opposite(c).closed }),
  limit: (c) => ({ position_mode: opposite(c).mode }),
  change: (c) => {
    const { held, closed, mode } = opposite(c);
    const reverse = closed === 0 ? [] : ['say exit.on_opposite_signal REVERSE in the plan'];
    const hedge =
      held === 0 || mode === 'HEDGE' ? [] : [`set position_mode to HEDGE or close ${held} on the other side`];
    return {
      words: [...reverse, ...hedge].join(' and '),
      data: {
        ...(closed === 0 ? {} : { 'exit.on_opposite_signal': 'REVERSE' }),
        ...(hedge.length === 0 ? {} : { position_mode: 'HEDGE' }),
      },
    };
  },
};
