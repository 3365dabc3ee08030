/**
 * How a signal itself moves: what following it exactly would have met, whatever its followers hold.
 * Keeps: pure; status is derived from facts (entry reached, targets hit, stop, cancel); a final status never changes;
 * each fact is an event that can happen once. The stop is tested before targets, as for positions.
 */
import type { EntryType, Side } from '../instrument/side.js';
import type { Decimal } from '../money/decimal.js';
import { isTerminalSignal, type SignalEventType, type SignalStatus } from './signal.js';

export interface SignalState {
  readonly id: number;
  readonly symbol: string;
  readonly side: Side;
  readonly status: SignalStatus;
  readonly entryType: EntryType | null;
  readonly entry: Decimal;
  readonly stopLoss: Decimal;
  readonly targetPrices: readonly Decimal[];
  readonly targetHitAt: readonly (Date | null)[];
  readonly openedAt: Date | null;
  readonly closedAt: Date | null;
  readonly closeReason: string | null;
}

export interface SignalFact {
  readonly type: SignalEventType;
  readonly targetIndex?: number;
  readonly price: Decimal;
}

export interface SignalStep {
  readonly after: SignalState;
  readonly facts: readonly SignalFact[];
}

export type SignalCommandKind = 'target' | 'stop' | 'cancel';

/** What one price does to a signal; undefined when nothing. */
export function signalOnPrice(signal: SignalState, price: Decimal, at: Date): SignalStep | undefined {
  if (isTerminalSignal(signal.status)) return undefined;
  const long = signal.side === 'LONG';
  if (signal.status === 'NEW') {
    if (signal.entryType === null) return undefined;
    const isBelow = long === (signal.entryType !== 'BREAKOUT');
    const reached = isBelow ? price.lte(signal.entry) : price.gte(signal.entry);
    if (!reached) return undefined;
    const opened = openSignal(signal, price, at);
    const stopped = signalOnPrice(opened.after, price, at);
    return stopped === undefined ? opened : { after: stopped.after, facts: [...opened.facts, ...stopped.facts] };
  }
  if (long ? price.lte(signal.stopLoss) : price.gte(signal.stopLoss)) return stopSignal(signal, price, at);
  const reached = signal.targetPrices.filter((target) => (long ? price.gte(target) : price.lte(target))).length;
  return reached === 0 ? undefined : hitTargets(signal, reached, undefined, at);
}

/** What a staff report or a cancel does to a signal; undefined when it has ended or the target is already hit. */
export function signalOnCommand(
  signal: SignalState,
  command: { readonly kind: SignalCommandKind; readonly target?: number; readonly reason?: string | null },
  price: Decimal,
  at: Date,
): SignalStep | undefined {
  if (isTerminalSignal(signal.status)) return undefined;
  switch (command.kind) {
    case 'target':
      return hitTargets(signal, command.target ?? 0, price, at);
    case 'stop':
      return stopSignal(signal, price, at);
    case 'cancel': {
      const closeReason = command.reason ?? 'CANCEL';
      return {
        after: { ...signal, status: 'CANCELLED', closedAt: at, closeReason },
        facts: [{ type: 'CANCELLED', price }],
      };
    }
  }
}

/** The entry was reached. */
export function openSignal(signal: SignalState, price: Decimal, at: Date): SignalStep {
  return { after: { ...signal, status: 'OPENED', openedAt: at }, facts: [{ type: 'ENTRY', price }] };
}

function stopSignal(signal: SignalState, price: Decimal, at: Date): SignalStep {
  return {
    after: { ...signal, status: 'STOPPED', closedAt: at, closeReason: 'STOP' },
    facts: [{ type: 'STOP', price }],
  };
}

function hitTargets(signal: SignalState, upTo: number, price: Decimal | undefined, at: Date): SignalStep | undefined {
  const facts: SignalFact[] = [];
  const targetHitAt = signal.targetHitAt.map((hit, index) => {
    if (hit !== null || index >= upTo) return hit;
    facts.push({ type: 'TARGET', targetIndex: index + 1, price: price ?? (signal.targetPrices[index] as Decimal) });
    return at;
  });
  if (facts.length === 0) return undefined;
  const all = targetHitAt.every((hit) => hit !== null);
  const last = facts.at(-1) as SignalFact;
  if (all) facts.push({ type: 'ALL_TARGETS', price: last.price });
  const end = all
    ? ({ status: 'CLOSED', closedAt: at, closeReason: 'TARGETS' } as const)
    : ({ status: 'PARTIAL' } as const);
  return { after: { ...signal, ...end, targetHitAt, openedAt: signal.openedAt ?? at }, facts };
}
