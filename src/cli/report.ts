/**
 * `npm run report -- [--date YYYY-MM-DD] [--publish]`: shows the platform's report of a day as a table, without a date that
 * of the newest day that is over. Keeps: showing changes nothing and tells nobody; only `--publish` stores the report of a
 * day that is over, and has it told to the groups when it is the newest.
 */
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/schema.js';
import type { DailyFigures } from '../domain/report/daily-report.js';
import { lastEnded, windowOf } from '../modules/reports/report-window.js';
import { ReportsRepository } from '../modules/reports/reports.repository.js';
import { ReportsService } from '../modules/reports/reports.service.js';
import { Clock } from '../platform/clock/clock.js';
import { withApplication } from './command-application.js';
import { optionsOf } from './command-options.js';

const USAGE = 'npm run report -- [--date 2026-01-31] [--publish]';

const values = optionsOf(USAGE, { date: { type: 'string' }, publish: { type: 'boolean' } });

await withApplication(async (app) => {
  const at = app.get<Config>(CONFIG).reports.DAILY_REPORT_AT;
  const now = app.get(Clock).now();
  const day = values.date ?? lastEnded(now, at).day;
  const parsed = Date.parse(day);
  if (Number.isNaN(parsed) || new Date(parsed).toISOString().slice(0, 10) !== day)
    throw new TypeError(`--date must be a day such as 2026-01-31. Usage: ${USAGE}`);
  if (values.publish === true) {
    const isNew = await app.get(ReportsService).publish(day);
    console.log(isNew ? `Stored the report of ${day}.` : `The report of ${day} had been stored before.`);
  }
  const window = windowOf(day, at);
  const reports = app.get(ReportsRepository);
  const stored = await reports.find(null, day);
  if (stored !== undefined) return print(`Daily report ${day}`, stored.report);
  const why = window.to > now ? 'the day is not over' : 'nothing is stored; --publish makes it';
  print(`Daily report ${day}, not final (${why})`, await reports.compute(null, window));
});

function print(title: string, figures: DailyFigures): void {
  console.log(title);
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
