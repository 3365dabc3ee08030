/**
 * Takes what the engine says: new signals of its bots, targets that were hit, closings, by the engine's own uuid.
 * Keeps: each bot posts as a source of its own, which can be muted, disabled and judged by itself; the same uuid has the
 * effect of one signal; ladder and stop are as the engine sent them, and pass the same checks as every post.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Decimal } from '../../domain/money/decimal.js';
import { parsePlan } from '../../domain/plan/parse-plan.js';
import { canonicalSymbol, checkSignal, type SignalDraft } from '../../domain/signal/check-signal.js';
import {
  HOUSE_BOTS,
  HOUSE_SOURCE_CODES,
  type HouseBot,
  houseBotOf,
  houseSourceCode,
  houseSourceName,
} from '../../domain/signal/house.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { HOUSE, type ServiceCaller } from '../../platform/http/caller.js';
import { invalidInput } from '../../platform/http/validation.js';
import { signalError } from '../signals/signals.errors.js';
import { type SourceFigures, SignalResultsRepository } from '../signals/signal-results.repository.js';
import { SignalsRepository } from '../signals/signals.repository.js';
import { type Published, SignalsService } from '../signals/signals.service.js';
import { SourcesRepository } from '../signals/sources.repository.js';
import type { IngestBody } from './house-signals.dto.js';

/** As the engine calls the version that named none. */
const FIRST_VERSION = 'SE.v1.0';

const MAX_METADATA = 8_192;

/** Before the name of a signal that the engine gave none. */
const UNNAMED = 'said:';

export const isUnnamed = (name: string): boolean => name.startsWith(UNNAMED);

/** The contract's names of fields that signals call otherwise. */
const FIELDS: Readonly<Record<string, string>> = { sl: 'stop_loss', tp: 'take_profits' };

@Injectable()
export class HouseSignals {
  constructor(
    private readonly signals: SignalsRepository,
    private readonly publisher: SignalsService,
    private readonly sources: SourcesRepository,
    private readonly results: SignalResultsRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The sources of the bots that have posted, by id. */
  sourceIds(codes: readonly string[] = HOUSE_SOURCE_CODES): Promise<readonly number[]> {
    return this.sources.idsOf(codes);
  }

  /** What the signals of each bot that has posted have come to. */
  async figures(): Promise<SourceFigures[]> {
    return this.results.figures(await this.sourceIds(), null);
  }

  /** Throws 400 naming the fields, 403 where the house or the bot is disabled, 429 for a repeat without an id of its own. */
  async ingest(body: IngestBody): Promise<Published> {
    const bot = houseBotOf(body.source);
    if (bot === undefined) throw invalidInput([{ field: 'source', rule: `must be one of ${HOUSE_BOTS.join(', ')}` }]);
    const metadata = metadataOf(body);
    const name = nameOf(body, metadata, this.clock.now());
    const earlier = await this.signals.findByRef(await this.sourceIds(), name);
    if (earlier !== undefined) return { signalId: earlier.id, isNew: false };
    const caller: ServiceCaller = { kind: 'service', name: houseSourceCode(bot) };
    return this.database.transaction(async () => {
      if (await this.sources.isDisabled(HOUSE)) throw signalError('SOURCE_DISABLED');
      const draft = await this.#draft(body, bot, metadata);
      return this.publisher.publish(draft, caller, name, name);
    });
  }

  async #draft(body: IngestBody, bot: HouseBot, metadata: Record<string, unknown>): Promise<SignalDraft> {
    const source = { code: houseSourceCode(bot), kind: 'house', name: houseSourceName(bot), ownerId: null } as const;
    const { id } = await this.sources.ensure(source);
    const usual = parsePlan((await this.sources.profile(id))?.plan ?? {}).spec['margin.leverage'];
    const leverage = body.leverage ?? usual ?? undefined;
    const draft: SignalDraft = {
      symbol: canonicalSymbol(body.symbol),
      side: body.side,
      entry: body.entry,
      stopLoss: body.stop_loss,
      targets: body.take_profits,
      tradeType: 'FUTURES',
      duration: 'SHORT',
      leverage: leverage ?? 1,
      confidence: Number(Decimal.of(body.confidence).rounded(0, 'floor').toString()),
      plan: leverage === undefined ? {} : { 'margin.leverage': leverage },
      meta: { timeframe: body.timeframe, version: body.version ?? FIRST_VERSION, metadata },
    };
    const problems = checkSignal(draft);
    if (problems.length === 0) return draft;
    throw invalidInput(problems.map(({ field, rule }) => ({ field: FIELDS[field] ?? field, rule })));
  }
}

/** With the bot's name as it was sent, where that is not its own. */
function metadataOf({ source, metadata = {} }: IngestBody): Record<string, unknown> {
  const isOwn = HOUSE_BOTS.some((bot) => bot === source);
  const kept = isOwn ? metadata : { ...metadata, raw_source: source };
  if (JSON.stringify(kept).length <= MAX_METADATA) return kept;
  throw invalidInput([{ field: 'metadata', rule: `must have at most ${MAX_METADATA} characters` }]);
}

/** Its uuid; without one what it says on that day, so that a try that is repeated is known by that. */
function nameOf(body: IngestBody, metadata: Record<string, unknown>, now: Date): string {
  const { signal_id: id } = metadata;
  if (typeof id === 'string' && id.trim() !== '' && id.length <= 128) return id.trim();
  return `${UNNAMED}${now.toISOString().slice(0, 10)}:${createHash('sha256').update(JSON.stringify(body)).digest('hex')}`;
}
