/**
 * Looks after accounts with cross margin, in the process that watches the market: whom the market has used up is
 * liquidated, all cross positions of an account in one transaction; for the others it says within which prices they
 * need not be asked again. Keeps: found without locks, decided again under them (positions before accounts, ids ascending), so
 * each is liquidated once, by whoever comes first; where a symbol has no price that may be acted upon nothing is
 * decided, and the account stays noted.
 */
import { Injectable } from '@nestjs/common';
import { crossSlack, isUsedUp, type Marks, type PriceBounds, watchBounds } from '../../../domain/margin/cross.js';
import type { MarginBracket } from '../../../domain/margin/liquidation.js';
import { Decimal } from '../../../domain/money/decimal.js';
import { type CrossPosition, crossAccountOf, liquidateAccount } from '../../../domain/position/account-liquidation.js';
import type { PositionChange, PositionState } from '../../../domain/position/position.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import { MarketWatch } from '../../market-data/market-watch.service.js';
import { CrossAccountsRepository, type CrossFacts } from '../../positions/cross-accounts.repository.js';
import type { Crossing, NotedCrossing } from './crossings.repository.js';
import { PositionChanges } from '../changes/position-changes.service.js';
import { PositionStateRepository } from '../changes/position-state.repository.js';

/** Accounts that are looked at by one statement. */
const REVIEW_PAGE = 1_000;

/** Accounts that are liquidated in one transaction. */
const LIQUIDATION_PAGE = 100;

export interface CrossMarginParts {
  readonly database: Database;
  readonly accounts: CrossAccountsRepository;
  readonly positions: PositionStateRepository;
  readonly changes: PositionChanges;
  readonly watch: MarketWatch;
  readonly clock: Clock;
}

/** Within these bounds, by symbol, an account need not be asked; there are none where it holds nothing. */
export interface Guard {
  readonly accountId: number;
  readonly bounds: ReadonlyMap<string, PriceBounds>;
}

export interface Review {
  readonly guards: readonly Guard[];
  /** Positions that were liquidated, as they are now. */
  readonly closed: readonly PositionState[];
}

type MarkOf = (symbol: string) => Decimal | undefined;

/** What accounts are decided by. */
interface Situation {
  readonly marksOf: (accountId: number) => MarkOf;
  readonly at: Date;
  /** An account with a later position is not concerned. */
  readonly newestPosition: number;
}

const NO_BOUNDS: Guard['bounds'] = new Map();

@Injectable()
export class CrossMargin {
  /** Accounts to be looked at. */
  readonly #noted = new Set<number>();

  constructor(private readonly parts: CrossMarginParts) {}

  note(accountId: number): void {
    this.#noted.add(accountId);
  }

  /** Notes every account with cross positions on which anything was booked since: also what other processes did. */
  async noteBooked(since: Date): Promise<void> {
    if (this.#brackets === undefined) return;
    for (const id of await this.parts.accounts.bookedSince(since)) this.note(id);
  }

  /** What is noted, which then is not any more. */
  take(): number[] {
    const ids = [...this.#noted];
    this.#noted.clear();
    return ids;
  }

  forget(): void {
    this.#noted.clear();
  }

  /** By the newest prices, or by that of `crossing` for its symbol. */
  async review(ids: readonly number[], crossing?: Crossing): Promise<Review> {
    const guards: Guard[] = [];
    const closed: PositionState[] = [];
    const brackets = this.#brackets;
    if (brackets === undefined) return { guards, closed };
    const markOf = this.#newest(crossing);
    for (let from = 0; from < ids.length; from += REVIEW_PAGE) {
      const page = ids.slice(from, from + REVIEW_PAGE);
      const known = new Map((await this.parts.accounts.of(page)).map((facts) => [facts.accountId, facts]));
      const usedUp: number[] = [];
      for (const accountId of page) {
        const bounds = boundsOf(known.get(accountId), markOf, brackets);
        if (bounds === 'UNPRICED') this.note(accountId);
        else if (bounds === 'USED_UP') usedUp.push(accountId);
        else guards.push({ accountId, bounds });
      }
      const at = crossing?.at ?? this.parts.clock.now();
      closed.push(...(await this.#liquidate(usedUp, { marksOf: () => markOf, at, newestPosition: Infinity })));
    }
    return { guards, closed };
  }

  /**
   * Applies a noted crossing to the accounts that it concerned, before this process has prices of its own: the others are those
   * that were stored last. Everybody is looked at again once there are prices.
   */
  async settle({ symbol, price, at, newestPosition }: NotedCrossing): Promise<void> {
    const brackets = this.#brackets;
    if (brackets === undefined) return;
    const holders = await this.parts.accounts.holding(symbol);
    for (let from = 0; from < holders.length; from += REVIEW_PAGE) {
      const facts = await this.parts.accounts.of(holders.slice(from, from + REVIEW_PAGE));
      const present = facts.filter((account) => account.newestPosition <= newestPosition);
      const marks = new Map(
        present.map(({ accountId, storedMarks }) => [
          accountId,
          new Map([...storedMarks, [symbol, Decimal.of(price)]]),
        ]),
      );
      const marksOf =
        (accountId: number): MarkOf =>
        (name) =>
          marks.get(accountId)?.get(name);
      const usedUp = present.filter((account) => boundsOf(account, marksOf(account.accountId), brackets) === 'USED_UP');
      const ids = usedUp.map(({ accountId }) => accountId);
      await this.#liquidate(ids, { marksOf, at, newestPosition });
    }
  }

  get #brackets(): readonly MarginBracket[] | undefined {
    return this.parts.changes.fees.brackets;
  }

  #newest(crossing: Crossing | undefined): MarkOf {
    const known = new Map<string, Decimal | undefined>();
    if (crossing !== undefined) known.set(crossing.symbol, Decimal.of(crossing.price));
    return (symbol) => {
      if (!known.has(symbol)) {
        const tick = this.parts.watch.latest(symbol);
        known.set(symbol, tick === undefined ? undefined : Decimal.of(tick.price));
      }
      return known.get(symbol);
    };
  }

  /** Those of the accounts that are used up still, now that nothing of theirs can change. */
  async #liquidate(ids: readonly number[], situation: Situation): Promise<PositionState[]> {
    const closed: PositionState[] = [];
    const sorted = [...ids].sort((a, b) => a - b);
    for (let from = 0; from < sorted.length; from += LIQUIDATION_PAGE) {
      const page = sorted.slice(from, from + LIQUIDATION_PAGE);
      const changed = await this.parts.database.transaction(async () => {
        const locked = grouped(await this.parts.positions.lockCross(page));
        const accounts = await this.parts.accounts.lock(page);
        const changes = new Map<number, PositionChange>();
        for (const [accountId, { cash, positions }] of accounts) {
          const own = locked.get(accountId) ?? [];
          // One that was opened before the account was locked is not locked itself: the next look meets it.
          const ended = own.length === positions ? this.#ended(accountId, cash, own, situation) : undefined;
          if (ended === undefined) this.note(accountId);
          for (const change of ended ?? []) changes.set(change.after.id, change);
        }
        const ending = [...locked.values()].flat().filter(({ id }) => changes.has(id));
        return this.parts.changes.write(ending, (position) => changes.get(position.id));
      });
      closed.push(...changed);
      killPoint('crossing:page-applied');
    }
    return closed;
  }

  /** Undefined for an account that is not used up after all. */
  #ended(accountId: number, cash: Decimal, positions: readonly PositionState[], situation: Situation) {
    const brackets = this.#brackets as readonly MarginBracket[];
    const account = crossAccountOf(cash, positions);
    const marks = heldMarks(positions, situation.marksOf(accountId));
    if (marks === undefined || account.holdings.length === 0) return undefined;
    if (positions.some(({ id }) => id > situation.newestPosition)) return undefined;
    if (!isUsedUp(crossSlack(account, marks, brackets))) return undefined;
    return liquidateAccount(cash, positions, marks, brackets, latest(situation.at, positions));
  }
}

function boundsOf(
  facts: CrossFacts | undefined,
  markOf: MarkOf,
  brackets: readonly MarginBracket[],
): Guard['bounds'] | 'UNPRICED' | 'USED_UP' {
  if (facts === undefined) return NO_BOUNDS;
  const account = crossAccountOf(facts.cash, facts.positions);
  if (account.holdings.length === 0) return NO_BOUNDS;
  const marks = heldMarks(facts.positions, markOf);
  return marks === undefined ? 'UNPRICED' : (watchBounds(account, marks, brackets) ?? 'USED_UP');
}

/** The marks of what is held; undefined where one of them is missing. */
function heldMarks(positions: readonly CrossPosition[], markOf: MarkOf): Marks | undefined {
  const marks = new Map<string, Decimal>();
  for (const { symbol, remainingQty } of positions) {
    const mark = remainingQty.isPositive ? markOf(symbol) : undefined;
    if (remainingQty.isPositive && mark === undefined) return undefined;
    if (mark !== undefined) marks.set(symbol, mark);
  }
  return marks;
}

/** Nothing ends before it was opened: a price may have been seen first. */
function latest(at: Date, positions: readonly PositionState[]): Date {
  return new Date(Math.max(at.getTime(), ...positions.map(({ openedAt }) => openedAt?.getTime() ?? 0)));
}

function grouped(positions: readonly PositionState[]): ReadonlyMap<number, PositionState[]> {
  const groups = new Map<number, PositionState[]>();
  for (const position of positions) {
    const own = groups.get(position.accountId);
    if (own === undefined) groups.set(position.accountId, [position]);
    else own.push(position);
  }
  return groups;
}
