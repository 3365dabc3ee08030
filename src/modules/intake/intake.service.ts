/**
 * Carries out what sources want, whatever they said it in: a signal is posted, or the source's own signals are changed.
 * Keeps: the same key has the effect of one call, also after a crash in the middle; a source speaks of its own signals only,
 * and what fits none or several is refused; expected refusals are answered, everything else is thrown and may be tried again.
 * Must not be called inside a transaction: it waits for effects.
 */
import { Injectable } from '@nestjs/common';
import { draftOf, isAtMarket } from '../../domain/intent/draft-of.js';
import type { EnterIntent, Intent } from '../../domain/intent/intent.js';
import type { DecimalText } from '../../domain/money/decimal.js';
import { parsePlan } from '../../domain/plan/parse-plan.js';
import { canonicalSymbol } from '../../domain/signal/check-signal.js';
import { invalidInput } from '../../platform/http/validation.js';
import { SignalsRepository } from '../signals/signals.repository.js';
import { SignalsService } from '../signals/signals.service.js';
import { type SourceProfile, SourcesRepository } from '../signals/sources.repository.js';
import { callerOf, IntakeChanges } from './intake-changes.service.js';
import { IntakePrices } from './intake-prices.service.js';
import { done, type IntakeResult, refusalOf, refused, resultOf } from './intake-result.js';

export interface IntakeFrom {
  /** Whose intents they are: it speaks with the rights of a program of this source. */
  readonly sourceId: number;
}

@Injectable()
export class IntakeService {
  constructor(
    private readonly signals: SignalsRepository,
    private readonly publisher: SignalsService,
    private readonly sources: SourcesRepository,
    private readonly prices: IntakePrices,
    private readonly changes: IntakeChanges,
  ) {}

  /**
   * Answers one result per intent, in their order; one that is refused does not stop those after it. `key` names what was
   * said (a message, an alert), up to 100 characters, and is unique for the source: a call with the same key again has no
   * further effect and means the same signals. Throws where there is no such source, and what may be tried again.
   */
  async carryOut(intents: readonly Intent[], from: IntakeFrom, key: string): Promise<IntakeResult[]> {
    const source = await this.sources.profile(from.sourceId);
    if (source === undefined) throw new Error(`there is no source ${from.sourceId}`);
    const results: IntakeResult[] = [];
    for (const [index, intent] of intents.entries()) {
      const own = index === 0 ? key : `${key}:${index}`;
      const result =
        intent.kind === 'ENTER' ? this.#enter(intent, source, own) : this.changes.apply(intent, source, own);
      results.push(await result);
    }
    return results;
  }

  async #enter(intent: EnterIntent, source: SourceProfile, key: string): Promise<IntakeResult> {
    // The market has moved since the first time: what was made of the key then is what counts.
    const earlier = await this.signals.findByKey(source.id, key);
    if (earlier !== undefined) return resultOf(done('Signal was posted before'), earlier.id);
    const symbol = canonicalSymbol(intent.symbol);
    const entry = isAtMarket(intent) ? await this.prices.of(symbol) : (intent.entry ?? '0');
    if (entry === undefined) {
      return resultOf(refused('NO_MARKET_PRICE', `There is no fresh price of ${symbol} to enter at`));
    }
    try {
      return await this.#publish(intent, entry, source, key);
    } catch (error) {
      return resultOf(refusalOf(error));
    }
  }

  async #publish(intent: EnterIntent, entry: DecimalText, source: SourceProfile, key: string): Promise<IntakeResult> {
    const draft = draftOf(intent, parsePlan(source.plan).spec, entry);
    if ('problems' in draft) throw invalidInput([...draft.problems]);
    const { signalId, isNew } = await this.publisher.publish(draft, callerOf(source), key, intent.ref);
    return resultOf(done(isNew ? 'Signal posted' : 'Signal was posted before'), signalId);
  }
}
