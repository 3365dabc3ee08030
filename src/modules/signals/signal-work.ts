/**
 * The work that signals cause, as rows other modules serve.
 * Keeps: everything about one symbol runs strictly in the order in which it was asked for (serial key), so a reversal
 * never overtakes the signal that it reverses. What can only be done at a price goes to a line of its own, in the same
 * order, so that withdrawing what waits is never held up by it.
 */
import { createHash } from 'node:crypto';
import type { NewWork } from '../../platform/work/work-queue.js';

/** Served by trading: dispatching a signal to its followers, and staff commands on it. */
export const SIGNAL_QUEUE = 'signal';

/** Served by broadcast: something happened to a signal and people are to be told. */
export const SIGNAL_EVENT_QUEUE = 'signal.event';

/** Served by the house's signals: the engine that made a signal is told what became of it. */
export const SIGNAL_TOLD_QUEUE = 'signal.told';

export type SignalCommand =
  | { readonly kind: 'dispatch'; readonly signal_id: number }
  /** A version of the signal is carried to those who trade it. */
  | { readonly kind: 'edit'; readonly signal_id: number; readonly version: number }
  /** The market ended the signal: entries that still wait are withdrawn. */
  | { readonly kind: 'expire'; readonly signal_id: number }
  | {
      readonly kind: 'target';
      readonly signal_id: number;
      readonly target_index: number;
      readonly actor_id: number | null;
      readonly moves_market: boolean;
    }
  | {
      readonly kind: 'stop';
      readonly signal_id: number;
      readonly actor_id: number | null;
      /** Whether a feed without a market goes to the reported price: never for a provider, who could move others' trades. */
      readonly moves_market: boolean;
    }
  | {
      readonly kind: 'cancel';
      readonly signal_id: number;
      readonly actor_id: number | null;
      readonly reason: string | null;
    }
  /** Entries that wait are taken back; a signal whose entry nobody has reached ends. */
  | { readonly kind: 'withdraw'; readonly signal_id: number; readonly actor_id: number | null }
  /** A part of what is held is closed at market. */
  | {
      readonly kind: 'reduce';
      readonly signal_id: number;
      readonly actor_id: number | null;
      /** Above 0, up to 100. */
      readonly percent: string;
      /** Tells one reduction of the signal from the others; 16 hexadecimal digits. */
      readonly mark: string;
    };

/** The mark of a reduction that was asked for under these words: the same words are the same reduction. */
export function reductionMark(...words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 16);
}

/** One row per command: asking for the same thing twice has the effect of once. */
export function signalWork(symbol: string, command: SignalCommand): NewWork {
  return {
    queue: SIGNAL_QUEUE,
    key: `${command.signal_id}:${nameOf(command)}`,
    serialKey: `symbol:${symbol}`,
    payload: { ...command },
  };
}

/** Whatever waits for a price must not take the places of what does not. */
const AFTER_ALL_ELSE = 200;

/** What is left of work on a signal that can only be done when its symbol has a price. */
export function pricedWork(symbol: string, command: SignalCommand): NewWork {
  const work = signalWork(symbol, command);
  const payload = { ...command, needs_price: true };
  return { ...work, key: `${work.key}:priced`, serialKey: pricedLine(symbol), payload, priority: AFTER_ALL_ELSE };
}

export const pricedLine = (symbol: string): string => `symbol:${symbol}:priced`;

function nameOf(command: SignalCommand): string {
  if (command.kind === 'target') return `target:${command.target_index}`;
  if (command.kind === 'reduce') return `reduce:${command.mark}`;
  return command.kind === 'edit' ? `edit:${command.version}` : command.kind;
}

/** The same for the engine of the house, where one wants to be told. */
export function signalToldWork(signalId: number, eventKey: string, eventId: number): NewWork {
  return { ...signalEventWork(signalId, eventKey, eventId), queue: SIGNAL_TOLD_QUEUE };
}

/** Announces a stored signal event to whoever tells people; one signal's events are told in order. */
export function signalEventWork(signalId: number, eventKey: string, eventId: number): NewWork {
  return {
    queue: SIGNAL_EVENT_QUEUE,
    key: eventKey,
    serialKey: `signal:${signalId}`,
    payload: { event_id: eventId },
  };
}
