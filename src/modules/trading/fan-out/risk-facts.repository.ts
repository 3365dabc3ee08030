/**
 * Reads what limits are compared with, for those followers of a page who have set any: counters, holdings, last closes.
 * Keeps: read under the page's account locks and after its reversals, by at most three statements whatever the number of
 * followers; what nobody's limits ask for is not read. Holdings count at the last market price, else at their entry.
 */
import { Injectable } from '@nestjs/common';
import type { Side } from '../../../domain/instrument/side.js';
import { Decimal } from '../../../domain/money/decimal.js';
import type { FeeRates } from '../../../domain/position/position.js';
import { groupOf } from '../../../domain/risk/asset-groups.js';
import { limitsOf, type RiskLimits } from '../../../domain/risk/limits.js';
import { NOTHING_HELD, type RiskState } from '../../../domain/risk/risk-state.js';
import { weekMinute } from '../../../domain/risk/trading-hours.js';
import type { Follower, SignalPlan } from '../../../domain/sizing/plan-entry.js';
import { Database } from '../../../platform/database/database.js';

interface CounterRow {
  account_id: number;
  day_ends_at: Date | null;
  day_trades: number;
  day_realised: string;
  day_start_balance: string;
  drawdown: string;
  losing_streak: number;
  last_loss_at: Date | null;
}

interface HoldingRow {
  account_id: number;
  symbol: string;
  side: Side;
  source_id: number | null;
  positions: number;
  notional: string;
  open_pnl: string;
  risk: string;
}

interface CloseRow {
  account_id: number;
  closed_at: Date;
  lost_at: Date | null;
}

const COUNTERS = `
  SELECT id AS account_id, day_ends_at, day_trades, trim_scale(day_realised) AS day_realised,
         trim_scale(day_start_balance) AS day_start_balance, trim_scale(drawdown) AS drawdown, losing_streak, last_loss_at
  FROM accounts WHERE id = ANY ($1::bigint[])`;

/**
 * Live positions by account, symbol, side and source, with all of their orders that still wait as if these filled. Each
 * follower's are looked up by themselves (`OFFSET 0` keeps it so), and live is said as `closed_at IS NULL`, for which there
 * is no index but that by user: after a storm of closes the planner knows of few live positions, and would read everybody's
 * for every page or, over an index by signal or symbol, for every follower.
 * A cross position without a stop may lose all that the account has.
 */
export const HOLDINGS = `
  WITH held AS (
    SELECT p.account_id, p.symbol, p.side, s.source_id, p.remaining_qty, p.cost, p.entry_price, p.stop_loss, p.margin, p.is_cross,
           coalesce(m.price, p.entry_price) AS price, CASE WHEN p.side = 'LONG' THEN 1 ELSE -1 END AS sign,
           waiting.qty AS waiting_qty, waiting.cost AS waiting_cost
    FROM unnest($1::bigint[], $2::bigint[]) AS asked (user_id, account_id)
    CROSS JOIN LATERAL (
      SELECT * FROM positions p WHERE p.user_id = asked.user_id AND p.account_id = asked.account_id
        AND p.closed_at IS NULL OFFSET 0) AS p
    LEFT JOIN signals s ON s.id = p.signal_id LEFT JOIN market_prices m ON m.symbol = p.symbol
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(leg.qty - leg.filled), 0) AS qty, coalesce(sum((leg.qty - leg.filled) * leg.price), 0) AS cost
      FROM unnest(CASE WHEN p.leg_qtys = '{}' THEN ARRAY[p.planned_qty] ELSE p.leg_qtys END,
                  CASE WHEN p.leg_qtys = '{}' THEN ARRAY[p.qty] ELSE p.leg_filled END,
                  CASE WHEN p.leg_qtys = '{}' THEN ARRAY[p.entry_price] ELSE p.leg_prices END) AS leg (qty, filled, price)
      WHERE NOT p.entries_closed) AS waiting
  )
  SELECT account_id, symbol, side, source_id, count(*) AS positions,
         trim_scale(sum(remaining_qty * price + waiting_cost)) AS notional,
         trim_scale(sum(remaining_qty * (price - entry_price) * sign)) AS open_pnl,
         trim_scale(sum(waiting_cost * $4::numeric / 100 + CASE WHEN stop_loss IS NULL THEN CASE
           WHEN is_cross THEN greatest(margin, (SELECT balance FROM accounts WHERE accounts.id = account_id)) ELSE margin END ELSE
           greatest((cost - remaining_qty * stop_loss) * sign, 0)
           + greatest((waiting_cost - waiting_qty * stop_loss) * sign, 0)
           + (remaining_qty + waiting_qty) * stop_loss * $3::numeric / 100 END)) AS risk
  FROM held GROUP BY account_id, symbol, side, source_id`;

/** Closes of one symbol since the start of the longest cooldown; an entry that was never filled is none. */
const CLOSES = `
  SELECT account_id, max(closed_at) AS closed_at, max(closed_at) FILTER (WHERE realised_pnl < 0) AS lost_at
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (user_id, account_id)
  CROSS JOIN LATERAL (
    SELECT closed_at, realised_pnl FROM positions p
    WHERE p.user_id = asked.user_id AND p.account_id = asked.account_id AND symbol = $3 AND closed_at > $4 AND qty > 0
    OFFSET 0) AS closed
  GROUP BY account_id`;

const HOLDING_LIMITS = [
  'max_per_symbol',
  'max_per_direction',
  'max_per_source',
  'max_group_exposure_usdt',
  'max_daily_loss_usdt',
  'max_daily_loss_percent',
  'max_drawdown_percent',
  'max_worst_case_loss_usdt',
] as const satisfies readonly (keyof RiskLimits)[];

const MINUTE_MS = 60_000;

/** What is about to be added to. */
export type RiskSubject = Pick<SignalPlan, 'symbol' | 'side' | 'sourceId'>;

@Injectable()
export class RiskFactsRepository {
  constructor(private readonly database: Database) {}

  /** The followers, with their state where they have limits. The accounts must be locked. */
  async complete(plan: RiskSubject, followers: readonly Follower[], fees: FeeRates, at: Date): Promise<Follower[]> {
    const limited = followers.filter(({ risk }) => risk !== null);
    if (limited.length === 0) return [...followers];
    const counters = byAccount(await this.#counters(limited));
    const closes = byAccount(await this.#closes(plan.symbol, limited, at));
    const holdings = grouped(await this.#holdings(limited, fees));
    const minuteIn = weekMinutes(at);
    return followers.map((follower) => {
      const { accountId, risk } = follower;
      if (risk === null) return follower;
      const limits = limitsOf(risk);
      const riskState = {
        ...NOTHING_HELD,
        week_minute: minuteIn(limits.time_zone ?? 'UTC'),
        ...counted(counters.get(accountId), follower, at),
        ...closed(closes.get(accountId)),
        ...held(plan, limits, holdings.get(accountId) ?? []),
      };
      return { ...follower, riskState };
    });
  }

  #counters(limited: readonly Follower[]): Promise<CounterRow[]> {
    const accounts = limited.map(({ accountId }) => accountId);
    return this.database.query<CounterRow>(COUNTERS, [accounts], { name: 'risk_counters' });
  }

  async #holdings(limited: readonly Follower[], fees: FeeRates): Promise<HoldingRow[]> {
    const asked = limited.filter(
      ({ risk, openPositions }) => openPositions > 0 && HOLDING_LIMITS.some((name) => (risk?.[name] ?? null) !== null),
    );
    if (asked.length === 0) return [];
    const params = [...ownersOf(asked), fees.takerPercent.toString(), fees.makerPercent.toString()];
    return this.database.query<HoldingRow>(HOLDINGS, params, { name: 'risk_holdings' });
  }

  async #closes(symbol: string, limited: readonly Follower[], at: Date): Promise<CloseRow[]> {
    const asked = limited.filter(({ risk }) => cooldownOf(risk) > 0);
    if (asked.length === 0) return [];
    const longest = Math.max(...asked.map(({ risk }) => cooldownOf(risk)));
    const since = new Date(at.getTime() - longest * MINUTE_MS);
    return this.database.query<CloseRow>(CLOSES, [...ownersOf(asked), symbol, since], { name: 'risk_closes' });
  }
}

/** The minute of the week, computed once for each time zone. */
function weekMinutes(at: Date): (timeZone: string) => number {
  const known = new Map<string, number>();
  return (timeZone) => {
    let minute = known.get(timeZone);
    if (minute === undefined) known.set(timeZone, (minute = weekMinute(at, timeZone)));
    return minute;
  };
}

function ownersOf(followers: readonly Follower[]): [number[], number[]] {
  return [followers.map(({ userId }) => userId), followers.map(({ accountId }) => accountId)];
}

function cooldownOf(risk: Follower['risk']): number {
  return Math.max(risk?.cooldown_minutes ?? 0, risk?.cooldown_after_loss_minutes ?? 0);
}

function byAccount<Row extends { account_id: number }>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [row.account_id, row]));
}

function grouped(rows: readonly HoldingRow[]): Map<number, HoldingRow[]> {
  const groups = new Map<number, HoldingRow[]>();
  for (const row of rows) {
    const group = groups.get(row.account_id);
    if (group === undefined) groups.set(row.account_id, [row]);
    else group.push(row);
  }
  return groups;
}

/** The counters as of `at`: those of a day that has ended count as none. */
function counted(row: CounterRow | undefined, follower: Follower, at: Date): Partial<RiskState> {
  if (row === undefined) return {};
  const endsAt = row.day_ends_at !== null && row.day_ends_at > at ? row.day_ends_at : null;
  const isSameDay = endsAt !== null;
  return {
    day_trades: isSameDay ? row.day_trades : 0,
    day_realised_usdt: isSameDay ? row.day_realised : '0',
    day_start_balance_usdt: isSameDay ? row.day_start_balance : follower.balance,
    day_ends_at: endsAt?.toISOString() ?? null,
    drawdown_usdt: row.drawdown,
    losing_streak: row.losing_streak,
    last_loss_at: row.last_loss_at?.toISOString() ?? null,
  };
}

function closed(row: CloseRow | undefined): Partial<RiskState> {
  if (row === undefined) return {};
  return { symbol_closed_at: row.closed_at.toISOString(), symbol_lost_at: row.lost_at?.toISOString() ?? null };
}

function held(plan: RiskSubject, limits: RiskLimits, rows: readonly HoldingRow[]): Partial<RiskState> {
  const group = groupOf(plan.symbol, limits.exposure_groups);
  const inGroup = rows.filter((row) => groupOf(row.symbol, limits.exposure_groups) === group);
  const net = inGroup.map(({ side, notional }) => {
    const amount = Decimal.of(notional);
    return side === plan.side ? amount : amount.negated();
  });
  return {
    symbol_positions: count(rows.filter((row) => row.symbol === plan.symbol)),
    direction_positions: count(rows.filter((row) => row.side === plan.side)),
    source_positions: count(rows.filter((row) => row.source_id === plan.sourceId)),
    group,
    group_net_usdt: Decimal.sum(net).toString(),
    open_pnl_usdt: Decimal.sum(rows.map((row) => Decimal.of(row.open_pnl))).toString(),
    open_risk_usdt: Decimal.sum(rows.map((row) => Decimal.of(row.risk))).toString(),
  };
}

function count(rows: readonly HoldingRow[]): number {
  return rows.reduce((sum, { positions }) => sum + positions, 0);
}
