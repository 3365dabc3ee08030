/**
 * The house's bots for administrators: how each does, and what is set of it.
 * Keeps: a setting is accepted only as the bot's own schema allows; every change and its audit row are one transaction.
 */
import { Inject, Injectable } from '@nestjs/common';
import { houseBotOf, houseSourceCode } from '../../domain/signal/house.js';
import { readSettings } from '../../domain/strategy/settings.js';
import type { Strategy } from '../../domain/strategy/strategy.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { pageOf } from '../../platform/http/paging.js';
import { invalidInput } from '../../platform/http/validation.js';
import { STRATEGIES, type Strategies } from '../../ports/strategy.js';
import { SignalResultsRepository } from '../signals/signal-results.repository.js';
import { SourcesRepository } from '../signals/sources.repository.js';
import { type BotChange, type BotRow, HouseBotsRepository } from './house-bots.repository.js';
import type { Verdict } from './house-candidate.entity.js';
import { HouseCandidatesRepository } from './house-candidates.repository.js';
import { strategyError } from './strategies.errors.js';

const DAY_MS = 86_400_000;

export interface StrategiesParts {
  readonly bots: HouseBotsRepository;
  readonly candidates: HouseCandidatesRepository;
  readonly sources: SourcesRepository;
  readonly results: SignalResultsRepository;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
}

@Injectable()
export class StrategiesService {
  constructor(
    private readonly parts: StrategiesParts,
    @Inject(STRATEGIES) private readonly known: Strategies,
  ) {}

  /** Every bot, with what its candidates of the last `days` came to and all its signals. */
  async all(days: number) {
    const { bots, candidates, clock, results, sources } = this.parts;
    const hosted = [...this.known.values()].filter(({ code }) => houseBotOf(code) !== undefined);
    const codes = hosted.map(({ code }) => houseSourceCode(houseBotOf(code) as never));
    const [rows, counts, ids] = await Promise.all([
      bots.all(),
      candidates.counts(new Date(clock.now().getTime() - days * DAY_MS)),
      sources.idsOf(codes),
    ]);
    const figures = await results.figures(ids, null);
    return hosted.map((strategy) => {
      const bot = houseBotOf(strategy.code);
      const source = bot === undefined ? undefined : houseSourceCode(bot);
      return {
        strategy,
        row: rows.find(({ code }) => code === strategy.code),
        counts: counts.filter((count) => count.bot === bot),
        figures: figures.find(({ code }) => code === source),
      };
    });
  }

  async one(code: string, days: number) {
    this.#strategy(code);
    const all = await this.all(days);
    const found = all.find(({ strategy }) => strategy.code === code);
    if (found === undefined) throw strategyError('UNKNOWN_STRATEGY');
    return found;
  }

  /** Only what is named changes; null goes back to the default. Throws 404, 400 by field. */
  async change(staffId: number, code: string, change: BotChange): Promise<void> {
    const strategy = this.#strategy(code);
    const { audit, bots, clock, database } = this.parts;
    await database.transaction(async () => {
      const row = await bots.lock(code, clock.now());
      const [before, after] = [settable(row), { ...settable(row), ...change }];
      after.settings = checked(strategy, { ...before.settings, ...change.settings });
      const isWoken = after.is_enabled && change.is_enabled === true;
      if (!isWoken && JSON.stringify(before) === JSON.stringify(after)) return;
      await bots.change(code, after, isWoken, clock.now());
      await audit.record({
        actorKind: 'user',
        actorId: staffId,
        action: `strategy.${change.is_enabled === undefined ? 'change' : change.is_enabled ? 'enable' : 'disable'}`,
        subject: `strategy:${code}`,
        before,
        after,
      });
    });
  }

  async candidates(code: string, verdict: Verdict | undefined, beforeId: number | undefined, limit: number) {
    const bot = houseBotOf(this.#strategy(code).code);
    if (bot === undefined) throw strategyError('UNKNOWN_STRATEGY');
    const before = beforeId ?? Number.MAX_SAFE_INTEGER;
    return pageOf(await this.parts.candidates.page(bot, verdict, before, limit + 1), limit);
  }

  #strategy(code: string): Strategy {
    const strategy = this.known.get(code);
    if (strategy === undefined || houseBotOf(code) === undefined) throw strategyError('UNKNOWN_STRATEGY');
    return strategy;
  }
}

function settable({ is_enabled, settings, symbols, every_seconds }: BotRow): Required<BotChange> {
  return { is_enabled, settings, symbols, every_seconds };
}

/** Without what was given back to its default. */
function checked(strategy: Strategy, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const { problems } = readSettings(strategy.settings, set);
  if (problems.length === 0) return set;
  throw invalidInput(problems.map(({ field, rule }) => ({ field: `settings.${field}`, rule })));
}
