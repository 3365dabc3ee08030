/**
 * Publishes signals and takes staff reports on them.
 * Keeps: a signal, its POSTED event, its audit row and the work that dispatches it are stored in one transaction; the
 * same idempotency key has the effect of one post; reports act once and only while the signal lives.
 */
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { canonicalSymbol, checkSignal, type SignalDraft } from '../../domain/signal/check-signal.js';
import { botOfSource, houseSourceName } from '../../domain/signal/house.js';
import { planText } from '../../domain/plan/parse-plan.js';
import { isTerminalSignal } from '../../domain/signal/signal.js';
import { Decimal } from '../../domain/money/decimal.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { type CallerIdentity, HOUSE, type ServiceCaller } from '../../platform/http/caller.js';
import { invalidInput } from '../../platform/http/validation.js';
import { logContext } from '../../platform/logging/context.js';
import { killPoint } from '../../platform/process/kill-point.js';
import { type NewWork, WorkQueue } from '../../platform/work/work-queue.js';
import { WorkWaiter } from '../../platform/work/work-waiter.js';
import { SignalEvents } from './signal-events.repository.js';
import { pricedWork, type SignalCommand, signalWork } from './signal-work.js';
import { signalError } from './signals.errors.js';
import { type SignalNames, type SignalRow, SignalsRepository } from './signals.repository.js';
import { type NewSource, SourcesRepository } from './sources.repository.js';

export interface Published {
  readonly signalId: number;
  /** False when this repeats an earlier post with the same key. */
  readonly isNew: boolean;
}

export interface SignalsParts {
  readonly database: Database;
  readonly signals: SignalsRepository;
  readonly sources: SourcesRepository;
  readonly events: SignalEvents;
  readonly work: WorkQueue;
  readonly waiter: WorkWaiter;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

type StaffCommand = Exclude<SignalCommand, { kind: 'dispatch' | 'expire' | 'edit' }>;

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** What became of a report: done, stored and still under way, nothing to do, or too late for another end of the signal. */
export type ReportOutcome =
  | { readonly is: 'done' | 'accepted' | 'repeated'; readonly isNew: boolean }
  | { readonly is: 'ended'; readonly isNew: boolean; readonly status: string };

/** What staff report, as they report it. */
export type Report = Without<StaffCommand, 'actor_id' | 'moves_market'>;

@Injectable()
export class SignalsService {
  constructor(
    private readonly parts: SignalsParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Throws 400 naming the fields, 403 where the source is disabled, 409 for a reused key, 429 for a repeat within
   * `SIGNAL_REPEAT_SECONDS`. `ref` is the name that the source gives the signal, by which it speaks of it later.
   */
  async publish(
    given: SignalDraft,
    caller: CallerIdentity,
    key: string | null,
    ref: string | null = null,
  ): Promise<Published> {
    const draft = { ...given, symbol: canonicalSymbol(given.symbol) };
    const problems = checkSignal(draft);
    if (problems.length > 0) throw invalidInput(problems);
    const published = await this.parts.database.transaction(async () => {
      const source = await this.parts.sources.ensure(sourceOf(caller));
      await this.parts.signals.serialise(draft.symbol, draft.side);
      const repeated = await this.#repeatOf(draft, source.id, key);
      if (repeated !== undefined) return repeated;
      if (!source.is_enabled) throw signalError('SOURCE_DISABLED');
      await this.#refuseRepeat(draft);
      return { signalId: await this.#store(draft, source.id, caller, { key, ref }), isNew: true };
    });
    logContext.add({ signal_id: published.signalId });
    return published;
  }

  /**
   * Takes a report or cancel. Waits a moment for the effect, so that the caller's next read sees it. Throws 400, 403 and 404,
   * and 409 where a target or stop came after another end of the signal.
   */
  async report(report: Report, caller: CallerIdentity): Promise<ReportOutcome> {
    logContext.add({ signal_id: report.signal_id });
    const signal = await this.parts.signals.find(report.signal_id);
    if (signal === undefined) throw signalError('SIGNAL_NOT_FOUND');
    if (report.kind === 'target' && report.target_index > signal.target_prices.length) {
      throw invalidInput([{ field: 'target_index', rule: `must be between 1 and ${signal.target_prices.length}` }]);
    }
    if (!mayReport(signal, caller)) throw signalError('NOT_YOUR_SIGNAL');
    const command = commandOf(report, caller);
    const work = [signalWork(signal.symbol, command), pricedWork(signal.symbol, command)];
    const cleansUp = await this.#hasLeftOvers(signal, report);
    if (!cleansUp) {
      // The signal itself goes first: its followers may still be on their way.
      if (isDone(signal, report))
        return { is: (await this.#isCarriedOut(work)) ? 'repeated' : 'accepted', isNew: false };
      if (isTerminalSignal(signal.status)) throw signalError('SIGNAL_ENDED', { status: signal.status });
    }
    const isNew = await this.parts.database.transaction(async () => {
      if (await isSilenced(this.parts.sources, caller)) throw signalError('SOURCE_DISABLED');
      const added = await this.parts.work.enqueue(work.slice(0, 1));
      if (added > 0) await this.#audit(`signal.${report.kind}`, report.signal_id, caller, { ...report });
      return added > 0;
    });
    if (!(await this.#isCarriedOut(work))) return { is: 'accepted', isNew };
    return this.#outcome(report, isNew, cleansUp);
  }

  /** With what of it had to wait for a price. */
  async #isCarriedOut(work: readonly NewWork[]): Promise<boolean> {
    for (const { queue, key } of work) if (!(await this.parts.waiter.settled(queue, key))) return false;
    return true;
  }

  /** What the signal says after the report's turn: another end may have come before it. */
  async #outcome(report: Report, isNew: boolean, cleansUp: boolean): Promise<ReportOutcome> {
    const signal = await this.parts.signals.find(report.signal_id);
    if (signal === undefined || isDone(signal, report) || !isTerminalSignal(signal.status)) {
      return { is: isNew ? 'done' : 'repeated', isNew };
    }
    const { status } = signal;
    if (report.kind !== 'cancel') throw signalError('SIGNAL_ENDED', { status });
    return { is: 'ended', isNew: isNew && cleansUp, status };
  }

  /** A cancel also reaches what an ended signal left open. */
  async #hasLeftOvers(signal: SignalRow, report: Report): Promise<boolean> {
    const isCleanUp = report.kind === 'cancel' && isTerminalSignal(signal.status);
    return isCleanUp && (await this.parts.signals.hasLivePositions(signal.id));
  }

  async #repeatOf(draft: SignalDraft, sourceId: number, key: string | null): Promise<Published | undefined> {
    const earlier = key === null ? undefined : await this.parts.signals.findByKey(sourceId, key);
    if (earlier === undefined) return undefined;
    if (!isSame(earlier, draft)) throw signalError('IDEMPOTENCY_KEY_REUSED', { signal_id: earlier.id });
    return { signalId: earlier.id, isNew: false };
  }

  async #refuseRepeat(draft: SignalDraft): Promise<void> {
    const seconds = this.config.trading.SIGNAL_REPEAT_SECONDS;
    const since = new Date(this.parts.clock.now().getTime() - seconds * 1_000);
    if (seconds > 0 && (await this.parts.signals.postedSince(draft.symbol, draft.side, since))) {
      throw signalError('SIGNAL_REPEATED', { retry_after: seconds });
    }
  }

  async #store(draft: SignalDraft, sourceId: number, caller: CallerIdentity, names: SignalNames): Promise<number> {
    const actorId = caller.kind === 'user' ? caller.userId : null;
    const signalId = await this.parts.signals.insert(draft, sourceId, actorId, names);
    await this.parts.events.record({ signalId, type: 'POSTED', price: draft.entry, actorId: actorId ?? undefined });
    await this.#audit('signal.post', signalId, caller, { ...draft });
    await this.parts.work.enqueue([signalWork(draft.symbol, { kind: 'dispatch', signal_id: signalId })]);
    killPoint('signal:stored');
    return signalId;
  }

  #audit(action: string, signalId: number, caller: CallerIdentity, after: Record<string, unknown>): Promise<void> {
    const actor = caller.kind === 'user' ? { actorId: caller.userId } : {};
    return this.parts.audit.record({ actorKind: caller.kind, ...actor, action, subject: `signal:${signalId}`, after });
  }
}

function sourceOf(caller: CallerIdentity): NewSource {
  if (caller.kind === 'service') return { code: caller.name, kind: 'house', name: nameOf(caller), ownerId: null };
  if (caller.role === 'admin') return { code: 'manual', kind: 'manual', name: 'Staff', ownerId: null };
  const { userId } = caller;
  return { code: `provider:${userId}`, kind: 'provider', name: `Provider ${userId}`, ownerId: userId };
}

function nameOf({ name }: ServiceCaller): string {
  const bot = botOfSource(name);
  return bot === undefined ? name : houseSourceName(bot);
}

/** Providers and programs of sources report on their own signals; administrators and the house on all. */
export function mayReport(signal: SignalRow, caller: CallerIdentity): boolean {
  const isForAll = caller.kind === 'service' ? caller.name === HOUSE : caller.role === 'admin';
  return isForAll || signal.source === sourceOf(caller).code;
}

/** Whether the caller's source is disabled, in the running transaction; administrators speak for none. */
export async function isSilenced(sources: SourcesRepository, caller: CallerIdentity): Promise<boolean> {
  if (caller.kind === 'user' && caller.role === 'admin') return false;
  return sources.isDisabled(sourceOf(caller).code);
}

/** Whose reports are observations of prices: staff's, and those of the house and its bots. */
function isTrusted(caller: CallerIdentity): boolean {
  if (caller.kind !== 'service') return caller.role === 'admin';
  return caller.name === HOUSE || botOfSource(caller.name) !== undefined;
}

function commandOf(report: Report, caller: CallerIdentity): StaffCommand {
  const actor_id = caller.kind === 'user' ? caller.userId : null;
  if (report.kind !== 'target' && report.kind !== 'stop') return { ...report, actor_id };
  return { ...report, actor_id, moves_market: isTrusted(caller) };
}

/** Whether what is reported has already happened. */
function isDone(signal: SignalRow, report: Report): boolean {
  if (report.kind === 'reduce') return false;
  if (report.kind === 'target') return (signal.target_hit_at[report.target_index - 1] ?? null) !== null;
  return signal.status === (report.kind === 'stop' ? 'STOPPED' : 'CANCELLED');
}

function isSame(row: SignalRow, draft: SignalDraft): boolean {
  const same = (a: string, b: string) => Decimal.of(a).eq(Decimal.of(b));
  return (
    row.symbol === draft.symbol &&
    row.side === draft.side &&
    row.trade_type === draft.tradeType &&
    row.duration === draft.duration &&
    row.leverage === draft.leverage &&
    row.confidence === draft.confidence &&
    isDeepStrictEqual(row.plan, planText(draft.plan)) &&
    same(row.entry, draft.entry) &&
    same(row.stop_loss, draft.stopLoss) &&
    row.target_prices.length === draft.targets.length &&
    row.target_prices.every((price, index) => same(price, draft.targets[index] as string))
  );
}
