/**
 * The report of a run as one HTML page.
 * Keeps: self-contained: no script, no network, not even where a text tries (its content policy forbids all but its own
 * style); the same result is the same page.
 */
import { Decimal } from '../../money/decimal.js';
import { type Metrics, metricsTable, type TradeFigures } from '../metrics.js';
import { toDouble } from '../../money/double.js';
import type { BacktestResult } from '../run.js';
import type { Trade } from '../trade.js';
import { chart } from './chart.js';
import { escaped, figure, moment, table } from './markup.js';
import { monthsOf } from './months.js';

/** Trades in the page at most: the last ones; the CSV has all. */
const MOST_TRADES = 2_000;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface ReportHead {
  readonly title: string;
  /** What the run was made with: names and values, in order. */
  readonly setup: readonly (readonly [string, string])[];
  /** What analyses found, each as a table. */
  readonly sections?: readonly ReportSection[];
}

export interface ReportSection {
  readonly title: string;
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

const STYLE = `:root{color-scheme:light dark;--line:#1f6feb;--loss:#cf222e;--faint:#8884}
body{font:14px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}p{max-width:70ch}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid var(--faint);white-space:nowrap}
th:first-child,td:first-child{text-align:left}.loss{color:var(--loss)}
figure{margin:1rem 0}svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}.y{text-anchor:end;dominant-baseline:middle}
.grid{stroke:var(--faint)}.line,.fall{fill:none;stroke:var(--line);stroke-width:1.5}.fall{stroke:var(--loss)}
.area{fill:var(--line);opacity:.08}.fall-area{fill:var(--loss);opacity:.15}`;

export function htmlReport(result: BacktestResult, head: ReportHead): string {
  const { total, bySymbol, bySide, byReason } = metricsTable(result);
  const { points } = result.equity;
  const sections = (head.sections ?? []).map(sectionOf).join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(head.title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(head.title)}</h1>
<p>${escaped(`${moment(result.from)} to ${moment(result.to)} UTC, ${result.symbols.join(', ')}, ${result.candles} candles`)}</p>
${table(['', ''], head.setup)}
<h2>Result</h2>
${table(['', ''], summaryRows(result, total))}
${chart(
  points.map(({ at, equity }) => ({ at, value: equity })),
  { title: 'Equity', unit: 'USDT', height: 300 },
)}
${chart(
  points.map(({ at, drawdownPercent }) => ({ at, value: drawdownPercent })),
  { title: 'Drawdown', unit: 'percent', height: 160, isFall: true },
)}
<h2>Months</h2>
${monthsTable(result)}
${sections}
<h2>By symbol</h2>
${groupTable(bySymbol)}
<h2>By side</h2>
${groupTable(bySide)}
<h2>By reason of the exit</h2>
${groupTable(byReason)}
${countTable('Signals that were refused', result.refusals)}
${countTable('Decisions of the strategy', result.decisions)}
<h2>Trades</h2>
${tradesTable(result.trades)}
</body></html>
`;
}

function sectionOf({ title, note, head, rows }: ReportSection): string {
  const text = note === undefined ? '' : `<p>${escaped(note)}</p>`;
  return `<h2>${escaped(title)}</h2>${text}${table(head, rows)}`;
}

/** The figures of a run in the order in which people ask for them: name and text. */
export function summaryRows(result: BacktestResult, total: Metrics): [string, string][] {
  const amount = (text: string | null) => (text === null ? '–' : figure(toDouble(Decimal.of(text))));
  const money = (text: string) => `${amount(text)} USDT`;
  const percent = (value: number | null) => (value === null ? '–' : `${figure(value)} %`);
  return [
    ['Balance', `${money(result.initialBalance)} to ${money(result.finalBalance)}`],
    ['Net profit', `${money(total.netProfit)} (${percent(total.netProfitPercent)})`],
    ['Growth per year (CAGR)', percent(total.cagr)],
    ['Sharpe ratio', figure(total.sharpe)],
    ['Sortino ratio', figure(total.sortino)],
    ['Calmar ratio', figure(total.calmar)],
    ['Max drawdown', `${percent(total.maxDrawdownPercent)} (${figure(total.maxDrawdownUsdt)} USDT)`],
    ['Longest drawdown', `${figure(total.longestDrawdownDays, 1)} days`],
    ['Trades', `${total.trades} (${total.wins} won, ${total.losses} lost)`],
    ['Win rate', percent(total.winRate)],
    ['Profit factor', figure(total.profitFactor)],
    ['Expectancy', `${figure(total.expectancy, 4)} USDT a trade, ${figure(total.expectancyR, 3)} R`],
    ['Average win, loss', `${figure(total.averageWin)}, ${figure(total.averageLoss)} USDT`],
    ['Best, worst', `${amount(total.best)}, ${amount(total.worst)} USDT`],
    ['Average MAE, MFE', `${figure(total.averageMae)} %, ${figure(total.averageMfe)} %`],
    ['Average time in a trade', `${figure(total.averageHours)} hours`],
    ['Exposure', percent(total.exposurePercent)],
    ['Longest losing streak', String(total.longestLosingStreak)],
    ['Fees, funding', `${money(total.fees)}, ${money(total.funding)}`],
    ['Signals', `${result.signals}, of which ${result.unfilled} never filled`],
  ];
}

function monthsTable(result: BacktestResult): string {
  const years = monthsOf(result.equity, toDouble(Decimal.of(result.initialBalance)));
  const text = (value: number | null) => (value === null ? '' : figure(value));
  return table(
    ['Year', ...MONTHS, 'Year %'],
    years.map(({ year, months, total }) => [String(year), ...months.map(text), figure(total)]),
  );
}

function groupTable(groups: Readonly<Record<string, TradeFigures>>): string {
  const rows = Object.entries(groups).map(([name, figures]) => [
    name,
    String(figures.trades),
    figure(figures.winRate),
    figure(toDouble(Decimal.of(figures.netProfit))),
    figure(figures.profitFactor),
    figure(figures.expectancyR, 3),
    figure(toDouble(Decimal.of(figures.fees))),
    figure(toDouble(Decimal.of(figures.funding))),
  ]);
  return table(['', 'Trades', 'Win %', 'Net USDT', 'Factor', 'R', 'Fees', 'Funding'], rows);
}

function countTable(title: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).map(([name, count]) => [name, String(count)]);
  return rows.length === 0 ? '' : `<h2>${escaped(title)}</h2>${table(['Reason', 'Times'], rows)}`;
}

function tradesTable(trades: readonly Trade[]): string {
  const shown = trades.slice(-MOST_TRADES);
  const note = shown.length < trades.length ? `<p>The last ${shown.length} of ${trades.length}.</p>` : '';
  const rows = shown.map((trade) => [
    trade.symbol,
    trade.side,
    moment(trade.openedAt),
    moment(trade.closedAt),
    trade.entryPrice.toString(),
    trade.exitPrice.toString(),
    trade.qty.toString(),
    figure(toDouble(trade.netPnl), 4),
    figure(toDouble(trade.fees.plus(trade.funding)), 4),
    figure(trade.maePercent),
    figure(trade.mfePercent),
    trade.reason,
  ]);
  const head = [
    'Symbol',
    'Side',
    'Opened',
    'Closed',
    'Entry',
    'Exit',
    'Quantity',
    'Net USDT',
    'Costs',
    'MAE %',
    'MFE %',
    'Exit by',
  ];
  return note + table(head, rows);
}
