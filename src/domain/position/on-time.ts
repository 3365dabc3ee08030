/**
 * What the passing of time does to one position: waiting entries expire, a timed exit closes.
 * Keeps: a position that is not due answers undefined; the exit executes at the market price of the moment, as taker, and
 * waits for one; entries expire without.
 */
import type { Decimal } from '../money/decimal.js';
import { cancelPending, expireEntries } from './entries.js';
import { bookExit, type EndState, unchanged } from './exits.js';
import { isTerminalPosition } from './position-status.js';
import type { FeeRates, PositionChange, PositionState } from './position.js';

const TIME_END: EndState = { status: 'CLOSED', reason: 'TIME' };

/** The next moment at which `onTime` changes the position; null when time alone never does. */
export function dueAt(position: Pick<PositionState, 'entryExpiresAt' | 'exitAt'>): Date | null {
  const { entryExpiresAt, exitAt } = position;
  if (entryExpiresAt === null || exitAt === null) return entryExpiresAt ?? exitAt;
  return entryExpiresAt < exitAt ? entryExpiresAt : exitAt;
}

/** `price` is the current market price; undefined while there is none. */
export function onTime(
  position: PositionState,
  now: Date,
  price: Decimal | undefined,
  fees: FeeRates,
): PositionChange | undefined {
  if (isTerminalPosition(position.status)) return undefined;
  const start = unchanged(position);
  const expired = isDue(position.entryExpiresAt, now) ? expire(start, now) : start;
  const { after } = expired;
  const isOver = isTerminalPosition(after.status) || !isDue(after.exitAt, now);
  if (isOver || price === undefined) return expired === start ? undefined : expired;
  const message = `Closed after its longest holding time, at ${price.toString()}`;
  const order = {
    leg: 'EXIT_TIME',
    type: 'MARKET' as const,
    price,
    qty: after.remainingQty,
    liquidity: 'TAKER' as const,
    log: { type: 'CLOSE' as const, message, meta: {} },
  };
  return bookExit(expired, order, TIME_END, fees, now);
}

export function isDue(at: Date | null, now: Date): boolean {
  return at !== null && at <= now;
}

function expire(start: PositionChange, now: Date): PositionChange {
  if (start.after.status === 'PENDING') {
    return cancelPending(start, 'EXPIRED', now, 'Entry cancelled: it did not fill in time');
  }
  return expireEntries(start, 'Waiting entries withdrawn: they did not fill in time');
}
