/**
 * Serves the queue `signal` in the leading process: dispatches signals and carries out staff commands on them.
 * Keeps: one symbol's work runs in order; a command waits until the signal's pages are done, so it meets every position;
 * carrying a command out twice changes nothing. Commands execute at the market price of the moment, and a feed without
 * a market follows the price that staff report. Where there is no price, entries are withdrawn at once, and only what must be
 * closed waits for one, in a line of its own that holds up nothing else.
 */
import { Injectable } from '@nestjs/common';
import { oppositeSide } from '../../../domain/instrument/side.js';
import { Decimal } from '../../../domain/money/decimal.js';
import type { PositionCommand } from '../../../domain/position/on-command.js';
import { isTerminalSignal } from '../../../domain/signal/signal.js';
import { signalOnCommand } from '../../../domain/signal/signal-progress.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { logContext } from '../../../platform/logging/context.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import { type ClaimedWork, WorkQueue } from '../../../platform/work/work-queue.js';
import { NotYet, RetryLater, type WorkHandler } from '../../../platform/work/work-runner.js';
import { MarketWatch } from '../../market-data/market-watch.service.js';
import { SignalEditsRepository } from '../../signals/signal-edits.repository.js';
import { pricedWork, SIGNAL_QUEUE, type SignalCommand } from '../../signals/signal-work.js';
import { DispatchService } from '../fan-out/dispatch.service.js';
import { CHANGE_PAGE, PositionChanges } from '../changes/position-changes.service.js';
import { PositionStateRepository } from '../changes/position-state.repository.js';
import { PositionEdits } from '../commands/position-edits.service.js';
import { SignalStateRepository, type StoredSignal } from './signal-state.repository.js';
import { TriggerEngine } from '../triggers/trigger-engine.service.js';

const BUSY_PAUSE_MS = 25;
const NO_PRICE_PAUSE_MS = 2_000;

type StaffCommand = Exclude<SignalCommand, { kind: 'dispatch' | 'expire' | 'edit' | 'withdraw' }>;
type Withdrawal = Extract<SignalCommand, { kind: 'withdraw' }>;
type Dispatch = Extract<SignalCommand, { kind: 'dispatch' }>;

export interface SignalParts {
  readonly database: Database;
  readonly signals: SignalStateRepository;
  readonly positions: PositionStateRepository;
  readonly changes: PositionChanges;
  readonly edits: PositionEdits;
  readonly versions: SignalEditsRepository;
  readonly dispatch: DispatchService;
  readonly engine: TriggerEngine;
  readonly watch: MarketWatch;
  readonly work: WorkQueue;
  readonly clock: Clock;
}

@Injectable()
export class SignalHandler implements WorkHandler {
  readonly queue = SIGNAL_QUEUE;
  readonly concurrency = 8;
  readonly leaseMs = 120_000;
  readonly maxAttempts = 0;
  readonly leaderOnly = true;

  constructor(private readonly parts: SignalParts) {}

  async handle(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const command = work.payload as unknown as SignalCommand;
    logContext.add({ signal_id: command.signal_id });
    const signal = await this.parts.signals.find(command.signal_id);
    if (signal === undefined) throw new RetryLater(`signal ${command.signal_id} is gone`, undefined);
    const { hasPages, waitsForPrice } = await this.parts.dispatch.lineOf(signal.symbol);
    if (hasPages) throw this.#later('pages are still open', BUSY_PAUSE_MS);
    if (command.kind === 'expire') await this.#expire(signal, complete);
    else if (command.kind === 'edit') await this.#edit(signal, command.version, complete);
    else if (command.kind === 'withdraw') await this.#withdraw(signal, command, complete);
    else if (work.payload.needs_price === true) await this.#atPrice(signal, command, complete);
    else if (command.kind === 'dispatch') await this.#dispatch(signal, waitsForPrice, complete);
    else await this.#carryOut(signal, command, waitsForPrice, complete);
  }

  async #dispatch(signal: StoredSignal, waits: boolean, complete: () => Promise<void>): Promise<void> {
    const tick = waits ? undefined : await this.#quote(signal);
    // What stands on the other side is closed at market: nobody may be closed at the price that a signal names.
    const needsPrice = waits || (tick === undefined && (await this.#hasOpposite(signal)));
    if (needsPrice) await this.#putOff(signal, { kind: 'dispatch', signal_id: signal.id }, complete);
    else await this.#start(signal, tick?.price, complete);
  }

  async #start(signal: StoredSignal, price: string | undefined, complete: () => Promise<void>): Promise<void> {
    const dispatched = await this.parts.dispatch.dispatch(signal, price, complete);
    killPoint('dispatch:committed');
    this.parts.engine.trackSignal(dispatched);
  }

  async #carryOut(
    signal: StoredSignal,
    command: StaffCommand,
    waits: boolean,
    complete: () => Promise<void>,
  ): Promise<void> {
    // A target comes after the entry, which is still to be dispatched.
    const isToCome = signal.dispatchedAt === null && signal.status === 'NEW';
    if (waits && command.kind === 'target' && isToCome) return this.#putOff(signal, command, complete);
    const price = await this.#priceFor(signal, command, waits);
    const usable = waits ? undefined : price;
    const isTaken = await this.#apply(signal, command, price, usable);
    killPoint('command:positions-applied');
    const isLeft = isTaken && usable === undefined && (await this.parts.positions.anyHeldOf(signal.id));
    await (isLeft ? this.#putOff(signal, command, complete) : complete());
  }

  /** What needs a price goes to a line of its own; the symbol's other work does not wait for it. */
  #putOff(signal: StoredSignal, command: SignalCommand, complete: () => Promise<void>): Promise<void> {
    return this.parts.database.transaction(async () => {
      await this.parts.work.enqueue([pricedWork(signal.symbol, command)]);
      await complete();
    });
  }

  /** What was put off, once there is a price; at once where none is needed any more. */
  async #atPrice(signal: StoredSignal, command: StaffCommand | Dispatch, complete: () => Promise<void>): Promise<void> {
    const isDispatch = command.kind === 'dispatch';
    const needsPrice = isDispatch
      ? signal.status === 'NEW' && (await this.#hasOpposite(signal))
      : await this.parts.positions.anyHeldOf(signal.id);
    // The pause is the wait: many symbols without a price must not take every place.
    const { watch } = this.parts;
    watch.want([{ symbol: signal.symbol, near: signal.entry.toString() }]);
    const isFirst = isDispatch && !needsPrice && signal.status === 'NEW';
    const price = (isFirst ? await this.#quote(signal) : watch.latest(signal.symbol))?.price;
    const noPrice = () => this.#later(`there is no price of ${signal.symbol}`, NO_PRICE_PAUSE_MS);
    if (needsPrice && price === undefined) throw noPrice();
    if (isDispatch) return this.#start(signal, price, complete);
    const isTaken = await this.#apply(signal, command, price, price);
    if (isTaken && price === undefined && (await this.parts.positions.anyHeldOf(signal.id))) throw noPrice();
    await complete();
  }

  /**
   * Answers whether it is or was carried out. The signal first: a price that comes between the pages must not end it in
   * another way than the command did. `price` is that of the moment; what is held is closed at `usable`.
   */
  async #apply(
    signal: StoredSignal,
    command: StaffCommand,
    price: string | undefined,
    usable: string | undefined,
  ): Promise<boolean> {
    const { after, isTaken } = await this.#step(signal, command, price);
    if (after !== undefined) this.parts.engine.trackSignal(after);
    // It may have been dispatched, at last, since it was read.
    if ((await this.parts.dispatch.lineOf(signal.symbol)).hasPages) {
      throw this.#later('pages are still open', BUSY_PAUSE_MS);
    }
    if (isTaken) await this.#applyToAll(signal, positionCommand(command), usable);
    return isTaken;
  }

  #quote({ symbol, entry }: StoredSignal) {
    return this.parts.watch.quote(symbol, entry.toString());
  }

  #hasOpposite({ symbol, side }: StoredSignal): Promise<boolean> {
    return this.parts.positions.anyHeld(symbol, oppositeSide(side));
  }

  /** What the command does to the signal itself; taken where it did that, now or before, and always for a cancel. */
  #step(signal: StoredSignal, command: StaffCommand, price: string | undefined) {
    const at = price ?? reportedPrice(signal, command) ?? signal.entry.toString();
    return this.parts.database.transaction(async () => {
      const locked = await this.parts.signals.lock(signal.id);
      if (locked === undefined) return { after: undefined, isTaken: false };
      const own = command.kind === 'reduce' ? undefined : signalCommand(command);
      const now = this.parts.clock.now();
      const step = own === undefined ? undefined : signalOnCommand(locked, own, Decimal.of(at), now);
      if (step !== undefined) await this.parts.signals.writeStep(step, command.actor_id);
      const isReduced = command.kind === 'reduce' && !isTerminalSignal(locked.status);
      if (isReduced) await this.parts.signals.noteReduction(locked.id, command, price);
      return { after: step?.after ?? locked, isTaken: step !== undefined || wasTaken(locked, command) };
    });
  }

  /** The signal itself was changed when the edit was taken: here it reaches who trades it, and the books. */
  async #edit(signal: StoredSignal, version: number, complete: () => Promise<void>): Promise<void> {
    const { versions, edits, engine } = this.parts;
    const edit = await versions.find(signal.id, version);
    if (edit === undefined) throw new RetryLater(`edit ${version} of signal ${signal.id} is gone`, undefined);
    const tick = await this.#quote(signal);
    await edits.applyVersion(edit, tick?.price, (page) => engine.refreshPositions(page));
    await this.parts.database.transaction(async () => {
      await versions.finish(edit.id);
      await complete();
    });
    const edited = await this.parts.signals.find(signal.id);
    if (edited !== undefined && edited.dispatchedAt !== null) engine.trackSignal(edited);
  }

  async #expire(signal: StoredSignal, complete: () => Promise<void>): Promise<void> {
    await this.#applyToAll(signal, { kind: 'expire' }, signal.entry.toString());
    await complete();
  }

  /** The trades first: what an entry fills meanwhile stays, and then the signal goes on. */
  async #withdraw(signal: StoredSignal, { actor_id }: Withdrawal, complete: () => Promise<void>): Promise<void> {
    await this.#applyToAll(signal, { kind: 'withdraw' }, undefined);
    const after = await this.parts.database.transaction(async () => {
      const locked = await this.parts.signals.lock(signal.id);
      const isIdle = locked?.status === 'NEW' && !(await this.parts.positions.anyHeldOf(signal.id));
      const now = this.parts.clock.now();
      const step = isIdle ? signalOnCommand(locked, { kind: 'cancel' }, locked.entry, now) : undefined;
      if (step !== undefined) await this.parts.signals.writeStep(step, actor_id);
      await complete();
      return step?.after;
    });
    if (after !== undefined) this.parts.engine.trackSignal(after);
  }

  async #applyToAll(signal: StoredSignal, command: PositionCommand, price: string | undefined): Promise<void> {
    for (let after = 0; ;) {
      const ids = await this.parts.positions.liveIdsOfSignal(signal.id, after, CHANGE_PAGE * 2);
      if (ids.length === 0) return;
      await this.parts.changes.applyCommand(ids, command, price, (page) => this.parts.engine.refreshPositions(page));
      after = ids.at(-1) ?? after;
    }
  }

  /** Where the line waits already, nothing is waited for here. */
  async #priceFor(signal: StoredSignal, command: StaffCommand, waits: boolean): Promise<string | undefined> {
    const reported = 'moves_market' in command && command.moves_market ? reportedPrice(signal, command) : undefined;
    if (reported !== undefined && this.parts.watch.observe(signal.symbol, reported)) {
      await this.parts.engine.settled(signal.symbol);
    }
    const latest = this.parts.watch.latest(signal.symbol);
    // Entries that wait need no price, and none is waited for.
    if (waits || latest !== undefined || !(await this.parts.positions.anyHeldOf(signal.id))) return latest?.price;
    return (await this.#quote(signal))?.price;
  }

  #later(reason: string, ms: number): NotYet {
    return new NotYet(reason, new Date(this.parts.clock.now().getTime() + ms));
  }
}

/** The level of the signal that the command says was reached. */
function reportedPrice(signal: StoredSignal, command: StaffCommand): string | undefined {
  if (command.kind === 'target') return signal.targetPrices[command.target_index - 1]?.toString();
  return command.kind === 'stop' ? signal.stopLoss.toString() : undefined;
}

/** A report that came after another end of the signal is not carried out; a cancel cleans up after any. */
function wasTaken(signal: StoredSignal, command: StaffCommand): boolean {
  if (command.kind === 'cancel') return true;
  if (command.kind === 'reduce') return !isTerminalSignal(signal.status);
  if (command.kind === 'stop') return signal.status === 'STOPPED';
  return (signal.targetHitAt[command.target_index - 1] ?? null) !== null;
}

function positionCommand(command: StaffCommand): PositionCommand {
  if (command.kind === 'target') return { kind: 'target', target: command.target_index };
  if (command.kind === 'stop') return { kind: 'stop' };
  if (command.kind === 'reduce') {
    return { kind: 'reduce', percent: Decimal.of(command.percent), leg: `REDUCE${command.mark}` };
  }
  return {
    kind: 'cancel',
    message: command.reason === null ? 'Signal cancelled' : `Signal cancelled: ${command.reason}`,
  };
}

function signalCommand(command: Exclude<StaffCommand, { kind: 'reduce' }>): Parameters<typeof signalOnCommand>[1] {
  if (command.kind === 'target') return { kind: 'target', target: command.target_index };
  return command.kind === 'stop' ? { kind: 'stop' } : { kind: 'cancel', reason: command.reason };
}
