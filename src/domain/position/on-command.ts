/**
 * What a decision does to one position: close by hand, cancel of the signal, a reduction or withdrawal by it, stop or target
 * reported, reversal, flatten.
 * Keeps: all of them execute at the market price of the moment, as taker, and do nothing to a position that has ended;
 * without a price entries that wait are withdrawn all the same, and what is held is left as it is;
 * what the signal says does not reach a position that its owner has detached from it.
 */
import { Decimal } from '../money/decimal.js';
import { floorToStep } from '../money/money.js';
import type { TradeLogType } from '../order/order.js';
import { cancelPending, withdrawEntries } from './entries.js';
import { bookExit, type EndState, type ExitOrder, unchanged } from './exits.js';
import { stopAt, takeTargets } from './on-price.js';
import { type CloseReason, isTerminalPosition } from './position-status.js';
import type { FeeRates, PositionChange, PositionState } from './position.js';

export type PositionCommand =
  | { readonly kind: 'close'; readonly qty: Decimal | null; readonly leg: string }
  | { readonly kind: 'cancel'; readonly message: string }
  /** The signal closes a part: so many percent of what is held, above 0 and up to 100, in whole lots. */
  | { readonly kind: 'reduce'; readonly percent: Decimal; readonly leg: string }
  /** The signal takes back the entries that wait; what is held stays. */
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'reverse'; readonly bySignal: number }
  /** The platform closes it: a kill switch. */
  | { readonly kind: 'flatten'; readonly message: string }
  | { readonly kind: 'stop' }
  /** The signal ended: what still waits for its entry is withdrawn, what is held goes on to its own exits. */
  | { readonly kind: 'expire' }
  | { readonly kind: 'target'; readonly target: number };

/** `price` is the current market price, undefined where there is none. Undefined when the command changes nothing. */
export function onCommand(
  position: PositionState,
  command: PositionCommand,
  price: Decimal | undefined,
  fees: FeeRates,
  at: Date,
): PositionChange | undefined {
  if (isTerminalPosition(position.status)) return undefined;
  if (position.isDetached && OF_THE_SIGNAL.has(command.kind)) return undefined;
  if (position.status === 'PENDING') return command.kind === 'reduce' ? undefined : onPending(position, command, at);
  const start = unchanged(position);
  if (command.kind === 'expire') return withdrawn(start, 'the signal has ended');
  if (command.kind === 'withdraw') return withdrawn(start, 'the signal takes them back');
  if (price === undefined)
    return endsEntries(position, command) ? withdrawn(start, 'there is no price yet to close at') : undefined;
  switch (command.kind) {
    case 'stop':
      return stopAt(start, price, fees, at);
    case 'target': {
      const taken = takeTargets(start, command.target, price, price, fees, at);
      return taken === start ? undefined : taken;
    }
    case 'reduce':
      return reduced(start, command, price, fees, at);
    case 'close':
      return bookExit(
        start,
        marketExit(position, command.leg, command.qty, price, 'CLOSE', 'Closed by hand'),
        MANUAL,
        fees,
        at,
      );
    case 'cancel':
      return bookExit(
        start,
        marketExit(position, 'CANCEL', null, price, 'CANCELLED', command.message),
        CANCELLED,
        fees,
        at,
      );
    case 'flatten':
      return bookExit(
        start,
        marketExit(position, 'FLATTEN', null, price, 'CLOSE', command.message),
        FLATTENED,
        fees,
        at,
      );
    case 'reverse': {
      const message = `Closed by the opposite signal ${command.bySignal}`;
      return bookExit(start, marketExit(position, 'REVERSAL', null, price, 'REVERSAL', message), REVERSED, fees, at);
    }
  }
}

/** In whole lots; undefined where the part comes to none. */
function reduced(
  start: PositionChange,
  { percent, leg }: Extract<PositionCommand, { kind: 'reduce' }>,
  price: Decimal,
  fees: FeeRates,
  at: Date,
): PositionChange | undefined {
  const { remainingQty, plan } = start.before;
  const part = remainingQty.times(percent).dividedBy(Decimal.HUNDRED, QTY_SCALE, 'floor');
  const qty = percent.gte(Decimal.HUNDRED) ? remainingQty : floorToStep(part, Decimal.of(plan.instrument.lotStep));
  if (!qty.isPositive) return undefined;
  const message = `Reduced by ${percent.toString()} % by its signal`;
  return bookExit(start, marketExit(start.before, leg, qty, price, 'CLOSE', message), CANCELLED, fees, at);
}

/** Whether a command leaves no entry waiting: what leaves nothing of a position, and a target that is taken. */
function endsEntries({ targetHitAt }: PositionState, command: PositionCommand): boolean {
  if (command.kind === 'target') return targetHitAt.slice(0, command.target).some((hit) => hit === null);
  if (command.kind === 'reduce') return false;
  return command.kind !== 'close' || command.qty === null;
}

function withdrawn(start: PositionChange, why: string): PositionChange | undefined {
  const change = withdrawEntries(start, `Waiting entries withdrawn: ${why}`);
  return change === start ? undefined : change;
}

/** Places of a quantity before it is cut to lots. */
const QTY_SCALE = 12;

const MANUAL: EndState = { status: 'CLOSED', reason: 'MANUAL' };
const CANCELLED: EndState = { status: 'CANCELLED', reason: 'CANCEL' };
const REVERSED: EndState = { status: 'CLOSED', reason: 'REVERSAL' };

const FLATTENED: EndState = { status: 'CLOSED', reason: 'FLATTEN' };

/** What the signal says, as opposed to the owner and the platform. */
const OF_THE_SIGNAL: ReadonlySet<PositionCommand['kind']> = new Set([
  'cancel',
  'reduce',
  'withdraw',
  'stop',
  'target',
  'expire',
]);

/** What gives up a position that only waits. */
type EndsPending = Exclude<PositionCommand, { kind: 'reduce' }>;

const PENDING_REASON: Readonly<Record<EndsPending['kind'], CloseReason>> = {
  close: 'MANUAL',
  cancel: 'CANCEL',
  withdraw: 'CANCEL',
  reverse: 'REVERSAL',
  flatten: 'FLATTEN',
  stop: 'EXPIRED',
  expire: 'EXPIRED',
  target: 'EXPIRED',
};

function onPending(position: PositionState, command: EndsPending, at: Date): PositionChange {
  const reason = PENDING_REASON[command.kind];
  return cancelPending(unchanged(position), reason, at, `Entry cancelled before it filled (${reason.toLowerCase()})`);
}

function marketExit(
  position: PositionState,
  leg: string,
  qty: Decimal | null,
  price: Decimal,
  type: TradeLogType,
  message: string,
): ExitOrder {
  return {
    leg,
    type: 'MARKET',
    price,
    qty: qty ?? position.remainingQty,
    liquidity: 'TAKER',
    log: { type, message, meta: {} },
  };
}
