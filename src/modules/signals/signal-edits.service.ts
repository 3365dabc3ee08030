/**
 * Edits signals: a new version of the signal, its event, its audit row and the work that carries it to those who trade
 * the signal, in one transaction. Keeps: edits of a signal come one after the other, under its row lock; the same edit
 * twice is one version; followers who are planned afterwards get the edited plan.
 */
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Decimal } from '../../domain/money/decimal.js';
import { parsePlan } from '../../domain/plan/parse-plan.js';
import { type EditableSignal, editSignal, type SignalEditRequest } from '../../domain/signal/edit-signal.js';
import { isTerminalSignal } from '../../domain/signal/signal.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { CallerIdentity } from '../../platform/http/caller.js';
import { invalidInput } from '../../platform/http/validation.js';
import { logContext } from '../../platform/logging/context.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkWaiter } from '../../platform/work/work-waiter.js';
import { type SignalEditRow, SignalEditsRepository } from './signal-edits.repository.js';
import { SignalEvents } from './signal-events.repository.js';
import { signalWork } from './signal-work.js';
import { signalError } from './signals.errors.js';
import { type SignalRow, SignalsRepository } from './signals.repository.js';
import { isSilenced, mayReport } from './signals.service.js';
import { SourcesRepository } from './sources.repository.js';

/** A price that is older says nothing of where the market is. */
const FRESH_MS = 60_000;

export interface SignalEditsParts {
  readonly database: Database;
  readonly signals: SignalsRepository;
  readonly edits: SignalEditsRepository;
  readonly sources: SourcesRepository;
  readonly events: SignalEvents;
  readonly work: WorkQueue;
  readonly waiter: WorkWaiter;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export interface SafeEdit {
  readonly key: string | null;
  /** The version that the editor has seen; null where any will do. */
  readonly version: number | null;
}

@Injectable()
export class SignalEditsService {
  constructor(private readonly parts: SignalEditsParts) {}

  /**
   * Answers the new version, or the earlier one that this repeats, or undefined where nothing is different. Waits a moment
   * for the effect on positions. Throws 400 naming the fields, 403 for another's signal or a disabled source, 404, 409 for a signal that has
   * ended, another version or a reused key, 422 where nothing of it is possible any more.
   */
  async edit(
    signalId: number,
    request: SignalEditRequest,
    caller: CallerIdentity,
    safe: SafeEdit,
  ): Promise<SignalEditRow | undefined> {
    logContext.add({ signal_id: signalId });
    const version = await this.parts.database.transaction(() => this.#store(signalId, request, caller, safe));
    if (version === undefined) return undefined;
    const { queue, key } = signalWork('', { kind: 'edit', signal_id: signalId, version });
    await this.parts.waiter.settled(queue, key);
    return this.parts.edits.find(signalId, version);
  }

  async #store(
    signalId: number,
    request: SignalEditRequest,
    caller: CallerIdentity,
    safe: SafeEdit,
  ): Promise<number | undefined> {
    const isSourceOff = await isSilenced(this.parts.sources, caller);
    const signal = await this.parts.signals.lockForEdit(signalId);
    if (signal === undefined) throw signalError('SIGNAL_NOT_FOUND');
    if (!mayReport(signal, caller)) throw signalError('NOT_YOUR_SIGNAL');
    const repeated = await this.#repeated(signalId, request, safe.key);
    if (repeated !== undefined) return repeated;
    if (isSourceOff) throw signalError('SOURCE_DISABLED');
    if (isTerminalSignal(signal.status)) throw signalError('SIGNAL_ENDED', { status: signal.status });
    if (safe.version !== null && safe.version !== signal.edit_version) {
      throw signalError('SIGNAL_VERSION', { version: signal.edit_version });
    }
    const since = new Date(this.parts.clock.now().getTime() - FRESH_MS);
    const price = await this.parts.signals.lastPrice(signal.symbol, since);
    const edited = editSignal(editable(signal), request, price === undefined ? undefined : Decimal.of(price));
    if ('problems' in edited) throw invalidInput([...edited.problems]);
    const { changes, refused, after } = edited;
    if (Object.keys(changes).length === 0) {
      if (refused.length > 0) throw signalError('EDIT_REFUSED', { refused });
      return undefined;
    }
    const version = signal.edit_version + 1;
    const actorId = caller.kind === 'user' ? caller.userId : null;
    const actor = { actorKind: caller.kind, actorId };
    await this.parts.edits.insert({ signalId, version, key: safe.key, ...actor, request, changes, refused }, after);
    await this.parts.events.record({
      signalId,
      type: 'EDITED',
      version,
      actorId: actorId ?? undefined,
      detail: { version, changes },
    });
    await this.parts.audit.record({
      actorKind: caller.kind,
      ...(actorId === null ? {} : { actorId }),
      action: 'signal.edit',
      subject: `signal:${signalId}`,
      after: { version, changes, refused },
    });
    await this.parts.work.enqueue([signalWork(signal.symbol, { kind: 'edit', signal_id: signalId, version })]);
    return version;
  }

  async #repeated(signalId: number, request: SignalEditRequest, key: string | null): Promise<number | undefined> {
    if (key === null) return undefined;
    const earlier = await this.parts.edits.findByKey(signalId, key);
    if (earlier === undefined) return undefined;
    const isSame = isDeepStrictEqual(earlier.request, JSON.parse(JSON.stringify(request)));
    if (!isSame) throw signalError('IDEMPOTENCY_KEY_REUSED', { signal_id: signalId });
    return earlier.version;
  }
}

function editable(row: SignalRow): EditableSignal {
  return {
    symbol: row.symbol,
    side: row.side,
    entry: row.entry,
    stopLoss: row.stop_loss,
    targets: row.target_prices,
    tradeType: row.trade_type,
    duration: row.duration,
    leverage: row.leverage,
    confidence: row.confidence,
    plan: parsePlan(row.plan).spec,
    meta: row.meta,
    status: row.status,
    targetHitAt: row.target_hit_at,
    isDispatched: row.dispatched_at !== null,
  };
}
