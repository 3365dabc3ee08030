/**
 * The work of the product, in memory: staff commands, edits, closes, kill switches, besides dispatch and pages.
 * Keeps: decides by the product's own rules; what a holder with a passed fence did is not kept.
 */
import { Decimal } from '../../../src/domain/money/decimal.js';
import { onCommand, type PositionCommand } from '../../../src/domain/position/on-command.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import type { SafetySwitch } from '../../../src/domain/safety/switches.js';
import type { SignalDraft } from '../../../src/domain/signal/check-signal.js';
import { isTerminalSignal } from '../../../src/domain/signal/signal.js';
import { signalOnCommand, type SignalState } from '../../../src/domain/signal/signal-progress.js';
import type { StoredSignal, Task, Work } from './books.js';
import { Editing } from './editing.js';
import { Entering } from './entering.js';
import type { Leader } from './leader.js';
import type { Surroundings } from './surroundings.js';

type TaskOf<Kind extends Task['kind']> = Extract<Task, { kind: Kind }>;

/** Signals come from two sources in turn. */
const SOURCES = 2;

export class Handlers {
  readonly editing: Editing;
  readonly #entering: Entering;

  constructor(
    private readonly world: Surroundings,
    private readonly leader: Leader,
  ) {
    this.editing = new Editing(world, leader);
    this.#entering = new Entering(world, leader);
  }

  store(id: number, draft: SignalDraft): void {
    const { books } = this.world;
    const state: SignalState = {
      id,
      symbol: draft.symbol,
      side: draft.side,
      status: 'NEW',
      entryType: null,
      entry: Decimal.of(draft.entry),
      stopLoss: Decimal.of(draft.stopLoss),
      targetPrices: draft.targets.map((target) => Decimal.of(target)),
      targetHitAt: draft.targets.map(() => null),
      openedAt: null,
      closedAt: null,
      closeReason: null,
    };
    const sourceId = 1 + (id % SOURCES);
    books.signals.set(id, { state, draft, sourceId, dispatched: false, referencePrice: null });
    books.enqueue('signal', `${id}:dispatch`, draft.symbol, { kind: 'dispatch', signal: id });
  }

  /** Carries work out under `fence`. */
  perform(work: Work, fence: number): void {
    // One thread: nobody takes the work over between here and its end, so asking first is as good as rolling back.
    if (work.fence !== fence || !this.world.books.complete(work, fence)) return;
    const { task } = work;
    switch (task.kind) {
      case 'dispatch':
        return this.#entering.dispatch(task.signal);
      case 'page':
        return this.#entering.page(task);
      case 'close':
        return this.#close(task, work.id);
      case 'flatten':
        return this.#flatten(task.item);
      case 'edit':
        return this.editing.carryOut(task.signal, task.edit);
      case 'expire':
        return this.#command(task.signal, { kind: 'expire' });
      case 'target':
        return this.#staff(
          task.signal,
          { kind: 'target', target: task.target },
          { kind: 'target', target: task.target },
        );
      case 'stop':
        return this.#staff(task.signal, { kind: 'stop' }, { kind: 'stop' });
      case 'reduce':
        return this.#reduce(task, work.id);
      case 'withdraw':
        return this.#withdraw(task.signal);
      case 'cancel':
        return this.#staff(task.signal, { kind: 'cancel', message: 'cancelled' }, { kind: 'cancel', reason: null });
    }
  }

  /** Whether everything that the work needs a price of has one. */
  isReady({ task }: Work): boolean {
    if (task.kind === 'close') {
      return this.world.latest(this.world.books.positions.get(task.position)?.symbol ?? '') !== undefined;
    }
    if (task.kind !== 'flatten') return true;
    const item = this.world.safety.find(task.item);
    return item === undefined || this.inScope(item).every(({ symbol }) => this.world.latest(symbol) !== undefined);
  }

  inScope(item: SafetySwitch): PositionState[] {
    return this.world.books.allLive().filter((position) => {
      const sourceId = this.world.books.signals.get(position.signalId ?? 0)?.sourceId ?? 0;
      const { userId, accountId, symbol } = position;
      const value = { platform: '', user: userId, account: accountId, symbol, source: sourceId }[item.scope];
      return String(value) === item.value;
    });
  }

  #staff(id: number, command: PositionCommand, report: Parameters<typeof signalOnCommand>[1]): void {
    const { books, now } = this.world;
    const stored = books.signals.get(id) as StoredSignal;
    const price = this.world.latest(stored.state.symbol) ?? String(stored.state.entry);
    this.#command(id, command, price);
    const step = signalOnCommand(stored.state, report, Decimal.of(price), now);
    if (step !== undefined) books.step(stored, step);
    if (stored.dispatched) this.leader.track([], [stored.state]);
  }

  #withdraw(id: number): void {
    const { books, now } = this.world;
    const stored = books.signals.get(id) as StoredSignal;
    this.#command(id, { kind: 'withdraw' });
    const isHeld = books
      .livePositions(stored.state.symbol)
      .some(({ signalId, status }) => signalId === id && status !== 'PENDING');
    if (stored.state.status !== 'NEW' || isHeld) return;
    const step = signalOnCommand(stored.state, { kind: 'cancel' }, stored.state.entry, now);
    if (step !== undefined) books.step(stored, step);
    if (stored.dispatched) this.leader.track([], [stored.state]);
  }

  /** Each position once; without a price nothing is closed. */
  #reduce({ signal, percent }: TaskOf<'reduce'>, workId: number): void {
    const { books, now } = this.world;
    const stored = books.signals.get(signal) as StoredSignal;
    const price = this.world.latest(stored.state.symbol);
    if (price === undefined || isTerminalSignal(stored.state.status)) return;
    const command = { kind: 'reduce' as const, percent: Decimal.ofInteger(percent), leg: `REDUCE${workId}` };
    const changed: PositionState[] = [];
    for (const position of books.livePositions(stored.state.symbol)) {
      if (position.signalId !== signal) continue;
      const change = onCommand(position, command, Decimal.of(price), this.world.fees, now);
      if (change === undefined) continue;
      if (position.isDetached) throw new Error(`position.detached-is-left-alone: ${position.id} by reduce`);
      books.write(change);
      changed.push(change.after);
    }
    this.leader.track(changed);
  }

  #command(id: number, command: PositionCommand, price?: string): void {
    const { books, now } = this.world;
    const stored = books.signals.get(id) as StoredSignal;
    const exact = Decimal.of(price ?? String(stored.state.entry));
    const changed: PositionState[] = [];
    for (const position of books.livePositions(stored.state.symbol)) {
      if (position.signalId !== id) continue;
      const change = onCommand(position, command, exact, this.world.fees, now);
      if (change === undefined) continue;
      if (position.isDetached) throw new Error(`position.detached-is-left-alone: ${position.id} by ${command.kind}`);
      books.write(change);
      if (onCommand(change.after, command, exact, this.world.fees, now) !== undefined) {
        throw new Error(`position.same-again-changes-nothing: ${command.kind} of ${position.id}`);
      }
      changed.push(change.after);
    }
    this.leader.track(changed);
  }

  #close({ position: id, qty }: TaskOf<'close'>, workId: number): void {
    const { books, now } = this.world;
    const position = books.positions.get(id) as PositionState;
    const price = this.world.latest(position.symbol);
    if (price === undefined) return;
    const command = { kind: 'close' as const, qty: qty === null ? null : Decimal.of(qty), leg: `CLOSE${workId}` };
    const change = onCommand(position, command, Decimal.of(price), this.world.fees, now);
    if (change === undefined) return;
    books.write(change);
    this.leader.track([change.after]);
  }

  #flatten(id: number): void {
    const { books, now, safety } = this.world;
    const item = safety.find(id);
    if (item === undefined) return;
    const closed: PositionState[] = [];
    for (const position of this.inScope(item)) {
      const price = Decimal.of(this.world.latest(position.symbol) as string);
      const change = onCommand(position, { kind: 'flatten', message: 'flattened' }, price, this.world.fees, now);
      if (change === undefined) continue;
      books.write(change);
      closed.push(change.after);
    }
    if (this.inScope(item).length > 0) throw new Error(`safety.flatten-leaves-nothing: switch ${id}`);
    this.leader.track(closed);
  }
}
