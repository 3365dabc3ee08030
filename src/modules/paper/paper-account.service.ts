/**
 * A person's paper account: balance, ledger, equity curve, reset.
 * Keeps: the owner comes first in every call; a reset never touches history, it is one more transaction of the ledger.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { entriesOf, LEDGER_ACCOUNTS, type Postings } from '../../domain/ledger/ledger.js';
import { Decimal } from '../../domain/money/decimal.js';
import type { CrossMarginFigures } from '../../domain/margin/cross.js';
import { asPercent } from '../../domain/money/money.js';
import type { EquityPoint } from '../../domain/paper/equity-curve.js';
import { HOUR_MS, timesBetween } from '../../domain/paper/paper-times.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { invalidField } from '../../platform/errors/app-error.js';
import { pageOf } from '../../platform/http/paging.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkWaiter } from '../../platform/work/work-waiter.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { CrossLimits } from '../positions/cross-limits.service.js';
import { positionCloseWork } from '../positions/position-work.js';
import { EquityRepository } from './equity.repository.js';
import { type LedgerRow, LedgerRepository } from './ledger.repository.js';
import { type PaperAccountRow, PaperAccountsRepository } from './paper-accounts.repository.js';
import type {
  EquityPointView,
  EquityQuery,
  EquityStep,
  LedgerQuery,
  LedgerTransactionView,
  PaperBalanceView,
  ResetBody,
} from './paper.dto.js';
import { paperError } from './paper.errors.js';

const DEFAULT_LIMIT = 50;
const STEP_MS: Readonly<Record<EquityStep, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS };
const DEFAULT_SPAN_MS: Readonly<Record<EquityStep, number>> = { hour: 7 * 24 * HOUR_MS, day: 90 * 24 * HOUR_MS };
const MAX_POINTS = 1_000;

/** How long a reset waits for the positions that it closes. */
const CLOSE_WAIT_MS = 5_000;

export interface PaperAccountParts {
  readonly accounts: PaperAccountsRepository;
  readonly ledger: LedgerRepository;
  readonly equity: EquityRepository;
  readonly cross: CrossLimits;
  readonly database: Database;
  readonly work: WorkQueue;
  readonly waiter: WorkWaiter;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

@Injectable()
export class PaperAccountService {
  constructor(
    private readonly parts: PaperAccountParts,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  async balance(userId: number): Promise<PaperBalanceView> {
    const account = await this.#account(userId);
    const totals = await this.parts.accounts.totals(userId, account.id);
    if (totals === undefined) throw paperError('PAPER_ACCOUNT_NOT_FOUND');
    const [balance, margin, unrealised, start] = [
      account.balance,
      account.margin_used,
      totals.unrealised,
      totals.starting_balance,
    ].map((text) => Decimal.of(text)) as [Decimal, Decimal, Decimal, Decimal];
    const equity = balance.plus(unrealised);
    return {
      account_id: account.id,
      currency: 'USDT',
      balance: balance.toString(),
      available: balance.minus(margin).toString(),
      margin: margin.toString(),
      unrealised_pnl: unrealised.toString(),
      equity: equity.toString(),
      starting_balance: start.toString(),
      realised_pnl: plain(totals.realised),
      fees: plain(totals.fees),
      funding: plain(totals.funding),
      liquidation: plain(totals.liquidation),
      net_pnl: balance.minus(start).toString(),
      return_percent: asPercent(equity.minus(start), start).toString(),
      open_positions: account.open_positions,
      cross_margin: crossView(await this.parts.cross.figuresOf(account.id)),
      since: totals.since.toISOString(),
      realism: this.client.simulation?.fills.realism ?? 'off',
    };
  }

  async ledger(userId: number, query: LedgerQuery) {
    const account = await this.#account(userId);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.parts.ledger.list(account.id, {
      kind: query.kind ?? null,
      from: query.from ?? null,
      to: query.to ?? null,
      positionId: query.position_id ?? null,
      beforeId: query.before_id ?? Number.MAX_SAFE_INTEGER,
      limit: limit + 1,
    });
    const page = pageOf(rows, limit);
    return { transactions: page.items.map(transactionView), next_before_id: page.next_before_id };
  }

  /** Full hours or midnights (UTC) of the span, and the present moment when it has no end. */
  async equity(userId: number, query: EquityQuery): Promise<EquityPointView[]> {
    const account = await this.#account(userId);
    const now = this.parts.clock.now();
    const step = query.step ?? 'day';
    const to = new Date(Math.min(query.to === undefined ? now.getTime() : Date.parse(query.to), now.getTime()));
    const from = query.from === undefined ? new Date(to.getTime() - DEFAULT_SPAN_MS[step]) : new Date(query.from);
    if (from > to) throw invalidField('from', 'must not be after to');
    if (to.getTime() - from.getTime() > MAX_POINTS * STEP_MS[step]) {
      throw invalidField('from', `must be at most ${MAX_POINTS} ${step}s before to`);
    }
    const begin = account.created_at > from ? account.created_at : from;
    const times = timesBetween(begin, to, STEP_MS[step]);
    if (query.to !== undefined) return (await this.parts.equity.curve(account.id, times)).map(pointView);
    const points = await this.parts.equity.curve(account.id, [...times, now]);
    return [...points.slice(0, -1).map(pointView), await this.#present(userId, points.at(-1) as EquityPoint)];
  }

  /** Begins again with a balance. History stays: the ledger shows the reset, and figures count from it. */
  async reset(userId: number, body: ResetBody, actorId: number): Promise<PaperBalanceView> {
    const account = await this.#account(userId);
    const target = Decimal.of(body.balance ?? this.config.trading.PAPER_STARTING_BALANCE_USDT);
    const live = await this.parts.accounts.livePositions(userId, account.id);
    if (live.length > 0 && body.close_positions !== true) {
      throw paperError('PAPER_POSITIONS_LIVE', { live_positions: live.length });
    }
    await this.#close(live, actorId);
    await this.parts.database.transaction(async () => {
      if (!(await this.parts.accounts.reset(userId, target))) throw paperError('PAPER_POSITIONS_CLOSING');
      await this.parts.audit.record({
        actorKind: 'user',
        actorId,
        action: 'paper.reset',
        subject: `user:${userId}`,
        before: { balance: account.balance },
        after: { balance: target.toString(), closed_positions: live.length },
      });
    });
    return this.balance(userId);
  }

  /** Closes at market through trading's own work, and waits a moment for it. */
  async #close(positionIds: readonly number[], actorId: number): Promise<void> {
    if (positionIds.length === 0) return;
    const work = positionIds.map((id) => positionCloseWork({ position_id: id, qty: null, actor_id: actorId }));
    await this.parts.work.enqueue(work);
    const end = this.parts.clock.monotonicMs() + CLOSE_WAIT_MS;
    for (const item of work) {
      const left = end - this.parts.clock.monotonicMs();
      if (left <= 0 || !(await this.parts.waiter.settled(item.queue, item.key, left))) return;
    }
  }

  /** The present moment is recorded by nobody: it is looked at. */
  async #present(userId: number, { at, netDeposits }: EquityPoint): Promise<EquityPointView> {
    const { balance, unrealised_pnl, equity } = await this.balance(userId);
    return { at: at.toISOString(), balance, unrealised_pnl, equity, net_deposits: netDeposits.toString() };
  }

  async #account(userId: number): Promise<PaperAccountRow> {
    const account = await this.parts.accounts.find(userId);
    if (account === undefined) throw paperError('PAPER_ACCOUNT_NOT_FOUND');
    return account;
  }
}

function plain(text: string): string {
  return Decimal.of(text).toString();
}

function transactionView(row: LedgerRow): LedgerTransactionView {
  const postings = Object.fromEntries(
    LEDGER_ACCOUNTS.map((name) => [name, Decimal.of(row[name])]),
  ) as unknown as Postings;
  const moved = LEDGER_ACCOUNTS.filter((name) => !postings[name].isZero);
  return {
    id: row.id,
    cause: row.cause,
    position_id: row.position_id,
    symbol: row.symbol,
    cash: postings.cash.toString(),
    lines: entriesOf({ cause: row.cause, postings }).map(({ kind, amount }) => ({ kind, amount: amount.toString() })),
    postings: Object.fromEntries(moved.map((name) => [name, postings[name].toString()])),
    funding_at: row.funding_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}

function pointView(point: EquityPoint): EquityPointView {
  return {
    at: point.at.toISOString(),
    balance: point.balance.toString(),
    unrealised_pnl: point.unrealised?.toString() ?? null,
    equity: point.equity?.toString() ?? null,
    net_deposits: point.netDeposits.toString(),
  };
}

function crossView(figures: CrossMarginFigures | undefined): PaperBalanceView['cross_margin'] {
  if (figures === undefined) return null;
  const { equity, maintenance, ratioPercent } = figures;
  return {
    equity: equity.toString(),
    maintenance_margin: maintenance.toString(),
    margin_ratio_percent: ratioPercent?.toString() ?? null,
  };
}
