/**
 * What users are told of signals, their trades and their day, as titles and lines, with the data that the app reads.
 * Keeps: the words carry figures as they are stored; `data` is what the app's contract names, decimals as text. Pure.
 */
import type { DailyFigures } from '../../domain/report/daily-report.js';
import type { SignalEventType } from '../../domain/signal/signal.js';
import { composeMail } from '../mail/mail-layout.js';
import type { SignalEventRow, SummaryRow, TradeRow } from './sources.repository.js';
import type { Fact } from './notifier.service.js';

export type Telling = Omit<Fact, 'userId'>;

const UPDATES: Readonly<Partial<Record<SignalEventType, (signal: SignalEventRow) => string>>> = {
  TARGET: ({ target_index }) => `Target ${target_index ?? ''} hit`,
  ALL_TARGETS: () => 'All targets hit',
  STOP: () => 'Stop loss hit',
  CANCELLED: () => 'Cancelled',
  CLOSED: () => 'Closed',
  REDUCED: () => 'A part is closed',
};

/** Events of a signal that users are told of. */
export const TOLD_SIGNAL_EVENTS = ['POSTED', ...Object.keys(UPDATES)] as readonly SignalEventType[];

export function signalTelling(row: SignalEventRow): Telling | undefined {
  const timestamp = row.created_at.toISOString();
  const { signal_id, symbol, side: direction, entry: entry_price, key } = row;
  const data = { signal_id, symbol, direction, entry_price, timestamp };
  if (row.type === 'POSTED') {
    const body = `Entry ${row.entry}, targets ${row.target_prices.join(', ')}, stop ${row.stop_loss}`;
    return {
      event: 'signal',
      key,
      title: `New signal: ${symbol} ${direction}`,
      body,
      data: { type: 'signal', ...data },
    };
  }
  const update = UPDATES[row.type]?.(row);
  if (update === undefined) return undefined;
  const body = row.price === null ? `Signal #${signal_id}` : `Signal #${signal_id} at ${row.price}`;
  const kind = { type: 'signal_update', update: row.type, ...data };
  return { event: 'signal_update', key, title: `${symbol}: ${update.toLowerCase()}`, body, data: kind };
}

/** Undefined for what a trade's owner is told nothing of, such as an order that waits. */
export function tradeTelling(row: TradeRow): Telling | undefined {
  const { position_id, symbol, side: direction, price } = row;
  const timestamp = row.created_at.toISOString();
  const trade = { position_id, symbol };
  if (row.type === 'OPEN') {
    const data = { type: 'trade_start', ...trade, direction, entry_price: row.entry_price, timestamp };
    const body = `${direction} at ${row.entry_price}`;
    return { event: 'trade_start', key: `trade_start:${position_id}`, title: `Trade opened: ${symbol}`, body, data };
  }
  if (!row.is_closed) {
    if (row.type !== 'TP_HIT') return undefined;
    const data = { type: 'trade_target', ...trade, direction, price, timestamp };
    const key = `trade_target:${row.id}`;
    return { event: 'trade_target', key, title: `Target reached: ${symbol}`, body: row.message, data };
  }
  const data = { type: 'trade_end', ...trade, pnl: row.pnl, pnl_percentage: row.pnl_percent, timestamp };
  const isStop = row.type === 'SL_HIT';
  const body = `Result ${signed(row.pnl)} USDT (${signed(row.pnl_percent)} %)`;
  const title = `${isStop ? 'Stopped out' : 'Trade closed'}: ${symbol}`;
  return { event: isStop ? 'trade_stop' : 'trade_end', key: `trade_end:${position_id}`, title, body, data };
}

export function summaryTelling({ day, report }: SummaryRow): Telling {
  const trades = report.total_trades === 1 ? '1 trade' : `${report.total_trades} trades`;
  const body = `${trades}, ${report.winning_trades} won, result ${signed(report.total_pnl_usdt)} USDT`;
  const data = { type: 'daily_summary', date: day, total_trades: report.total_trades, pnl: report.total_pnl_usdt };
  const title = `Your day, ${day}`;
  return { event: 'daily_summary', key: `daily_summary:${day}`, title, body, data, mail: summaryMail(day, report) };
}

const summaryMail = (day: string, report: DailyFigures) => (name: string) =>
  composeMail({
    subject: `Your trades of ${day}`,
    name,
    paragraphs: [`This is what your trades of ${day} (UTC) came to.`],
    facts: [
      ['Trades closed', String(report.total_trades)],
      ['Won and lost', `${report.winning_trades} and ${report.losing_trades} (${report.win_rate_pct} % won)`],
      ['Result', `${signed(report.total_pnl_usdt)} USDT`],
      ['Fees', `${report.fees_usdt} USDT`],
      ['Targets and stops hit', `${report.tp_hits} and ${report.sl_hits}`],
      ...best('Best trade', report.best),
      ...best('Worst trade', report.worst),
    ],
    closing: ['The whole report stands in the app.'],
  });

function best(name: string, trade: DailyFigures['best']): [string, string][] {
  return trade === null ? [] : [[name, `${trade.symbol} ${trade.side}, ${signed(trade.pnl_usdt)} USDT`]];
}

function signed(figure: string): string {
  return /^[-0]/.test(figure) && !/^0\.0*[1-9]/.test(figure) ? figure : `+${figure}`;
}
