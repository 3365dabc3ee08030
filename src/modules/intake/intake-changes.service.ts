/**
 * Applies what a source says of its own signals: finds the one that is meant, and asks for each change in turn.
 * Keeps: a signal of another source is never found; several that fit are refused unless all are meant; a change that is
 * refused does not stop those after it.
 */
import { Injectable } from '@nestjs/common';
import type { Change, ChangeIntent, StopPlace } from '../../domain/intent/intent.js';
import { Decimal, type DecimalText } from '../../domain/money/decimal.js';
import { canonicalSymbol } from '../../domain/signal/check-signal.js';
import type { SignalEditRequest } from '../../domain/signal/edit-signal.js';
import type { ServiceCaller } from '../../platform/http/caller.js';
import { reductionMark } from '../signals/signal-work.js';
import { SignalEditsService } from '../signals/signal-edits.service.js';
import { type SignalRow, SignalsRepository } from '../signals/signals.repository.js';
import { type Report, SignalsService } from '../signals/signals.service.js';
import type { SourceProfile } from '../signals/sources.repository.js';
import { IntakeTargets } from './intake-targets.repository.js';
import { done, type IntakeResult, type IntakeStep, nothing, refusalOf, refused, resultOf } from './intake-result.js';

/** More than a source has at a time on one symbol. */
const AT_MOST = 100;

@Injectable()
export class IntakeChanges {
  constructor(
    private readonly signals: SignalsRepository,
    private readonly reports: SignalsService,
    private readonly edits: SignalEditsService,
    private readonly targets: IntakeTargets,
  ) {}

  async apply(intent: ChangeIntent, source: SourceProfile, key: string): Promise<IntakeResult> {
    const { ids, why } = await this.#meant(intent, source, key);
    if (ids.length === 0) return resultOf(why);
    const caller = callerOf(source);
    const steps: IntakeResult['steps'][number][] = [];
    for (const id of ids) {
      for (const [index, change] of intent.changes.entries()) {
        const step = await this.#step(id, change, caller, `${key}:${index}`);
        steps.push({ ...step, signalId: id, change: change.kind });
      }
    }
    return { ...summaryOf(steps), signalIds: ids, steps };
  }

  /** What the key meant first; what it means now for a new one. */
  async #meant(
    intent: ChangeIntent,
    source: SourceProfile,
    key: string,
  ): Promise<{ ids: readonly number[]; why: IntakeStep }> {
    const before = await this.targets.of(source.id, key);
    const why = nothing('REPEATED', 'It meant no signal when it was said first');
    if (before !== undefined) return { ids: before, why };
    const found = await this.#find(intent, source);
    const isFound = Array.isArray(found);
    const ids = await this.targets.store(source.id, key, isFound ? found.map(({ id }) => id) : []);
    return { ids, why: isFound ? why : found };
  }

  async #find({ about }: ChangeIntent, source: SourceProfile): Promise<SignalRow[] | IntakeStep> {
    const { ref, signalId, symbol, side, all = false } = about;
    if (ref === undefined && signalId === undefined && symbol === undefined) {
      return refused('SIGNAL_UNSAID', 'It is not said which signal is meant');
    }
    const wanted = {
      ...(signalId === undefined ? {} : { id: signalId }),
      ...(ref === undefined ? {} : { ref }),
      ...(symbol === undefined ? {} : { symbol: canonicalSymbol(symbol) }),
      ...(side === undefined ? {} : { side }),
    };
    const live = await this.signals.live(source.id, wanted, AT_MOST);
    const [first, ...others] = live;
    if (first !== undefined && (others.length === 0 || all)) return live;
    if (first !== undefined) {
      const ids = live.map(({ id }) => id).join(', ');
      return refused('SEVERAL_SIGNALS', `Several signals of this source fit: ${ids}`);
    }
    const ended = await this.#ended(source, signalId, ref);
    if (ended !== undefined) return nothing('SIGNAL_ENDED', `Signal ${ended.id} has already ended (${ended.status})`);
    return refused('NO_SIGNAL', 'This source has no live signal that fits');
  }

  async #ended(source: SourceProfile, id: number | undefined, ref: string | undefined): Promise<SignalRow | undefined> {
    const named = id === undefined ? undefined : await this.signals.find(id);
    if (named !== undefined) return named.source === source.code ? named : undefined;
    return ref === undefined ? undefined : this.signals.findByRef([source.id], ref);
  }

  async #step(signalId: number, change: Change, caller: ServiceCaller, key: string): Promise<IntakeStep> {
    try {
      const signal = await this.signals.find(signalId);
      if (signal === undefined) return refused('NO_SIGNAL', `Signal ${signalId} is gone`);
      return await this.#change(signal, change, caller, key);
    } catch (error) {
      const step = refusalOf(error);
      return step.code === 'SIGNAL_ENDED' ? { ...step, outcome: 'nothing' } : step;
    }
  }

  #change(signal: SignalRow, change: Change, caller: ServiceCaller, key: string): Promise<IntakeStep> | IntakeStep {
    const signal_id = signal.id;
    switch (change.kind) {
      case 'CLOSE':
        return this.#report({ kind: 'cancel', signal_id, reason: 'Closed by its source' }, caller);
      case 'TARGET_HIT':
        return this.#report({ kind: 'target', signal_id, target_index: change.target }, caller);
      case 'ALL_TARGETS_HIT':
        return this.#report({ kind: 'target', signal_id, target_index: signal.target_prices.length }, caller);
      case 'STOP_HIT':
        return this.#report({ kind: 'stop', signal_id }, caller);
      case 'MOVE_STOP':
        return this.#moveStop(signal, change.to, caller, key);
      case 'SET_TARGETS':
        return this.#edit(signal_id, { targets: withHits(signal, change.targets) }, caller, key);
      case 'SET_ENTRY':
        return this.#edit(signal_id, { entry: change.entry }, caller, key);
      case 'ENTRY_HIT':
        return nothing('SEEN_BY_ITSELF', 'Entries fill by the prices of the market');
      case 'TELL':
        return nothing('TOLD', change.what);
      case 'CANCEL':
      case 'CANCEL_ENTRIES':
        return this.#report({ kind: 'withdraw', signal_id }, caller);
      case 'REDUCE':
        return this.#reduce(signal_id, change.percent, caller, key);
    }
  }

  async #report(report: Report, caller: ServiceCaller): Promise<IntakeStep> {
    const { is, isNew } = await this.reports.report(report, caller);
    if (is === 'repeated' || (is === 'ended' && !isNew)) return nothing('ALREADY_SO', 'It was so before');
    return done(is === 'accepted' ? 'Accepted, and being carried out' : 'Carried out');
  }

  #reduce(
    signal_id: number,
    percent: DecimalText,
    caller: ServiceCaller,
    key: string,
  ): Promise<IntakeStep> | IntakeStep {
    const part = Decimal.of(percent);
    if (!part.isPositive || part.gt(Decimal.HUNDRED)) {
      return refused('INVALID_INPUT', 'percent must be above 0 and at most 100');
    }
    const mark = reductionMark(caller.name, key);
    return this.#report({ kind: 'reduce', signal_id, percent: part.toString(), mark }, caller);
  }

  #moveStop(signal: SignalRow, to: StopPlace, caller: ServiceCaller, key: string): Promise<IntakeStep> | IntakeStep {
    if (to.at === 'PRICE') return this.#edit(signal.id, { stopLoss: to.price }, caller, key);
    if (to.at === 'ENTRY') return this.#edit(signal.id, { stopToEntry: true }, caller, key);
    const target = signal.target_prices[to.target - 1];
    if (target === undefined) return refused('NO_SUCH_TARGET', `Signal ${signal.id} has no target ${to.target}`);
    return this.#edit(signal.id, { stopLoss: target }, caller, key);
  }

  async #edit(id: number, request: SignalEditRequest, caller: ServiceCaller, key: string): Promise<IntakeStep> {
    const edit = await this.edits.edit(id, request, caller, { key, version: null });
    return edit === undefined ? nothing('ALREADY_SO', 'It was so before') : done(`Edited, version ${edit.version}`);
  }
}

/** A source names what is to come; what was hit stays. */
function withHits(signal: SignalRow, targets: readonly DecimalText[]): readonly DecimalText[] {
  const hits = signal.target_prices.filter((_, index) => (signal.target_hit_at[index] ?? null) !== null);
  const names = hits.every(
    (hit, index) => targets[index] !== undefined && Decimal.of(hit).eq(Decimal.of(targets[index])),
  );
  return names ? targets : [...hits, ...targets];
}

function summaryOf(steps: readonly IntakeStep[]): IntakeStep {
  const [first] = steps;
  if (first === undefined) return nothing('NOTHING_ASKED', 'It asks for nothing');
  const best = steps.find(({ outcome }) => outcome === 'done') ?? steps.find(({ outcome }) => outcome === 'refused');
  return best === undefined ? first : { outcome: best.outcome, code: best.code, message: best.message };
}

export function callerOf(source: SourceProfile): ServiceCaller {
  return { kind: 'service', name: source.code };
}
