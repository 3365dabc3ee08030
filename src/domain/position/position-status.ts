/** The statuses of a position, their families and the moves that are allowed between them. */

export const POSITION_STATUSES = ['PENDING', 'OPEN', 'PARTIAL', 'CLOSED', 'STOPPED', 'CANCELLED'] as const;
export type PositionStatus = (typeof POSITION_STATUSES)[number];

/** Statuses that count against the follower's cap and reserve margin. */
export const LIVE_POSITION_STATUSES = ['PENDING', 'OPEN', 'PARTIAL'] as const satisfies readonly PositionStatus[];

/** Statuses in which quantity is held in the market. */
export const HELD_POSITION_STATUSES = ['OPEN', 'PARTIAL'] as const satisfies readonly PositionStatus[];

export const TERMINAL_POSITION_STATUSES = [
  'CLOSED',
  'STOPPED',
  'CANCELLED',
] as const satisfies readonly PositionStatus[];

/** Why a position ended. */
export const CLOSE_REASONS = [
  'TARGETS',
  'STOP',
  'CANCEL',
  'MANUAL',
  'REVERSAL',
  'EXPIRED',
  'TIME',
  'FLATTEN',
  'LIQUIDATION',
] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** How a position is traded: simulated money, a venue's testnet, or real money. */
export const TRADING_MODES = ['paper', 'testnet', 'live'] as const;
export type TradingMode = (typeof TRADING_MODES)[number];

const NEXT: Readonly<Record<PositionStatus, readonly PositionStatus[]>> = {
  PENDING: ['OPEN', 'CANCELLED'],
  OPEN: ['PARTIAL', 'CLOSED', 'STOPPED', 'CANCELLED'],
  PARTIAL: ['CLOSED', 'STOPPED', 'CANCELLED'],
  CLOSED: [],
  STOPPED: [],
  CANCELLED: [],
};

export function mayMove(from: PositionStatus, to: PositionStatus): boolean {
  return from === to || NEXT[from].includes(to);
}

export function isTerminalPosition(status: PositionStatus): boolean {
  return NEXT[status].length === 0;
}

/** Throws where the move is not on the graph: a bug, never a refusal. */
export function requireMove(
  position: { readonly id: number; readonly status: PositionStatus },
  to: PositionStatus,
): void {
  if (mayMove(position.status, to) && !isTerminalPosition(position.status)) return;
  throw new Error(`position ${position.id} cannot move from ${position.status} to ${to}`);
}
