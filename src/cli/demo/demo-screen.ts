/**
 * The demo's screens as lines of text: the live table and the report at the end.
 * Keeps: pure; no line is longer than 80 characters, so that an ordinary terminal never wraps; amounts are rounded for
 * the eye only.
 */
import { Decimal, type DecimalText } from '../../domain/money/decimal.js';
import type { DemoReport } from './demo-api.js';
import { type DemoFigures, type SignalFigures, totalsOf } from './demo-figures.js';

export interface DemoView {
  readonly seconds: number;
  readonly followers: number;
  readonly trading: number;
  readonly figures: DemoFigures;
  readonly prices: ReadonlyMap<string, string>;
}

const WIDTH = 80;
const LABELS = ['Signal', 'Status', 'Price', 'Opened', 'Refused', 'TP hits', 'Stops', 'PnL USDT'] as const;
const WIDTHS = [21, 10, 9, 7, 8, 8, 6, 11] as const;
const LEFT = 2;

/** The live table. */
export function tableLines(view: DemoView): string[] {
  const { figures } = view;
  const totals = totalsOf(figures);
  const idle = view.followers - view.trading;
  const { messages, sent, waiting, last } = figures.broadcasts;
  return [
    `VerzekAutoTrader demo: paper money, simulated prices, ${clock(view.seconds)}`,
    '',
    row(LABELS),
    ...figures.signals.map((signal) => row(signalCells(signal, view.prices))),
    row([
      'all',
      '',
      '',
      String(totals.opened),
      String(totals.refused),
      String(totals.target_hits),
      String(totals.stop_hits),
      amount(totals.pnl_usdt),
    ]),
    '',
    `Followers   ${view.followers}: ${view.trading} auto-trading, ${idle} only watching; ${totals.live} positions live`,
    ...refusalLines(figures.refusals),
    `Broadcasts  ${messages} messages, ${sent} delivered${waiting === 0 ? '' : `, ${waiting} on their way`}`,
    ...(last === '' ? [] : [`            ${last}`]),
  ].map(clipped);
}

/** The same in one line, for where nothing can be redrawn. */
export function progressLine(view: DemoView): string {
  const totals = totalsOf(view.figures);
  const statuses = view.figures.signals.map((signal) => `${signal.symbol} ${signal.status}`).join(', ');
  return [
    `${clock(view.seconds)}  ${statuses}`,
    `opened ${totals.opened}, refused ${totals.refused}, live ${totals.live}`,
    `targets ${totals.target_hits}, stops ${totals.stop_hits}, PnL ${amount(totals.pnl_usdt)} USDT`,
    `broadcasts ${view.figures.broadcasts.messages}`,
  ].join('; ');
}

/** The daily report as the server gives it. */
export function reportLines(report: DemoReport): string[] {
  const symbols = report.symbols.map(({ symbol, trades, pnl_usdt, profit_pct }) =>
    [
      `  ${symbol.padEnd(10)}`,
      `${trades} trades`.padStart(11),
      `${number(pnl_usdt)} USDT`.padStart(16),
      `${number(profit_pct)} %`.padStart(14),
    ].join(''),
  );
  return [
    `Daily report ${report.date}, so far`,
    `  Trades      ${report.total_trades}: ${report.winning_trades} won, ${report.losing_trades} lost, win rate ${report.win_rate_pct} %`,
    `  Hits        ${report.tp_hits} targets, ${report.sl_hits} stops`,
    `  PnL         ${number(report.total_pnl_usdt)} USDT after ${number(report.fees_usdt)} of fees`,
    ...symbols,
  ].map(clipped);
}

function signalCells(signal: SignalFigures, prices: ReadonlyMap<string, string>): string[] {
  return [
    `${signal.symbol} ${signal.side} ${signal.entry}`,
    signal.status,
    prices.get(signal.symbol) ?? '-',
    String(signal.opened),
    String(signal.refused),
    String(signal.target_hits),
    String(signal.stop_hits),
    amount(signal.pnl_usdt),
  ];
}

function refusalLines(refusals: DemoFigures['refusals']): string[] {
  const parts = refusals.map(({ reason, count }) => `${reason} ${count}`);
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last === undefined || last.length + part.length + 2 > WIDTH - 12) lines.push(part);
    else lines[lines.length - 1] = `${last}, ${part}`;
  }
  if (lines.length === 0) return ['Refused     nobody yet'];
  return lines.map((line, index) => `${index === 0 ? 'Refused     ' : '            '}${line}`);
}

function row(cells: readonly string[]): string {
  const columns = cells.map((cell, index) => {
    const width = WIDTHS[index] ?? 0;
    return index < LEFT ? cell.padEnd(width) : cell.padStart(width);
  });
  return columns.join('').trimEnd();
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}

/** Two decimal places and a sign. */
function amount(value: DecimalText): string {
  const rounded = Decimal.of(value).rounded(2, 'half_even');
  const [whole = '', fraction = ''] = rounded.abs().toString().split('.');
  const sign = rounded.isNegative ? '-' : rounded.isZero ? '' : '+';
  return `${sign}${whole}.${fraction.padEnd(2, '0')}`;
}

function number(value: number): string {
  return value.toFixed(2);
}

function clipped(line: string): string {
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`;
}
