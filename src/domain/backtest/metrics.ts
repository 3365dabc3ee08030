/**
 * The figures of a run.
 * Keeps: money is summed exactly and given as decimal text; ratios are doubles and null where they are not defined (no trade,
 * no loss, no spread of returns), never infinite. Returns are those of UTC days, 365 to the year; the riskless rate is 0.
 * Sources: Sharpe ratio: W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994). Sortino ratio: F. A.
 * Sortino and L. N. Price, "Performance Measurement in a Downside Risk Framework", Journal of Investing 3 (1994). Calmar ratio:
 * T. W. Young, "Calmar Ratio: A Smoother Tool", Futures 20 (1991). R-multiples: V. K. Tharp, "Trade Your Way to Financial
 * Freedom" (1998).
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { EquityFigures } from './equity.js';
import { toDouble } from '../money/double.js';
import type { BacktestResult } from './run.js';
import type { Trade } from './trade.js';

const DAYS_PER_YEAR = 365;
const YEAR_MS = 365.25 * 86_400_000;

/** Of shorter runs no yearly growth is told: it would be made of nothing. */
const SHORTEST_GROWTH_MS = 86_400_000;

export interface TradeFigures {
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  /** Percent of the trades that won. */
  readonly winRate: number | null;
  /** USDT, after fees and funding. */
  readonly netProfit: DecimalText;
  readonly grossProfit: DecimalText;
  readonly grossLoss: DecimalText;
  readonly fees: DecimalText;
  readonly funding: DecimalText;
  /** Sum of what winners won over sum of what losers lost. */
  readonly profitFactor: number | null;
  /** USDT per trade. */
  readonly expectancy: number | null;
  /** Average result in units of what was risked at the stop. */
  readonly expectancyR: number | null;
  readonly averageWin: number | null;
  readonly averageLoss: number | null;
  readonly best: DecimalText | null;
  readonly worst: DecimalText | null;
  readonly averageHours: number | null;
  /** Percent of the entry price. */
  readonly averageMae: number | null;
  readonly averageMfe: number | null;
}

export interface Metrics extends TradeFigures {
  /** Percent of the initial balance. */
  readonly netProfitPercent: number;
  /** Compound annual growth rate in percent: (end ÷ start)^(1 year ÷ span) − 1. */
  readonly cagr: number | null;
  /** Mean ÷ standard deviation (n − 1) of daily returns × √365. */
  readonly sharpe: number | null;
  /** Mean ÷ root of the mean square of negative daily returns × √365. */
  readonly sortino: number | null;
  /** `cagr` ÷ `maxDrawdownPercent`. */
  readonly calmar: number | null;
  /** Deepest fall of equity below its highest before, at closes. */
  readonly maxDrawdownPercent: number;
  readonly maxDrawdownUsdt: number;
  readonly longestDrawdownDays: number;
  /** Percent of the candles at whose close something was held. */
  readonly exposurePercent: number;
  readonly longestLosingStreak: number;
}

export interface MetricsTable {
  readonly total: Metrics;
  readonly bySymbol: Readonly<Record<string, TradeFigures>>;
  readonly bySide: Readonly<Record<string, TradeFigures>>;
  readonly byReason: Readonly<Record<string, TradeFigures>>;
}

export function metricsTable(result: BacktestResult): MetricsTable {
  return {
    total: metricsOf(result),
    bySymbol: grouped(result.trades, ({ symbol }) => symbol),
    bySide: grouped(result.trades, ({ side }) => side),
    byReason: grouped(result.trades, ({ reason }) => reason),
  };
}

export function metricsOf(result: BacktestResult): Metrics {
  const { trades, equity, initialBalance, finalBalance } = result;
  const start = toDouble(Decimal.of(initialBalance));
  const end = toDouble(Decimal.of(finalBalance));
  const years = (result.to - result.from) / YEAR_MS;
  const canGrow = result.to - result.from >= SHORTEST_GROWTH_MS && start > 0 && end > 0;
  const cagr = canGrow ? finite(((end / start) ** (1 / years) - 1) * 100) : null;
  const returns = dailyReturns(equity, start);
  return {
    ...tradeFigures(trades),
    netProfitPercent: start > 0 ? ((end - start) / start) * 100 : 0,
    cagr,
    sharpe: sharpeOf(returns),
    sortino: sortinoOf(returns),
    calmar: cagr === null || equity.maxDrawdownPercent === 0 ? null : cagr / equity.maxDrawdownPercent,
    maxDrawdownPercent: equity.maxDrawdownPercent,
    maxDrawdownUsdt: equity.maxDrawdownUsdt,
    longestDrawdownDays: equity.longestDrawdownMs / 86_400_000,
    exposurePercent: equity.exposure * 100,
    longestLosingStreak: longestLosingStreak(trades),
  };
}

export function tradeFigures(trades: readonly Trade[]): TradeFigures {
  const won = trades.filter(({ netPnl }) => netPnl.isPositive);
  const lost = trades.filter(({ netPnl }) => netPnl.isNegative);
  const sum = (of: (trade: Trade) => Decimal, some: readonly Trade[] = trades) => Decimal.sum(some.map(of));
  const net = (trade: Trade) => trade.netPnl;
  const [grossProfit, grossLoss] = [sum(net, won), sum(net, lost).abs()];
  const risked = trades.filter(({ risk }) => risk.isPositive);
  const ordered = [...trades].sort((a, b) => a.netPnl.compare(b.netPnl));
  return {
    trades: trades.length,
    wins: won.length,
    losses: lost.length,
    winRate: trades.length === 0 ? null : (won.length / trades.length) * 100,
    netProfit: sum(net).toString(),
    grossProfit: grossProfit.toString(),
    grossLoss: grossLoss.toString(),
    fees: sum(({ fees }) => fees).toString(),
    funding: sum(({ funding }) => funding).toString(),
    profitFactor: grossLoss.isZero ? null : toDouble(grossProfit) / toDouble(grossLoss),
    expectancy: mean(trades.map((trade) => toDouble(trade.netPnl))),
    expectancyR: mean(risked.map((trade) => toDouble(trade.netPnl) / toDouble(trade.risk))),
    averageWin: mean(won.map((trade) => toDouble(trade.netPnl))),
    averageLoss: mean(lost.map((trade) => toDouble(trade.netPnl))),
    best: ordered.at(-1)?.netPnl.toString() ?? null,
    worst: ordered[0]?.netPnl.toString() ?? null,
    averageHours: mean(trades.map(({ openedAt, closedAt }) => (closedAt.getTime() - openedAt.getTime()) / 3_600_000)),
    averageMae: mean(trades.map(({ maePercent }) => maePercent)),
    averageMfe: mean(trades.map(({ mfePercent }) => mfePercent)),
  };
}

/** Of the equity at the end of each day against that of the day before. */
export function dailyReturns({ days }: Pick<EquityFigures, 'days'>, start: number): number[] {
  const returns: number[] = [];
  let before = start;
  for (const { equity } of days) {
    if (before > 0) returns.push(equity / before - 1);
    before = equity;
  }
  return returns;
}

export function sharpeOf(returns: readonly number[]): number | null {
  const average = mean(returns);
  if (average === null || returns.length < 2) return null;
  const variance = returns.reduce((sum, value) => sum + (value - average) ** 2, 0) / (returns.length - 1);
  return variance > 0 ? finite((average / Math.sqrt(variance)) * Math.sqrt(DAYS_PER_YEAR)) : null;
}

export function sortinoOf(returns: readonly number[]): number | null {
  const average = mean(returns);
  if (average === null || returns.length < 2) return null;
  const downside = returns.reduce((sum, value) => sum + Math.min(0, value) ** 2, 0) / returns.length;
  return downside > 0 ? finite((average / Math.sqrt(downside)) * Math.sqrt(DAYS_PER_YEAR)) : null;
}

function longestLosingStreak(trades: readonly Trade[]): number {
  let [longest, running] = [0, 0];
  for (const { netPnl } of trades) {
    running = netPnl.isNegative ? running + 1 : 0;
    longest = Math.max(longest, running);
  }
  return longest;
}

function grouped(trades: readonly Trade[], by: (trade: Trade) => string): Record<string, TradeFigures> {
  const groups = new Map<string, Trade[]>();
  for (const trade of trades) {
    const group = groups.get(by(trade));
    if (group === undefined) groups.set(by(trade), [trade]);
    else group.push(trade);
  }
  const names = [...groups.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, tradeFigures(groups.get(name) as Trade[])]));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
