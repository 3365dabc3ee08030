/**
 * What a database keeps, in memory: people, signals, positions, fills, events and work, changed only the way the product
 * writes them. Keeps: refuses what the schema refuses (a second position, fill, event or order of the same key).
 */
import { clientOrderId } from '../../../src/domain/order/client-order-id.js';
import { Decimal } from '../../../src/domain/money/decimal.js';
import type { PositionChange, PositionState } from '../../../src/domain/position/position.js';
import { isTerminalPosition, mayMove } from '../../../src/domain/position/position-status.js';
import type { SignalState, SignalStep } from '../../../src/domain/signal/signal-progress.js';
import { isTerminalSignal, signalEventKey } from '../../../src/domain/signal/signal.js';
import type { SignalDraft } from '../../../src/domain/signal/check-signal.js';

export const OPENING = Decimal.of('10000');

/** One follower with the one account. */
export interface User {
  readonly id: number;
  perTrade: string;
  leverage: number;
  cap: number;
  capital: string;
  reversal: boolean;
  on: boolean;
  balance: Decimal;
  marginUsed: Decimal;
  openPositions: number;
}

export interface StoredSignal {
  state: SignalState;
  readonly draft: SignalDraft;
  dispatched: boolean;
  referencePrice: Decimal | null;
}

export interface Fill {
  readonly effect: 'ENTRY' | 'EXIT';
  readonly price: string;
  readonly qty: string;
  readonly fee: string;
}

export interface Work {
  readonly id: number;
  readonly queue: 'signal' | 'page' | 'close';
  readonly symbol: string;
  readonly task: Task;
  fence: number;
  isOpen: boolean;
}

export type Task =
  | { readonly kind: 'dispatch' | 'stop' | 'cancel' | 'expire'; readonly signal: number }
  | { readonly kind: 'target'; readonly signal: number; readonly target: number }
  | {
      readonly kind: 'page';
      readonly signal: number;
      readonly from: number;
      readonly to: number;
      readonly refusal: string | null;
    }
  | { readonly kind: 'close'; readonly position: number; readonly qty: string | null };

export interface Noted {
  readonly symbol: string;
  readonly price: string;
  readonly at: Date;
  readonly newest: number;
}

export class Refused extends Error {}

export class Books {
  readonly users: User[] = [];
  readonly signals = new Map<number, StoredSignal>();
  readonly positions = new Map<number, PositionState>();
  readonly fills = new Map<number, Fill[]>();
  readonly logs = new Map<number, number>();
  readonly decisions = new Set<string>();
  readonly events = new Set<string>();
  readonly orders = new Set<string>();
  readonly keys = new Map<string, number>();
  readonly noted: Noted[] = [];
  readonly open: Work[] = [];
  readonly #workKeys = new Set<string>();
  /** Live positions by symbol. */
  readonly live = new Map<string, Set<number>>();
  /** What changed since it was last looked at. */
  readonly touched = { positions: new Set<number>(), users: new Set<User>(), signals: new Set<number>() };
  #nextWork = 1;
  newest = 0;

  user(id: number): User {
    return this.users[id - 1] as User;
  }

  enqueue(queue: Work['queue'], key: string, symbol: string, task: Task): void {
    if (this.#workKeys.has(`${queue}:${key}`)) return;
    this.#workKeys.add(`${queue}:${key}`);
    this.open.push({ id: this.#nextWork++, queue, symbol, task, fence: 0, isOpen: true });
  }

  /** Marks work done; false when its fence was passed by another, and then nothing of the holder may be kept. */
  complete(work: Work, fence: number): boolean {
    if (!work.isOpen || work.fence !== fence) return false;
    work.isOpen = false;
    this.open.splice(this.open.indexOf(work), 1);
    return true;
  }

  decide(signal: number, user: number): void {
    once(this.decisions, `${signal}:${user}`, 'decision');
  }

  insert(position: PositionState, entry: Fill | undefined): void {
    if (this.positions.has(position.id)) throw new Refused(`position ${position.id} exists`);
    this.newest = Math.max(this.newest, position.id);
    once(
      this.orders,
      clientOrderId({ accountId: position.accountId, cause: `signal:${position.signalId}`, leg: 'ENTRY', attempt: 1 }),
      'order',
    );
    this.positions.set(position.id, position);
    this.fills.set(position.id, entry === undefined ? [] : [entry]);
    this.logs.set(position.id, entry === undefined ? 0 : 1);
    const live = this.live.get(position.symbol) ?? new Set();
    this.live.set(position.symbol, live.add(position.id));
    this.touched.positions.add(position.id);
  }

  /** As the change writer: the position, its orders and fills, its log, its account. */
  write(change: PositionChange): void {
    const { before, after } = change;
    if (this.positions.get(after.id) !== before) throw new Refused(`position ${after.id} was changed by somebody else`);
    const filledFirst = change.executions[0]?.effect === 'ENTRY' && mayMove(before.status, 'OPEN');
    if (!mayMove(filledFirst ? 'OPEN' : before.status, after.status)) {
      throw new Refused(`${before.status} to ${after.status}`);
    }
    this.positions.set(after.id, after);
    for (const { effect, leg, price, qty, fee } of change.executions) {
      if (effect === 'EXIT') {
        once(
          this.orders,
          clientOrderId({ accountId: after.accountId, cause: `position:${after.id}`, leg, attempt: 1 }),
          'order',
        );
      }
      this.fills.get(after.id)?.push({ effect, price: String(price), qty: String(qty), fee: String(fee) });
    }
    const told = change.log.filter(({ meta }) => meta.fee !== undefined && meta.qty !== '0').length;
    this.logs.set(after.id, (this.logs.get(after.id) ?? 0) + told);
    const user = this.user(after.userId);
    user.balance = user.balance.plus(change.balanceDelta);
    user.marginUsed = user.marginUsed.plus(change.marginDelta);
    user.openPositions += change.openDelta;
    if (isTerminalPosition(after.status)) this.live.get(after.symbol)?.delete(after.id);
    this.touched.positions.add(after.id);
    this.touched.users.add(user);
  }

  step(stored: StoredSignal, step: SignalStep): void {
    if (isTerminalSignal(stored.state.status)) throw new Refused(`signal ${stored.state.id} has ended`);
    for (const { type, targetIndex } of step.facts) {
      once(this.events, signalEventKey(stored.state.id, type, targetIndex), 'event');
    }
    this.signals.set(stored.state.id, Object.assign(stored, { state: step.after }));
    this.touched.signals.add(stored.state.id);
  }

  livePositions(symbol: string): PositionState[] {
    return [...(this.live.get(symbol) ?? [])]
      .sort((a, b) => a - b)
      .map((id) => this.positions.get(id) as PositionState);
  }
}

function once(set: Set<string>, key: string, what: string): void {
  if (set.has(key)) throw new Refused(`a second ${what} ${key}`);
  set.add(key);
}
