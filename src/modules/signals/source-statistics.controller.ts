/**
 * `/api/sources/:id/statistics`: what following a source exactly has come to, for people who choose whom to follow.
 * Keeps: the same figures for everybody; a disabled source is there for staff alone.
 */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Decimal } from '../../domain/money/decimal.js';
import { asPercent, toJsonNumber } from '../../domain/money/money.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { IntegerField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { decimal, oneOf, orNull } from '../../platform/openapi/shape.js';
import { type SourceFigures, SignalResultsRepository } from './signal-results.repository.js';
import { signalError } from './signals.errors.js';
import { SOURCE_KINDS } from './source.entity.js';
import { SourcesRepository } from './sources.repository.js';

const DAY_MS = 86_400_000;

const USUAL_DAYS = 90;

const STATISTICS = {
  signals: 40,
  live: 2,
  closed: 31,
  wins: 19,
  losses: 12,
  stopped: 11,
  targets_hit: 58,
  win_rate_pct: decimal(61.29),
  avg_pnl_pct: decimal(0.84),
  total_pnl_pct: decimal(26.04),
  best_pnl_pct: orNull(decimal(6.1)),
  worst_pnl_pct: orNull(decimal(-2.5)),
  avg_minutes: orNull(decimal(312.5)),
};

export class StatisticsQuery {
  @IntegerField({ required: false, fromText: true, min: 1, max: 3_650, example: 90, description: 'How far back' })
  days?: number;
}

@ApiTags('Signals')
@ApiBearerAuth()
@Controller('sources/:id/statistics')
export class SourceStatisticsController {
  constructor(
    private readonly sources: SourcesRepository,
    private readonly results: SignalResultsRepository,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Allow('verified')
  @ApiOperation({
    summary: 'How the signals of a source ended, in percent of the price',
    description:
      'Of signals posted in the last `days` that were entered and have ended: an equal share out at each target, the rest at the ' +
      'end, without leverage and fees. Followers’ trades are their own.',
  })
  @Answers({
    source: { id: 1, code: 'house', kind: oneOf(...SOURCE_KINDS), name: 'House engine' },
    days: USUAL_DAYS,
    statistics: STATISTICS,
  })
  @Fails(signalError, 'SOURCE_NOT_FOUND')
  async of(@Param() { id }: IdParam, @Query() { days = USUAL_DAYS }: StatisticsQuery, @CurrentUser() user: UserCaller) {
    const source = await this.sources.shown(id, user.role !== 'user');
    if (source === undefined) throw signalError('SOURCE_NOT_FOUND');
    const since = new Date(this.clock.now().getTime() - days * DAY_MS);
    const [figures] = await this.results.figures([id], since);
    return { ok: true, source, days, statistics: statisticsView(figures) };
  }
}

function statisticsView(row: SourceFigures | undefined) {
  const closed = row?.closed ?? 0;
  const total = Decimal.of(row?.pnl_pct ?? '0');
  const numberOrNull = (text: string | null | undefined) =>
    text === null || text === undefined ? null : toJsonNumber(text);
  return {
    signals: row?.signals ?? 0,
    live: row?.live ?? 0,
    closed,
    wins: row?.wins ?? 0,
    losses: row?.losses ?? 0,
    stopped: row?.stopped ?? 0,
    targets_hit: row?.targets_hit ?? 0,
    win_rate_pct: toJsonNumber(asPercent(Decimal.ofInteger(row?.wins ?? 0), Decimal.ofInteger(closed), 2)),
    avg_pnl_pct: toJsonNumber(closed === 0 ? Decimal.ZERO : total.dividedBy(Decimal.ofInteger(closed), 4, 'half_even')),
    total_pnl_pct: toJsonNumber(total),
    best_pnl_pct: numberOrNull(row?.best_pct),
    worst_pnl_pct: numberOrNull(row?.worst_pct),
    avg_minutes: numberOrNull(row?.minutes),
  };
}
