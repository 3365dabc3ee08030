/**
 * What trading asks before exposure grows, inside its own transaction, and what it tells after positions closed.
 * Keeps: the answer comes from the database under the shared safety lock, so nothing that a committed switch or breaker
 * forbids is ever committed after it. Ask after positions and accounts are locked. Forbids no exit.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { PositionChange } from '../../domain/position/position.js';
import { admit, atTime, type BreakerState } from '../../domain/safety/circuit-breaker.js';
import {
  type Increase,
  safetyBook,
  type SafetyRefusal,
  type SafetySwitch,
  switchesFor,
  type TrippedBreaker,
} from '../../domain/safety/switches.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { accountRules, isWatchingResults } from './breaker-rules.js';
import { type BreakerChange, type BreakerRow, BreakersRepository, breakerState } from './breakers.repository.js';
import { resultsWork } from './safety-work.js';
import { SafetyLock } from './safety-lock.repository.js';

/** A signal about to be entered. */
export interface EnteredSignal {
  readonly signalId: number;
  readonly sourceId: number;
  readonly symbol: string;
}

export interface Holder {
  readonly userId: number;
  readonly accountId: number;
}

/** A position that would grow: one that waits for its entry, or adds to what it holds. */
export interface Growing extends Holder {
  readonly id: number;
  readonly signalId: number | null;
  readonly symbol: string;
}

/** What holds for one page of followers until its transaction ends. */
export interface PageSafety {
  /** The signal's source is stopped: it must not even close what followers hold. */
  readonly isSourceStopped: boolean;
  refusalsOf(follower: Holder): readonly SafetyRefusal[];
  /** Counts the entries that half-open breakers let in. */
  noteOpened(followers: readonly Holder[]): Promise<void>;
}

interface Subjects {
  readonly sources: readonly (number | null)[];
  readonly symbols: readonly string[];
  readonly holders: readonly Holder[];
}

interface Probe extends BreakerChange {
  readonly row: BreakerRow;
}

const LOOK = `
  SELECT EXISTS (SELECT 1 FROM safety_switches WHERE cleared_at IS NULL) AS "isStopped",
    EXISTS (SELECT 1 FROM circuit_breakers WHERE state <> 'closed') AS "isTripped"`;

const SWITCHES = `
  SELECT id, scope, value, mode, reason, expires_at AS "expiresAt" FROM safety_switches
  WHERE cleared_at IS NULL AND (expires_at IS NULL OR expires_at > $1) AND (scope = 'platform'
    OR scope = 'source' AND value = ANY ($2::text[]) OR scope = 'symbol' AND value = ANY ($3::text[])
    OR scope = 'user' AND value = ANY (($4::bigint[])::text[]) OR scope = 'account' AND value = ANY (($5::bigint[])::text[]))`;

@Injectable()
export class SafetyGate {
  constructor(
    private readonly database: Database,
    private readonly lock: SafetyLock,
    private readonly breakers: BreakersRepository,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What forbids this signal to these followers, whose accounts are locked. */
  async forPage(signal: EnteredSignal, followers: readonly Holder[]): Promise<PageSafety> {
    const { sourceId, symbol } = signal;
    const now = this.clock.now();
    const { isStopped, isTripped } = await this.#look();
    const subjects = { sources: [sourceId], symbols: [symbol], holders: followers };
    const switches = isStopped ? await this.#switches(subjects, now) : [];
    const { tripped, probes } = isTripped
      ? await this.#breakers(signal.signalId, followers, now)
      : { tripped: [], probes: [] };
    const book = safetyBook(switches, tripped, now);
    return {
      isSourceStopped: switches.some(({ scope }) => scope === 'source'),
      refusalsOf: ({ userId, accountId }) => switchesFor(book, { userId, accountId, sourceId, symbol }),
      noteOpened: (opened) => this.#noteProbes(probes, opened),
    };
  }

  /** Those of `positions` that may not grow now, by id. */
  async barred(positions: readonly Growing[], increase: Increase = 'entry'): Promise<ReadonlySet<number>> {
    if (positions.length === 0) return new Set();
    const now = this.clock.now();
    const { isStopped, isTripped } = await this.#look();
    if (!isStopped && !isTripped) return new Set();
    const sources = await this.#sourcesOf(positions);
    const sourceOf = ({ signalId }: Growing) => (signalId === null ? null : (sources.get(signalId) ?? null));
    const symbols = [...new Set(positions.map(({ symbol }) => symbol))];
    const switches = await this.#switches({ sources: [...sources.values()], symbols, holders: positions }, now);
    const rows = await this.breakers.notClosed(accountIds(positions), false);
    const book = safetyBook(switches, [], now);
    const isBarred = (position: Growing) =>
      switchesFor(book, { ...position, sourceId: sourceOf(position) }, increase).length > 0 ||
      (increase !== 'manual' && rows.some((row) => concerns(row, position) && !admits(row, position)));
    return new Set(positions.filter(isBarred).map(({ id }) => id));
  }

  /** What forbids a person to increase this position by hand; empty when nothing does. */
  async forManual(position: Growing): Promise<readonly SafetyRefusal[]> {
    const now = this.clock.now();
    if (!(await this.#look()).isStopped) return [];
    const [sourceId = null] = [...(await this.#sourcesOf([position])).values()];
    const subjects = { sources: [sourceId], symbols: [position.symbol], holders: [position] };
    const book = safetyBook(await this.#switches(subjects, now), [], now);
    return switchesFor(book, { ...position, sourceId }, 'manual');
  }

  /** Has the results of positions that just closed looked at, after the running transaction. */
  async noteClosed(changes: readonly PositionChange[]): Promise<void> {
    const ended = changes.filter(({ after }) => after.closedAt !== null && after.qty.isPositive);
    if (ended.length > 0 && isWatchingResults(this.config)) await this.work.enqueue([resultsWork(ended)]);
  }

  /** Mostly nothing stands in the way of anybody: then this is all that a page pays. */
  async #look(): Promise<{ isStopped: boolean; isTripped: boolean }> {
    await this.lock.share();
    const row = await this.database.first<{ isStopped: boolean; isTripped: boolean }>(LOOK, [], {
      name: 'safety_look',
    });
    return row ?? { isStopped: true, isTripped: true };
  }

  #switches({ sources, symbols, holders }: Subjects, now: Date): Promise<SafetySwitch[]> {
    return this.database.query<SafetySwitch>(
      SWITCHES,
      [
        now,
        [...new Set(sources)].map(String),
        symbols,
        [...new Set(holders.map(({ userId }) => userId))],
        accountIds(holders),
      ],
      { name: 'safety_switches_in_force' },
    );
  }

  /** Breakers that let nothing in, and those on trial that let this signal in. */
  async #breakers(
    signalId: number,
    followers: readonly Holder[],
    now: Date,
  ): Promise<{ tripped: TrippedBreaker[]; probes: Probe[] }> {
    const ids = accountIds(followers);
    const seen = await this.breakers.notClosed(ids, false);
    const isOnTrial = (row: BreakerRow) => atTime(breakerState(row), now).status === 'half_open';
    const rows = seen.some(isOnTrial) ? await this.breakers.notClosed(ids, true) : seen;
    const trials = await this.breakers.trials(rows.filter((row) => isOnTrial(row) && row.admitted.length > 0));
    const tripped: TrippedBreaker[] = [];
    const probes: Probe[] = [];
    for (const row of rows) {
      const after = admit(withoutVoid(row, trials), signalId, accountRules(this.config), now);
      const { scope, value, user_id: userId } = row;
      if (after !== undefined) probes.push({ row, scope, value, userId, after });
      else tripped.push({ scope, value, reason: row.reason ?? '', until: isOnTrial(row) ? null : row.until });
    }
    return { tripped, probes };
  }

  async #noteProbes(probes: readonly Probe[], opened: readonly Holder[]): Promise<void> {
    if (probes.length === 0 || opened.length === 0) return;
    const accounts = new Set(opened.map(({ accountId }) => String(accountId)));
    const used = probes.filter(({ scope, value, row, after }) => {
      const isNew = isOther(breakerState(row), after);
      return isNew && (scope === 'platform' || accounts.has(value));
    });
    await this.breakers.store(used, this.clock.now());
  }

  async #sourcesOf(positions: readonly Growing[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.database.query<{ id: number; source_id: number }>(
      'SELECT id, source_id FROM signals WHERE id = ANY ($1::bigint[])',
      [[...new Set(positions.flatMap(({ signalId }) => (signalId === null ? [] : [signalId])))]],
    );
    return new Map(rows.map(({ id, source_id }) => [id, source_id]));
  }
}

function accountIds(holders: readonly Holder[]): number[] {
  return [...new Set(holders.map(({ accountId }) => accountId))];
}

function concerns(row: BreakerRow, { accountId }: Growing): boolean {
  return row.scope === 'platform' || row.value === String(accountId);
}

/** A resting entry of a signal that was let in on trial fills. */
function admits(row: BreakerRow, { signalId }: Growing): boolean {
  return signalId !== null && row.admitted.includes(signalId);
}

/** What was let in on trial and ended without a result decides nothing any more: it makes room for another. */
function withoutVoid(row: BreakerRow, trials: ReadonlyMap<number, ReadonlySet<number>>): BreakerState {
  const undecided = trials.get(row.id);
  const state = breakerState(row);
  return undecided === undefined
    ? state
    : { ...state, admitted: state.admitted.filter((signalId) => undecided.has(signalId)) };
}

function isOther(before: BreakerState, after: BreakerState): boolean {
  return before.status !== after.status || before.admitted.join() !== after.admitted.join();
}
