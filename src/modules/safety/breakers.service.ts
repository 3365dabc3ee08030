/**
 * Moves circuit breakers: by results of closed positions, by the platform's drawdown, by hand.
 * Keeps: judged first without a lock and again under it, so that only a real change makes trading wait; stored, audited
 * and announced in one transaction, together with completing the work that asked.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { onResults, resetBreaker, tripped, type BreakerSettings } from '../../domain/safety/circuit-breaker.js';
import { type AuditEntry, AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { accountRules, platformRules } from './breaker-rules.js';
import { type BreakerCase, type BreakerChange, BreakersRepository } from './breakers.repository.js';
import { SafetyLock } from './safety-lock.repository.js';
import { type ClosedResults, platformWork, safetyEventWork } from './safety-work.js';

const MINUTE_MS = 60_000;

/** More of the newest results than a streak needs, because half-open is decided by the first of them. */
const LEAST_RESULTS = 20;

type Complete = () => Promise<void>;

/** Who moved a breaker by hand, and the words they gave for it. */
interface Hand {
  readonly actorId: number;
  readonly words: string;
}

interface BreakersParts {
  readonly breakers: BreakersRepository;
  readonly lock: SafetyLock;
  readonly audit: AuditTrail;
  readonly work: WorkQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class BreakersService {
  constructor(
    private readonly parts: BreakersParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Judges the accounts whose positions closed, and has the platform judged. */
  async judgeAccounts({ lost, others }: ClosedResults, complete: Complete): Promise<void> {
    const onTrial = (await this.parts.breakers.notClosed(others, false)).filter(({ scope }) => scope === 'account');
    const ids = [...new Set([...lost, ...onTrial.map(({ value }) => Number(value))])];
    await this.parts.work.enqueue([platformWork(this.parts.clock.now())]);
    const rules = accountRules(this.config);
    const read = (accounts: readonly number[]) => this.#accountCases(accounts, rules);
    const due = this.#moved(await read(ids), rules);
    if (due.length === 0) return;
    await this.#change(async () => this.#moved(await read(due.map(({ value }) => Number(value))), rules), complete);
  }

  async judgePlatform(complete: Complete): Promise<void> {
    const rules = platformRules(this.config);
    const read = async () => {
      const now = this.parts.clock.now();
      return this.#moved([await this.parts.breakers.platformCase(now, since(now, rules), streakOf(rules))], rules);
    };
    if ((await read()).length > 0) await this.#change(read, complete);
  }

  /** Stops new entries everywhere until somebody resets the breaker. */
  async tripOnDrawdown(detail: Readonly<Record<string, string>>): Promise<void> {
    await this.#change(async () => {
      const row = await this.parts.breakers.find('platform', '');
      if (row?.state === 'open' && row.reason === 'DRAWDOWN') return [];
      const after = tripped('DRAWDOWN', platformRules(this.config), this.parts.clock.now());
      return [{ scope: 'platform', value: '', userId: null, after }];
    });
    this.parts.logger.warn('the drawdown limit is reached', detail);
  }

  /** Opens the platform's breaker by hand until somebody resets it; false when it is open until then already. */
  async trip(actorId: number, words: string): Promise<boolean> {
    let isTripped = false;
    const change = async (): Promise<BreakerChange[]> => {
      const row = await this.parts.breakers.find('platform', '');
      if (row?.state === 'open' && row.until === null) return [];
      isTripped = true;
      const after = tripped('MANUAL', platformRules(this.config), this.parts.clock.now());
      return [{ scope: 'platform', value: '', userId: null, after }];
    };
    await this.#change(change, undefined, { actorId, words });
    return isTripped;
  }

  /** Closes a breaker by hand; false when it is closed already. */
  async reset(scope: 'platform' | 'account', value: string, actorId: number, words = ''): Promise<boolean> {
    let isReset = false;
    const change = async (): Promise<BreakerChange[]> => {
      const row = await this.parts.breakers.find(scope, value);
      if (row === undefined || row.state === 'closed') return [];
      isReset = true;
      return [{ scope, value, userId: row.user_id, after: resetBreaker(this.parts.clock.now()) }];
    };
    await this.#change(change, undefined, { actorId, words });
    return isReset;
  }

  #accountCases(ids: readonly number[], rules: BreakerSettings): Promise<BreakerCase[]> {
    if (ids.length === 0) return Promise.resolve([]);
    const now = this.parts.clock.now();
    return this.parts.breakers.accountCases(ids, now, since(now, rules), streakOf(rules));
  }

  #moved(cases: readonly BreakerCase[], rules: BreakerSettings): BreakerChange[] {
    const now = this.parts.clock.now();
    return cases.flatMap(({ scope, value, userId, state, results }) => {
      const after = onResults(state, results, rules, now);
      return after === state || after.status === state.status ? [] : [{ scope, value, userId, after }];
    });
  }

  #change(
    decide: () => Promise<BreakerChange[]>,
    complete: Complete = () => Promise.resolve(),
    hand?: Hand,
  ): Promise<void> {
    const { breakers, lock, audit, work, clock, logger } = this.parts;
    return lock.change(async () => {
      const changes = await decide();
      const now = clock.now();
      await breakers.store(changes, now);
      await audit.recordAll(changes.map((change) => auditEntry(change, hand)));
      await work.enqueue(announcements(changes, now, hand));
      await complete();
      for (const [, group] of grouped(changes)) {
        const [first] = group;
        logger.warn('circuit breakers moved', {
          scope: first?.scope,
          state: first?.after.status,
          reason: first?.after.reason,
          count: group.length,
        });
      }
      return { changed: changes.length > 0, value: undefined };
    });
  }
}

function since(now: Date, rules: BreakerSettings): Date {
  return new Date(now.getTime() - rules.windowMinutes * MINUTE_MS);
}

function streakOf(rules: BreakerSettings): number {
  return Math.max(rules.lossesInARow, LEAST_RESULTS);
}

function auditEntry({ scope, value, after }: BreakerChange, hand: Hand | undefined): AuditEntry {
  const { status, reason, until } = after;
  const words = hand === undefined || hand.words === '' ? {} : { words: hand.words };
  return {
    actorKind: hand === undefined ? 'system' : 'user',
    actorId: hand?.actorId,
    action: `safety.breaker.${status}`,
    subject: scope === 'platform' ? 'platform' : `account:${value}`,
    after: { reason, until: until?.toISOString() ?? null, ...words },
  };
}

/** One message for all breakers that moved the same way at once. */
function announcements(changes: readonly BreakerChange[], now: Date, hand: Hand | undefined) {
  const words = hand?.words ?? '';
  return [...grouped(changes)].map(([, group]) => {
    const { scope, value, after } = group[0] as BreakerChange;
    return safetyEventWork(`breaker:${scope}:${value}:${now.getTime()}:${after.status}`, {
      kind: 'breaker',
      scope,
      count: group.length,
      state: after.status,
      reason: words === '' ? after.reason : [after.reason, words].filter((part) => part !== null).join(': '),
      until: after.until?.toISOString() ?? null,
    });
  });
}

function grouped(changes: readonly BreakerChange[]): Map<string, BreakerChange[]> {
  const groups = new Map<string, BreakerChange[]>();
  for (const change of changes) {
    const key = `${change.scope}:${change.after.status}:${change.after.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return groups;
}
