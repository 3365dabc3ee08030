/**
 * `/api/reports`: the daily report, one's own or (for staff) the platform's.
 */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { toJsonNumber } from '../../domain/money/money.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { ChoiceField, DayField } from '../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../platform/http/paging.js';
import { current, lastEnded, type ReportWindow } from './report-window.js';
import type { DailyFigures, TradeFigures } from '../../domain/report/daily-report.js';
import { ReportsRepository } from './reports.repository.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { reportError } from './reports.errors.js';

const SCOPES = ['own', 'platform'] as const;
type Scope = (typeof SCOPES)[number];

export class DailyReportQuery {
  @DayField({ required: false, description: 'Without it: the running day so far' })
  date?: string;

  @ChoiceField(SCOPES, { required: false, description: 'platform is for staff, and their default' })
  scope?: Scope;
}

export class ReportsQuery extends PageQuery {
  @ChoiceField(SCOPES, { required: false })
  scope?: Scope;
}

export class TradeView {
  @ApiProperty({ example: 4 }) position_id: number;
  @ApiProperty({ example: 'BTCUSDT' }) symbol: string;
  @ApiProperty({ enum: ['LONG', 'SHORT'] }) side: string;
  @ApiProperty({ example: 3.2, description: 'USDT, net of fees' }) pnl_usdt: number;
  @ApiProperty({ example: 6.4, description: 'Percent of the margin at entry' }) profit_pct: number;
}

export class SymbolView {
  @ApiProperty({ example: 'BTCUSDT' }) symbol: string;
  @ApiProperty({ example: 3 }) trades: number;
  @ApiProperty({ example: 5.1, description: 'USDT, net of fees' }) pnl_usdt: number;
  @ApiProperty({ example: 10.2 }) profit_pct: number;
}

export class DailyReportView {
  @ApiProperty({ example: '2026-01-31' }) date: string;
  @ApiProperty({ enum: SCOPES }) scope: string;
  @ApiProperty({ description: 'False while the day is running' }) final: boolean;
  @ApiProperty({ example: 12 }) total_trades: number;
  @ApiProperty({ example: 8 }) winning_trades: number;
  @ApiProperty({ example: 4 }) losing_trades: number;
  @ApiProperty({ example: 14.2, description: 'USDT, net of fees' }) total_pnl_usdt: number;
  @ApiProperty({ example: 66.67 }) win_rate_pct: number;
  @ApiProperty({ example: 31.4, description: 'Sum over trades of PnL in percent of the margin' })
  total_profit_pct: number;
  @ApiProperty({ example: 2.62 }) average_profit_pct: number;
  @ApiProperty({ example: 1.1 }) fees_usdt: number;
  @ApiProperty({ example: 15 }) tp_hits: number;
  @ApiProperty({ example: 4 }) sl_hits: number;
  @ApiProperty({ type: TradeView, nullable: true }) best: TradeView | null;
  @ApiProperty({ type: TradeView, nullable: true }) worst: TradeView | null;
  @ApiProperty({ type: [SymbolView] }) symbols: SymbolView[];
}

@ApiTags('Reports')
@ApiBearerAuth()
@Controller('reports')
export class ReportsController {
  constructor(
    private readonly reports: ReportsRepository,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('daily')
  @Allow('signed_in')
  @ApiOperation({ summary: 'The report of a day, or of the running day so far' })
  @Answers({ report: DailyReportView })
  @Fails(reportError, 'REPORT_NOT_FOUND', 'NOT_ALLOWED')
  async daily(@Query() query: DailyReportQuery, @CurrentUser() user: UserCaller) {
    const { scope, owner } = scopeOf(query.scope, user);
    const running = current(this.clock.now(), this.config.reports.DAILY_REPORT_AT);
    const day = query.date ?? running.day;
    const stored = await this.reports.find(owner, day);
    if (stored !== undefined) return { ok: true, report: reportView(day, scope, true, stored.report) };
    const open = await this.#stillOpen(day, running);
    if (open === undefined) throw reportError('REPORT_NOT_FOUND');
    return { ok: true, report: reportView(day, scope, false, await this.reports.compute(owner, open)) };
  }

  @Get()
  @Allow('signed_in')
  @ApiOperation({ summary: 'Stored daily reports, newest day first' })
  @Answers({ reports: [DailyReportView], count: 1, next_before_id: orNull(1) })
  @Fails(reportError, 'NOT_ALLOWED')
  async list(@Query() query: ReportsQuery, @CurrentUser() user: UserCaller) {
    const { scope, owner } = scopeOf(query.scope, user);
    const limit = query.limit ?? 30;
    const rows = await this.reports.list(owner, query.before_id, limit + 1);
    const page = pageOf(rows, limit);
    const reports = page.items.map((row) => reportView(row.day, scope, true, row.report));
    return { ok: true, reports, count: reports.length, next_before_id: page.next_before_id };
  }

  /** The running day, or the one that has just ended and whose report is not made yet. */
  async #stillOpen(day: string, running: ReportWindow): Promise<ReportWindow | undefined> {
    if (day === running.day) return running;
    const ended = lastEnded(this.clock.now(), this.config.reports.DAILY_REPORT_AT);
    if (day !== ended.day || (await this.reports.find(null, day)) !== undefined) return undefined;
    return ended;
  }
}

function scopeOf(wanted: Scope | undefined, user: UserCaller): { scope: Scope; owner: number | null } {
  const isStaff = user.role !== 'user';
  if (wanted === 'platform' && !isStaff) throw reportError('NOT_ALLOWED');
  const scope = wanted ?? (isStaff ? 'platform' : 'own');
  return { scope, owner: scope === 'platform' ? null : user.userId };
}

function reportView(date: string, scope: Scope, final: boolean, figures: DailyFigures): DailyReportView {
  return {
    ...figures,
    date,
    scope,
    final,
    total_pnl_usdt: toJsonNumber(figures.total_pnl_usdt),
    win_rate_pct: toJsonNumber(figures.win_rate_pct),
    total_profit_pct: toJsonNumber(figures.total_profit_pct),
    average_profit_pct: toJsonNumber(figures.average_profit_pct),
    fees_usdt: toJsonNumber(figures.fees_usdt),
    best: tradeView(figures.best),
    worst: tradeView(figures.worst),
    symbols: figures.symbols.map((symbol) => ({
      ...symbol,
      pnl_usdt: toJsonNumber(symbol.pnl_usdt),
      profit_pct: toJsonNumber(symbol.profit_pct),
    })),
  };
}

function tradeView(trade: TradeFigures | null): TradeView | null {
  if (trade === null) return null;
  return { ...trade, pnl_usdt: toJsonNumber(trade.pnl_usdt), profit_pct: toJsonNumber(trade.profit_pct) };
}
