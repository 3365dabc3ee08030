/**
 * `/api/alerts`: the log, for staff: what arrived, what it came to and why; carrying one out again; trying a body out.
 */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { pageOf } from '../../platform/http/paging.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { viewerOf } from './alert-tokens.service.js';
import { AlertReplays } from './alert-replays.service.js';
import { ALERT, alertView, TRIED } from './alerts.answers.js';
import { AlertIdParam, ListAlertsQuery, TryAlertBody } from './alerts.dto.js';
import { alertError } from './alerts.errors.js';
import { AlertsRepository } from './alerts.repository.js';

@ApiTags('Alerts')
@ApiBearerAuth()
@Controller('alerts')
@Allow('staff')
export class AlertsController {
  constructor(
    private readonly alerts: AlertsRepository,
    private readonly replays: AlertReplays,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'What arrived as alerts, newest first: everybody’s for administrators, of the own sources for providers',
    description: 'Bodies are shown without their secrets. Kept for ALERT_LOG_DAYS.',
  })
  @Answers({ alerts: [ALERT], next_before_id: orNull(41) })
  async list(@Query() query: ListAlertsQuery, @CurrentUser() caller: UserCaller) {
    const limit = query.limit ?? 50;
    const rows = await this.alerts.list(viewerOf(caller), {
      sourceId: query.source_id ?? null,
      verdict: query.verdict ?? null,
      symbol: query.symbol ?? null,
      from: query.from ?? null,
      to: query.to ?? null,
      beforeId: query.before_id ?? null,
      limit: limit + 1,
    });
    const { items, next_before_id } = pageOf(rows, limit);
    return { ok: true, alerts: items.map(alertView), next_before_id };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One alert: what was read, what it came to, what came of it' })
  @Answers({ alert: ALERT })
  @Fails(alertError, 'ALERT_NOT_FOUND')
  async one(@Param() { id }: AlertIdParam, @CurrentUser() caller: UserCaller) {
    const row = await this.alerts.find(viewerOf(caller), id);
    if (row === undefined) throw alertError('ALERT_NOT_FOUND');
    return { ok: true, alert: alertView(row) };
  }

  @Post(':id/replay')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Carry an alert out again, as if it arrived now; it is read anew and makes an entry of its own',
    description: 'It is held against what the source holds now. Its age is not asked. Audited.',
  })
  @Answers({ alert_id: 42 })
  @Fails(alertError, 'ALERT_NOT_FOUND', 'ALERT_NOT_SETTLED', 'ALERT_UNUSABLE')
  async replay(@Param() { id }: AlertIdParam, @CurrentUser() caller: UserCaller) {
    return { ok: true, alert_id: await this.replays.replay(caller, id) };
  }

  @Post('try')
  @HttpCode(200)
  @ApiOperation({ summary: 'What a body would be read as, and come to; nothing is stored or carried out' })
  @Answers(TRIED)
  @Fails(alertError, 'ALERT_SOURCE_NOT_FOUND')
  async try(@Body() { body, source_id }: TryAlertBody, @CurrentUser() caller: UserCaller) {
    return { ok: true, ...(await this.replays.tryOut(caller, body, source_id)) };
  }
}
