/**
 * `/api/house-signals` for people: the bots' live signals for whom the plan includes them, and figures for administrators.
 */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HOUSE_SOURCE_CODES, houseSourceCode } from '../../domain/signal/house.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, Entitled } from '../../platform/http/access.js';
import { Answers } from '../../platform/openapi/answers.js';
import {
  HOUSE_POSITION,
  HOUSE_SIGNAL,
  housePositionView,
  houseSignalView,
  PERFORMANCE,
  performanceView,
} from './house-signals.answers.js';
import { HousePositionsQuery, HouseSignalsQuery } from './house-signals.dto.js';
import { type HouseFilter, HouseSignalsRepository } from './house-signals.repository.js';
import { HouseSignals } from './house-signals.service.js';

const DAY_MS = 86_400_000;

/** Live signals that the app shows at most. */
const SHOWN = 50;

const DEFAULT_LIMIT = 100;

@ApiTags('House signals')
@ApiBearerAuth()
@Controller('house-signals')
export class HouseSignalsController {
  constructor(
    private readonly house: HouseSignals,
    private readonly rows: HouseSignalsRepository,
    private readonly clock: Clock,
  ) {}

  @Get('live')
  @Allow('verified')
  @Entitled('signals')
  @ApiOperation({ summary: 'Live signals of the last 24 hours, newest first, at most 50; for VIP and PREMIUM' })
  @Answers({ signals: [HOUSE_SIGNAL], count: 1 })
  async live() {
    const since = new Date(this.clock.now().getTime() - DAY_MS);
    const signals = (await this.rows.live(await this.house.sourceIds(), since, SHOWN)).map(houseSignalView);
    return { ok: true, signals, count: signals.length };
  }

  @Get('admin/signals')
  @Allow('admin')
  @ApiOperation({ summary: 'Signals of the bots, newest first' })
  @Answers({ signals: [HOUSE_SIGNAL], total: 1, limit: 100, offset: 0 })
  async signals(@Query() query: HouseSignalsQuery) {
    const filter = filterOf(query, query.status ?? 'ACTIVE');
    const ids = await this.house.sourceIds(filter.codes);
    const [rows, total] = await Promise.all([this.rows.signals(ids, filter), this.rows.count(ids, filter)]);
    return { ok: true, signals: rows.map(houseSignalView), total, limit: filter.limit, offset: filter.offset };
  }

  @Get('admin/positions')
  @Allow('admin')
  @ApiOperation({
    summary: 'What following each signal exactly has come to, newest first',
    description:
      'Percentages are of the price, without leverage. `mfe` and `mae` are the best and worst that the market reached meanwhile.',
  })
  @Answers({ positions: [HOUSE_POSITION], count: 1 })
  async positions(@Query() query: HousePositionsQuery) {
    const filter = filterOf(query, query.status ?? 'OPEN');
    const rows = await this.rows.positions(await this.house.sourceIds(filter.codes), filter);
    return { ok: true, positions: rows.map(housePositionView), count: rows.length };
  }

  @Get('admin/performance')
  @Allow('admin')
  @ApiOperation({ summary: 'What the signals of each bot have come to that were entered and have ended' })
  @Answers(PERFORMANCE)
  async performance() {
    return { ok: true, ...performanceView(await this.house.figures()) };
  }
}

type Status = HouseFilter['statuses'][number];

function filterOf(
  { source, limit, offset }: HouseSignalsQuery | HousePositionsQuery,
  status: Status | 'ALL',
): HouseFilter {
  return {
    statuses: status === 'ALL' ? [] : [status],
    codes: source === undefined ? HOUSE_SOURCE_CODES : [houseSourceCode(source)],
    limit: limit ?? DEFAULT_LIMIT,
    offset: offset ?? 0,
  };
}
