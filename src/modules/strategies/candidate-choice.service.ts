/**
 * Chooses among what the bots have seen, and posts what is chosen.
 * Keeps: one pass at a time, in the process that leads; what is chosen is stored before it is posted, and posted under its own
 * name, so that a process that dies in between posts nothing twice and forgets nothing; everything has a verdict.
 */
import { Injectable } from '@nestjs/common';
import { FUSION_DEFAULTS, type Bot, BOTS, type Candidate } from '../../domain/fusion/candidate.js';
import { fuse } from '../../domain/fusion/fusion.js';
import { botOfSource, houseSourceCode, houseSourceName, type HouseBot } from '../../domain/signal/house.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { HOUSE } from '../../platform/http/caller.js';
import type { IntakeStep } from '../intake/intake-result.js';
import { IntakeService } from '../intake/intake.service.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { SignalsRepository } from '../signals/signals.repository.js';
import { SourcesRepository } from '../signals/sources.repository.js';
import { HouseCandidatesRepository, type Judgement, type OpenCandidate } from './house-candidates.repository.js';

/** What waited longer for its verdict, as through a pause of the process, is not posted any more. */
const PATIENCE_MS = 300_000;

const { biasMs, sameSideCooldownMs, otherSideCooldownMs } = FUSION_DEFAULTS;

/** How far back approvals count. */
const MEMORY_MS = Math.max(3_600_000, sameSideCooldownMs, otherSideCooldownMs);

/** For people. */
const SENTENCES: Readonly<Record<string, string>> = {
  CONFIDENCE: 'The bot was not confident enough',
  LATE: 'The price had gone too far toward the first target',
  COOLDOWN: 'A signal of this symbol was posted shortly before',
  TREND: 'It is against the trend of the symbol',
  OPPOSITE: 'A signal of the other side is live',
  DUPLICATE: 'A signal of this side is live, or another bot was more confident',
  RATE_LIMIT: 'Enough signals were posted in the last hour',
  STALE: 'It waited too long for its verdict',
  SOURCE_DISABLED: 'The house is disabled as a source',
};

export interface ChoiceParts {
  readonly candidates: HouseCandidatesRepository;
  readonly intake: IntakeService;
  readonly sources: SourcesRepository;
  readonly signals: SignalsRepository;
  readonly watch: MarketWatch;
  readonly database: Database;
  readonly clock: Clock;
}

@Injectable()
export class CandidateChoice {
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ChoiceParts) {}

  /** Judges all that waits. A pass that is asked for while one runs follows it. */
  run(): Promise<void> {
    const next = this.#running.catch(() => undefined).then(() => this.#pass());
    this.#running = next;
    return next;
  }

  async #pass(): Promise<void> {
    const open = await this.parts.candidates.open();
    await this.#judge(open.filter(({ verdict }) => verdict === 'PENDING'));
    const chosen = (await this.parts.candidates.open()).filter(({ verdict }) => verdict === 'APPROVED');
    for (const candidate of chosen) await this.#post(candidate);
  }

  async #judge(pending: readonly OpenCandidate[]): Promise<void> {
    const { candidates, clock } = this.parts;
    const stale = pending.filter((candidate) => this.#isStale(candidate));
    await candidates.reject(
      stale.map(({ id }) => rejection(id, 'STALE')),
      clock.now(),
    );
    const fresh = pending.filter((candidate) => !stale.includes(candidate));
    const moments = [...new Set(fresh.map(({ seen_at }) => seen_at.getTime()))].sort((a, b) => a - b);
    for (const at of moments) {
      await this.#choose(
        fresh.filter(({ seen_at }) => seen_at.getTime() === at),
        new Date(at),
      );
    }
  }

  /** What was seen at the same close is compared with each other, whatever came in between. */
  async #choose(batch: readonly OpenCandidate[], now: Date): Promise<void> {
    const { candidates, clock, watch } = this.parts;
    const before = await candidates.state(now, ago(now, MEMORY_MS), ago(now, biasMs));
    const moment = {
      now: now.getTime(),
      priceOf: (symbol: string) => numberOf(watch.latest(symbol)?.price),
    };
    const { approved, refused } = fuse(
      before,
      batch.flatMap((one) => candidateOf(one) ?? []),
      moment,
      FUSION_DEFAULTS,
    );
    const idOf = new Map(batch.map(({ ref, id }) => [ref, id]));
    const reasons = new Map(refused.map(({ candidate, reason }) => [candidate.ref, reason as string]));
    const kept = new Set(approved.map(({ ref }) => ref));
    // What is no candidate at all, because it names no price, is told as well.
    const rejected = batch.filter(({ ref }) => !kept.has(ref));
    await this.parts.database.transaction(async () => {
      await candidates.reject(
        rejected.map(({ id, ref }) => rejection(id, reasons.get(ref) ?? 'NO_PRICES')),
        clock.now(),
      );
      await candidates.approve(
        [...kept].flatMap((ref) => idOf.get(ref) ?? []),
        now,
        clock.now(),
      );
    });
  }

  /** A fault that passes leaves it chosen, and the next pass tries again. */
  async #post(candidate: OpenCandidate): Promise<void> {
    const { candidates, intake, signals, clock } = this.parts;
    const sourceId = await this.#sourceOf(candidate.bot as HouseBot);
    if (sourceId === undefined) return candidates.reject([rejection(candidate.id, 'SOURCE_DISABLED')], clock.now());
    if (this.#isStale(candidate)) {
      const earlier = await signals.findByKey(sourceId, candidate.ref);
      if (earlier !== undefined) return candidates.published(candidate.id, earlier.id);
      return candidates.reject([rejection(candidate.id, 'STALE')], clock.now());
    }
    const [result] = await intake.carryOut([candidate.intent], { sourceId }, candidate.ref);
    const signalId = result?.signalIds[0];
    if (signalId !== undefined) return candidates.published(candidate.id, signalId);
    await candidates.reject([rejectionOf(candidate.id, result)], clock.now());
  }

  #isStale({ created_at }: OpenCandidate): boolean {
    return this.parts.clock.now().getTime() - created_at.getTime() > PATIENCE_MS;
  }

  /** The bot's own source; undefined where the house as a whole is disabled. */
  async #sourceOf(bot: HouseBot): Promise<number | undefined> {
    const { sources, database } = this.parts;
    return database.transaction(async () => {
      if (await sources.isDisabled(HOUSE)) return undefined;
      const source = { code: houseSourceCode(bot), kind: 'house', name: houseSourceName(bot), ownerId: null } as const;
      return (await sources.ensure(source)).id;
    });
  }
}

function ago(at: Date, ms: number): Date {
  return new Date(at.getTime() - ms);
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** Undefined where it names no entry or no target to be compared by. */
function candidateOf({ ref, bot, symbol, side, confidence, intent }: OpenCandidate): Candidate | undefined {
  const [entry, firstTarget] = [numberOf(intent.entry ?? undefined), numberOf(intent.targets[0])];
  if (entry === undefined || firstTarget === undefined || !isBot(bot)) return undefined;
  return { ref, bot, symbol, side, confidence, entry, firstTarget };
}

function isBot(name: string): name is Bot {
  return BOTS.some((bot) => bot === name) && botOfSource(houseSourceCode(name as HouseBot)) !== undefined;
}

function rejection(id: number, reason: string): Judgement {
  return { id, reason, message: SENTENCES[reason] ?? null };
}

function rejectionOf(id: number, step: IntakeStep | undefined): Judgement {
  return { id, reason: step?.code ?? 'NOT_POSTED', message: step?.message ?? null };
}
