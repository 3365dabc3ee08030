/**
 * Gates on when and how often a follower enters, and on what the day and the account have lost.
 * Keeps: a loss counts when it has reached its limit; profit still open counts for the follower, loss still open against.
 */
import { Decimal } from '../money/decimal.js';
import { asPercent, MONEY_SCALE, percentOf } from '../money/money.js';
import type { GateCase } from './facts.js';
import { type Change, countGate, type Facts, type Gate, gate } from './gate.js';
import { DEFAULT_STREAK_MINUTES } from './limits.js';
import { isOpen, localLater, minutesUntilOpen } from './trading-hours.js';

const MINUTE_MS = 60_000;

/** The smallest amount by which a limit can be raised. */
const STEP = Decimal.of('0.00000001');

const hours = gate('trading_hours', 'OUTSIDE_TRADING_HOURS', {
  admits: ({ follower: { limits, state } }) =>
    limits.trading_hours === null ? undefined : isOpen(limits.trading_hours, state.week_minute),
  input: ({ follower: { state } }) => ({ week_minute: state.week_minute }),
  limit: ({ follower: { limits } }) => ({
    trading_hours: limits.trading_hours?.map(({ days, from, to }) => `${days.join(' ')} ${from}-${to}`) ?? null,
    time_zone: limits.time_zone ?? 'UTC',
  }),
  change: ({ follower: { limits, state }, at }) => {
    const wait = minutesUntilOpen(limits.trading_hours ?? [], state.week_minute) ?? 0;
    return waiting(localLater(at, wait, limits.time_zone ?? 'UTC').getTime(), 'the window opens');
  },
});

const cooldown = gate('symbol_cooldown', 'SYMBOL_COOLDOWN', {
  admits: (c) => {
    const { cooldown_minutes, cooldown_after_loss_minutes } = c.follower.limits;
    if (cooldown_minutes === null && cooldown_after_loss_minutes === null) return undefined;
    return c.at.getTime() >= cooldownEnd(c);
  },
  input: ({ follower: { state } }) => ({
    symbol_closed_at: state.symbol_closed_at,
    symbol_lost_at: state.symbol_lost_at,
  }),
  limit: ({ follower: { limits } }) => ({
    cooldown_minutes: limits.cooldown_minutes,
    cooldown_after_loss_minutes: limits.cooldown_after_loss_minutes,
  }),
  change: (c) => waiting(cooldownEnd(c), 'the cooldown ends'),
});

/** In epoch ms; 0 where nothing runs. */
function cooldownEnd({ follower: { limits, state } }: GateCase): number {
  return Math.max(
    after(state.symbol_closed_at, limits.cooldown_minutes),
    after(state.symbol_lost_at, limits.cooldown_after_loss_minutes),
  );
}

const streak = gate('losing_streak', 'LOSING_STREAK', {
  admits: (c) => {
    const { losing_streak_losses } = c.follower.limits;
    if (losing_streak_losses === null) return undefined;
    return c.follower.state.losing_streak < losing_streak_losses || c.at.getTime() >= streakEnd(c);
  },
  input: ({ follower: { state } }) => ({ losing_streak: state.losing_streak, last_loss_at: state.last_loss_at }),
  limit: ({ follower: { limits } }) => ({
    losing_streak_losses: limits.losing_streak_losses,
    losing_streak_minutes: limits.losing_streak_losses === null ? null : streakMinutes(limits.losing_streak_minutes),
  }),
  change: (c) => waiting(streakEnd(c), 'the lock ends'),
});

function streakEnd({ follower: { limits, state } }: GateCase): number {
  return after(state.last_loss_at, streakMinutes(limits.losing_streak_minutes));
}

function streakMinutes(minutes: number | null): number {
  return minutes ?? DEFAULT_STREAK_MINUTES;
}

const dailyTrades = countGate(
  'daily_trades',
  'MAX_DAILY_TRADES',
  'max_daily_trades',
  ({ follower }) => follower.state.day_trades,
  ({ follower }) => follower.limits.max_daily_trades,
  'day_trades',
);

const dailyLoss = gate('daily_loss', 'DAILY_LOSS_LIMIT', {
  admits: (c) => {
    const { limits, state } = c.follower;
    if (limits.max_daily_loss_usdt === null && limits.max_daily_loss_percent === null) return undefined;
    const loss = dayLoss(c);
    const base = Decimal.of(state.day_start_balance_usdt);
    return !reached(loss, limits.max_daily_loss_usdt) && !reachedPart(loss, base, limits.max_daily_loss_percent);
  },
  input: (c) => ({
    loss: dayLoss(c).toString(),
    day_realised: c.follower.state.day_realised_usdt,
    open_pnl: c.follower.state.open_pnl_usdt,
    day_start_balance: c.follower.state.day_start_balance_usdt,
    day_ends_at: c.follower.state.day_ends_at,
  }),
  limit: ({ follower: { limits } }) => ({
    max_daily_loss_usdt: limits.max_daily_loss_usdt,
    max_daily_loss_percent: limits.max_daily_loss_percent,
  }),
  change: (c) => {
    const { limits, state } = c.follower;
    const loss = dayLoss(c);
    const base = Decimal.of(state.day_start_balance_usdt);
    const data: Record<string, string | null> = {};
    if (reached(loss, limits.max_daily_loss_usdt)) data.max_daily_loss_usdt = loss.plus(STEP).toString();
    if (reachedPart(loss, base, limits.max_daily_loss_percent)) data.max_daily_loss_percent = percentAbove(loss, base);
    return raising(data, state.day_ends_at);
  },
});

function dayLoss({ follower: { state } }: GateCase): Decimal {
  return Decimal.of(state.day_realised_usdt).plus(Decimal.of(state.open_pnl_usdt)).negated();
}

const drawdown = gate('drawdown', 'MAX_DRAWDOWN', {
  admits: (c) => {
    const most = c.follower.limits.max_drawdown_percent;
    return most === null ? undefined : !reachedPart(fall(c), peak(c), most);
  },
  input: (c) => ({
    peak_equity: peak(c).toString(),
    equity: peak(c).minus(fall(c)).toString(),
    drawdown_percent: peak(c).isPositive ? asPercent(fall(c), peak(c)).toString() : '0',
  }),
  limit: ({ follower: { limits } }) => ({ max_drawdown_percent: limits.max_drawdown_percent }),
  change: (c) => raising({ max_drawdown_percent: percentAbove(fall(c), peak(c)) }, null),
});

/** The highest that the booked result made of today's balance; deposits and withdrawals do not move a drawdown. */
function peak({ follower }: GateCase): Decimal {
  return Decimal.of(follower.balance).plus(Decimal.of(follower.state.drawdown_usdt));
}

function fall({ follower: { state } }: GateCase): Decimal {
  return Decimal.of(state.drawdown_usdt).minus(Decimal.of(state.open_pnl_usdt));
}

function reached(loss: Decimal, limit: string | null): boolean {
  return limit !== null && loss.isPositive && loss.gte(Decimal.of(limit));
}

function reachedPart(loss: Decimal, whole: Decimal, percent: string | null): boolean {
  return percent !== null && loss.isPositive && loss.gte(percentOf(whole, Decimal.of(percent)));
}

/** The smallest percentage, of 8 places, of which `part` is less; null where none up to 100 is. */
function percentAbove(part: Decimal, whole: Decimal): string | null {
  if (!whole.isPositive) return null;
  const percent = part.times(Decimal.HUNDRED).dividedBy(whole, MONEY_SCALE, 'floor').plus(STEP);
  return percent.gt(Decimal.HUNDRED) ? null : percent.toString();
}

function raising(data: Facts, dayEndsAt: string | null): Change {
  const raise = Object.entries(data).map(([setting, value]) =>
    value === null ? `take ${setting} away` : `raise ${setting} to ${String(value)}`,
  );
  const wait = dayEndsAt === null ? [] : [`wait for the day to end at ${dayEndsAt}`];
  return { words: [raise.join(' and '), ...wait].join(', or '), data };
}

function after(at: string | null, minutes: number | null): number {
  return at === null || minutes === null ? 0 : new Date(at).getTime() + minutes * MINUTE_MS;
}

function waiting(until: number, what: string): Change {
  const time = new Date(until).toISOString();
  return { words: `wait until ${time}, when ${what}`, data: { wait_until: time } };
}

export const PACE_GATES: readonly Gate[] = [hours, cooldown, streak, dailyTrades, dailyLoss, drawdown];
