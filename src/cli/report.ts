/**
 * `npm run report -- [--date YYYY-MM-DD]`: shows the platform's report of a day as a table; makes it when the day is over
 * and it is missing. Without a date: the newest day that is over.
 */
import { parseArgs } from 'node:util';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/schema.js';
import type { DailyFigures } from '../domain/report/daily-report.js';
import { lastEnded, windowOf } from '../modules/reports/report-window.js';
import { ReportsRepository } from '../modules/reports/reports.repository.js';
import { ReportsService } from '../modules/reports/reports.service.js';
import { Clock } from '../platform/clock/clock.js';
import { withApplication } from './command-application.js';

const { values } = parseArgs({ options: { date: { type: 'string' } } });

await withApplication(async (app) => {
  const at = app.get<Config>(CONFIG).reports.DAILY_REPORT_AT;
  const now = app.get(Clock).now();
  const day = values.date ?? lastEnded(now, at).day;
  const parsed = Date.parse(day);
  if (Number.isNaN(parsed) || new Date(parsed).toISOString().slice(0, 10) !== day)
    throw new TypeError('--date must be a day such as 2026-01-31');
  const window = windowOf(day, at);
  const isOver = window.to <= now;
  if (isOver) await app.get(ReportsService).make(day);
  const reports = app.get(ReportsRepository);
  const figures = (await reports.find(null, day))?.report ?? (await reports.compute(null, window));
  print(day, isOver, figures);
});

function print(day: string, isOver: boolean, figures: DailyFigures): void {
  console.log(`Daily report ${day}${isOver ? '' : ' (so far)'}`);
  console.table({
    trades: figures.total_trades,
    wins: figures.winning_trades,
    losses: figures.losing_trades,
    'win rate %': figures.win_rate_pct,
    'total PnL USDT': figures.total_pnl_usdt,
    'total profit %': figures.total_profit_pct,
    'target hits': figures.tp_hits,
    'stop hits': figures.sl_hits,
    best: figures.best === null ? '-' : `${figures.best.symbol} ${figures.best.profit_pct} %`,
    worst: figures.worst === null ? '-' : `${figures.worst.symbol} ${figures.worst.profit_pct} %`,
  });
  if (figures.symbols.length > 0) console.table(figures.symbols);
}
