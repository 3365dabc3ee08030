/** What a follower holds on the other side of a signal's symbol, as far as a decision rests on it. */
import type { PositionMode } from '../position/opposite.js';

/** Of one follower and the symbol of one signal. */
export interface OppositeFacts {
  readonly mode: PositionMode;
  /** Live positions on the other side, waiting ones too. */
  readonly held: number;
  /** Of those, what this signal has closed by plans that say CLOSE. */
  readonly closed: number;
}

export const NOTHING_OPPOSITE: OppositeFacts = { mode: 'ONE_WAY', held: 0, closed: 0 };
