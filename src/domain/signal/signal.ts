/** The words a signal is described with: statuses, events, and which statuses are final. */

export const SIGNAL_STATUSES = ['NEW', 'OPENED', 'PARTIAL', 'CLOSED', 'CANCELLED', 'STOPPED'] as const;
export type SignalStatus = (typeof SIGNAL_STATUSES)[number];

export const TERMINAL_SIGNAL_STATUSES: readonly SignalStatus[] = ['CLOSED', 'CANCELLED', 'STOPPED'];

export const SIGNAL_EVENT_TYPES = [
  'POSTED',
  'ENTRY',
  'TARGET',
  'ALL_TARGETS',
  'STOP',
  'CANCELLED',
  'CLOSED',
  'EDITED',
  'REDUCED',
] as const;
export type SignalEventType = (typeof SIGNAL_EVENT_TYPES)[number];

export function isTerminalSignal(status: SignalStatus): boolean {
  return TERMINAL_SIGNAL_STATUSES.includes(status);
}

/** The key under which an event of a signal can happen once; `which` is the target, the version or the reduction's mark. */
export function signalEventKey(signalId: number, type: SignalEventType, which?: number | string): string {
  return which === undefined ? `signal:${signalId}:${type}` : `signal:${signalId}:${type}:${which}`;
}
