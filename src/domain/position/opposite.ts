/**
 * What a signal on the other side does to a trade, and in which mode its owner holds positions: the one rule of closing on
 * an opposite signal and of reversal.
 * Keeps: pure; an owner who has switched reversal off, or has taken the trade into their own hands, is asked by nobody.
 */
export const OPPOSITE_ACTIONS = ['IGNORE', 'CLOSE', 'REVERSE'] as const;
/** `CLOSE` closes the trade and enters nothing; `REVERSE` closes it and enters the other side. */
export type OppositeAction = (typeof OPPOSITE_ACTIONS)[number];

export const POSITION_MODES = ['ONE_WAY', 'HEDGE'] as const;
/** `ONE_WAY`: one direction per symbol, as venues have it by default; `HEDGE`: both sides may stand side by side. */
export type PositionMode = (typeof POSITION_MODES)[number];

export interface OppositeSettings {
  readonly mode: PositionMode;
  /** The owner's switch; off, no signal closes anything of theirs. */
  readonly allowsReversal: boolean;
}

export function oppositeAction(
  position: { readonly isDetached: boolean; readonly plan: { readonly onOpposite: OppositeAction | null } },
  { mode, allowsReversal }: OppositeSettings,
): OppositeAction {
  if (position.isDetached || !allowsReversal) return 'IGNORE';
  return position.plan.onOpposite ?? (mode === 'HEDGE' ? 'IGNORE' : 'REVERSE');
}
