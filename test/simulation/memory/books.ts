/**
 * What a database keeps, in memory: people, signals, positions, fills, events and work, changed only the way the product
 * writes them. Keeps: refuses what the schema refuses (a second position, fill, event or order of the same key), and what
 * no change may ever do: move a stop away from profit, enter where a switch forbids it.
 */
import { Decimal } from '../../../src/domain/money/decimal.js';
import type { UserPlan } from '../../../src/domain/plan/user-plan.js';
import type { ManagedBy, PositionEdit } from '../../../src/domain/position/edit.js';
import type { Execution, PositionChange, PositionState } from '../../../src/domain/position/position.js';
import { isTerminalPosition, mayMove } from '../../../src/domain/position/position-status.js';
import { hasFallenTo, hasReached } from '../../../src/domain/position/prices.js';
import { effectiveStop } from '../../../src/domain/position/stops.js';
import type { SignalState, SignalStep } from '../../../src/domain/signal/signal-progress.js';
import { isTerminalSignal, signalEventKey } from '../../../src/domain/signal/signal.js';
import type { SignalDraft } from '../../../src/domain/signal/check-signal.js';
import type { Peaks } from '../../../src/modules/trading/triggers/armory.js';

export const OPENING = Decimal.of('10000');

/** One follower with the one account. */
export interface User {
  readonly id: number;
  readonly plan: UserPlan;
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
  draft: SignalDraft;
  readonly sourceId: number;
  dispatched: boolean;
  referencePrice: Decimal | null;
}

export interface Fill {
  readonly effect: 'ENTRY' | 'EXIT';
  readonly leg: string;
  readonly price: string;
  readonly qty: string;
  readonly fee: string;
}

export interface Work {
  readonly id: number;
  readonly queue: 'signal' | 'page' | 'close' | 'flatten';
  readonly symbol: string;
  readonly task: Task;
  fence: number;
  isOpen: boolean;
}

export type Task =
  | { readonly kind: 'dispatch' | 'stop' | 'cancel' | 'withdraw' | 'expire'; readonly signal: number }
  | { readonly kind: 'reduce'; readonly signal: number; readonly percent: number }
  | { readonly kind: 'target'; readonly signal: number; readonly target: number }
  | { readonly kind: 'edit'; readonly signal: number; readonly edit: PositionEdit }
  | {
      readonly kind: 'page';
      readonly signal: number;
      readonly from: number;
      readonly to: number;
      readonly refusal: string | null;
    }
  | { readonly kind: 'close'; readonly position: number; readonly qty: string | null }
  | { readonly kind: 'flatten'; readonly item: number };

export interface Noted {
  readonly symbol: string;
  readonly price: string;
  readonly at: Date;
  readonly newest: number;
  readonly peaks: Peaks;
}

export class Refused extends Error {}

export class Books {
  readonly users: User[] = [];
  readonly signals = new Map<number, StoredSignal>();
  readonly positions = new Map<number, PositionState>();
  readonly fills = new Map<number, Fill[]>();
  /** How the plan of each position came to be, as edits have left it. */
  readonly managed = new Map<number, ManagedBy>();
  /** Positions that have no stop because their signal says so and their owner allows it. */
  readonly unstopped = new Set<number>();
  readonly logs = new Map<number, number>();
  readonly decisions = new Set<string>();
  readonly events = new Set<string>();
  readonly orders = new Set<string>();
  readonly keys = new Map<string, number>();
  readonly noted: Noted[] = [];
  /** The best prices that positions trail from, as they were last stored. */
  readonly peaks = new Map<string, Peaks>();
  /** The prices that were stored last. */
  readonly marks = new Map<string, string>();
  /** Accounts on which anything was booked since the leader last looked. */
  readonly booked = new Set<number>();
  readonly open: Work[] = [];
  readonly #workKeys = new Set<string>();
  /** Live positions by symbol. */
  readonly live = new Map<string, Set<number>>();
  /** Live positions with cross margin by account, in the order of their ids. */
  readonly cross = new Map<number, Set<number>>();
  /** What changed since it was last looked at. */
  readonly touched = { positions: new Set<number>(), users: new Set<User>(), signals: new Set<number>() };
  #nextWork = 1;
  newest = 0;

  /**
   * `mayGrow` answers whether nothing forbids the position to enter more; `isExact` whether orders fill at their own price,
   * where otherwise an entry may cost more than its first target brings.
   */
  constructor(
    private readonly mayGrow: (position: PositionState) => boolean,
    private readonly isExact: boolean,
  ) {}

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
    once(this.orders, `${position.accountId} signal:${position.signalId}`, 'entry order');
    this.positions.set(position.id, position);
    this.fills.set(position.id, entry === undefined ? [] : [entry]);
    this.logs.set(position.id, entry === undefined ? 0 : 1);
    const live = this.live.get(position.symbol) ?? new Set();
    this.live.set(position.symbol, live.add(position.id));
    if (position.isCross) {
      const own = this.cross.get(position.accountId) ?? new Set();
      this.cross.set(position.accountId, own.add(position.id));
    }
    this.touched.positions.add(position.id);
    this.booked.add(position.accountId);
  }

  /** As the change writer: the position, its orders and fills, its log, its account. */
  write(change: PositionChange): void {
    const { before, after } = change;
    if (this.positions.get(after.id) !== before) throw new Refused(`position ${after.id} was changed by somebody else`);
    requireMoves(change);
    requireStopTowardProfit(change);
    if (change.executions.some(({ effect }) => effect === 'ENTRY') && !this.mayGrow(before)) {
      throw new Error(`safety.nothing-grows-under-a-switch: position ${before.id}`);
    }
    for (const execution of change.executions) requirePrice(change, execution, this.isExact);
    this.positions.set(after.id, after);
    for (const execution of change.executions) this.#book(after, execution);
    const told = change.log.filter(({ meta }) => meta.fee !== undefined && meta.qty !== '0').length;
    this.logs.set(after.id, (this.logs.get(after.id) ?? 0) + told);
    const user = this.user(after.userId);
    user.balance = user.balance.plus(change.balanceDelta);
    user.marginUsed = user.marginUsed.plus(change.marginDelta);
    user.openPositions += change.openDelta;
    if (isTerminalPosition(after.status)) {
      this.live.get(after.symbol)?.delete(after.id);
      this.cross.get(after.accountId)?.delete(after.id);
    }
    this.touched.positions.add(after.id);
    this.touched.users.add(user);
    this.booked.add(user.id);
  }

  step(stored: StoredSignal, step: SignalStep): void {
    if (isTerminalSignal(stored.state.status)) throw new Refused(`signal ${stored.state.id} has ended`);
    for (const { type, targetIndex } of step.facts) {
      once(this.events, signalEventKey(stored.state.id, type, targetIndex), 'event');
    }
    stored.state = step.after;
    this.touched.signals.add(stored.state.id);
  }

  livePositions(symbol: string): PositionState[] {
    return [...(this.live.get(symbol) ?? [])]
      .sort((a, b) => a - b)
      .map((id) => this.positions.get(id) as PositionState);
  }

  allLive(): PositionState[] {
    return [...this.live.keys()].flatMap((symbol) => this.livePositions(symbol));
  }

  /** An order is filled once; on thin markets by parts before. */
  #book(position: PositionState, { effect, leg, price, qty, ofQty, fee }: Execution): void {
    const order = `${position.id} ${leg}`;
    if (ofQty === undefined) once(this.orders, order, 'order');
    else if (this.orders.has(order) || ofQty.lte(qty)) throw new Refused(`a part of the filled order ${order}`);
    const fill = { effect, leg, price: String(price), qty: String(qty), fee: String(fee) };
    this.fills.get(position.id)?.push(fill);
  }
}

/** Every status on the way is reached along the graph: an entry that is stopped by the same price was open between. */
function requireMoves({ before, after, executions }: PositionChange): void {
  const opens = executions[0]?.effect === 'ENTRY' && before.status === 'PENDING';
  if (!mayMove(opens ? 'OPEN' : before.status, after.status)) throw new Refused(`${before.status} to ${after.status}`);
}

/** Resting orders fill at their own price; a take-profit never takes a loss. */
function requirePrice({ before, after: position }: PositionChange, execution: Execution, isExact: boolean): void {
  const { leg, type, price, grossPnl, effect } = execution;
  if (type !== 'LIMIT') return;
  const stop = effect === 'ENTRY' && before.remainingQty.isPositive ? effectiveStop(before) : null;
  if (stop !== null && hasFallenTo(before.side, price, stop)) {
    throw new Error(`order.no-entry-beyond-the-stop: ${leg} of position ${position.id} at ${price.toString()}`);
  }
  const target = effect === 'EXIT' ? position.targetPrices[Number(leg.slice(2)) - 1] : undefined;
  const isOwn = effect === 'ENTRY' ? position.legPrices.some((own) => own.eq(price)) : target?.eq(price) === true;
  if (!isOwn) throw new Error(`order.fills-at-its-price: ${leg} of position ${position.id} at ${price.toString()}`);
  if (grossPnl.isNegative && isExact)
    throw new Error(`target.takes-profit: ${leg} of position ${position.id}: ${grossPnl.toString()}`);
}

function requireStopTowardProfit({ before, after }: PositionChange): void {
  const isHeld = before.remainingQty.isPositive;
  const { side, stopLoss, trail } = before;
  const stopFell = stopLoss !== null && (after.stopLoss === null || !hasReached(side, after.stopLoss, stopLoss));
  const peakFell = trail !== null && (after.trail === null || !hasReached(side, after.trail.peak, trail.peak));
  if (isHeld && (stopFell || peakFell)) throw new Error(`position.stop-only-toward-profit: position ${before.id}`);
}

function once(set: Set<string>, key: string, what: string): void {
  if (set.has(key)) throw new Refused(`a second ${what} ${key}`);
  set.add(key);
}
