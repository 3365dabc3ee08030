/**
 * What the signal engine sends: `/api/house-signals/ingest`, and under both its paths the closings and targets of its own
 * signals. Keeps: 200 and nothing else means success, because the engine takes every other status for a failure.
 */
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Allow, OpenInMaintenance } from '../../platform/http/access.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { authError } from '../auth/auth.errors.js';
import { signalError } from '../signals/signals.errors.js';
import { HouseReports } from './house-reports.service.js';
import { CLOSED, STATS, statsView, TARGET_HIT } from './house-signals.answers.js';
import { HouseCloseBody, HouseTargetBody, IngestBody } from './house-signals.dto.js';
import { houseSignalError } from './house-signals.errors.js';
import { HouseSignals } from './house-signals.service.js';

@ApiTags('House signals')
@ApiSecurity('service')
@Controller()
@Allow('house')
export class HouseEngineController {
  constructor(
    private readonly house: HouseSignals,
    private readonly reports: HouseReports,
  ) {}

  @Post('house-signals/ingest')
  @HttpCode(200)
  @ApiOperation({
    summary: 'A bot’s signal: broadcast, and traded for every follower',
    description: 'The same `metadata.signal_id` again answers the first signal and does nothing.',
  })
  @Answers({ signal_id: 1, message: 'Signal posted' })
  @Fails(signalError, 'SOURCE_DISABLED', 'SIGNAL_REPEATED', 'IDEMPOTENCY_KEY_REUSED')
  @Fails(authError, 'SERVICE_TOKEN_REFUSED', 'SERVICE_TOKEN_UNSET')
  async ingest(@Body() body: IngestBody) {
    const { signalId, isNew } = await this.house.ingest(body);
    return { ok: true, signal_id: signalId, message: isNew ? 'Signal posted' : 'Signal was posted before' };
  }

  @Post(['house-signals/close', 'signals/close'])
  @OpenInMaintenance()
  @HttpCode(200)
  @ApiOperation({
    summary: 'The engine closed its signal: what is open of it is closed at the market’s price',
    description:
      'TP counts as all targets hit, SL as the stop, the others cancel the signal. Also under `X-Webhook-Secret`.',
  })
  @Answers(CLOSED)
  @Fails(houseSignalError, 'HOUSE_SIGNAL_NOT_LIVE')
  @Fails(signalError, 'SOURCE_DISABLED')
  @Fails(authError, 'SERVICE_TOKEN_REFUSED', 'SERVICE_TOKEN_UNSET')
  async close(@Body() body: HouseCloseBody) {
    return { ok: true, status: 'success', outcome: await this.reports.close(body) };
  }

  @Post(['house-signals/tp-hit', 'signals/tp-hit'])
  @OpenInMaintenance()
  @HttpCode(200)
  @ApiOperation({ summary: 'The engine saw the next target: its share of every position is closed' })
  @Answers(TARGET_HIT)
  @Fails(houseSignalError, 'HOUSE_SIGNAL_NOT_LIVE')
  @Fails(signalError, 'SOURCE_DISABLED')
  @Fails(authError, 'SERVICE_TOKEN_REFUSED', 'SERVICE_TOKEN_UNSET')
  async targetHit(@Body() body: HouseTargetBody) {
    return { ok: true, status: 'success', outcome: await this.reports.targetHit(body) };
  }

  @Get(['house-signals/stats', 'signals/stats'])
  @ApiOperation({ summary: 'What the bots’ signals have come to' })
  @Answers(STATS)
  @Fails(authError, 'SERVICE_TOKEN_REFUSED', 'SERVICE_TOKEN_UNSET')
  async stats() {
    const rows = await this.house.figures();
    return { ok: true, status: 'success', stats: statsView(rows) };
  }
}
