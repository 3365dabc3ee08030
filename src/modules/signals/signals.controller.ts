/**
 * `/api/signals`: post, list, read, report. Posting and reporting are for staff and service tokens only.
 */
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { canonicalSymbol } from '../../domain/signal/check-signal.js';
import { SIGNAL_STATUSES } from '../../domain/signal/signal.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, Caller, CurrentUser, OpenInMaintenance } from '../../platform/http/access.js';
import type { CallerIdentity, UserCaller } from '../../platform/http/caller.js';
import { pageOf } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { logContext } from '../../platform/logging/context.js';
import {
  CancelSignalBody,
  CreateSignalBody,
  ListDecisionsQuery,
  ListSignalsQuery,
  signalView,
  SignalView,
  StopLossBody,
  TargetReachedBody,
  toDraft,
} from './signal.dto.js';
import { subscriptionView } from '../users/user.view.js';
import { keyOf } from './idempotency-key.js';
import { decisionView } from './decision.view.js';
import { SignalEvents } from './signal-events.repository.js';
import { signalError } from './signals.errors.js';
import { SignalsRepository } from './signals.repository.js';
import { reportAnswer } from './report-answer.js';
import { SignalsService } from './signals.service.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { plus } from '../../platform/openapi/shape.js';
import { DECISIONS, LIST, POSTED, REPORTED, SIGNAL_DETAIL, SUMMARY } from './signals.answers.js';

const DEFAULT_LIMIT = 50;

@ApiTags('Signals')
@ApiBearerAuth()
@Controller('signals')
export class SignalsController {
  constructor(
    private readonly service: SignalsService,
    private readonly signals: SignalsRepository,
    private readonly events: SignalEvents,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Allow('publisher')
  @ApiSecurity('service')
  @ApiOperation({ summary: 'Post a signal: it is broadcast, and traded for every follower' })
  @Answers(POSTED)
  @Fails(signalError, 'SOURCE_DISABLED', 'SIGNAL_REPEATED', 'IDEMPOTENCY_KEY_REUSED')
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Repeats with the same key have the effect of one',
  })
  async create(
    @Body() body: CreateSignalBody,
    @Caller() caller: CallerIdentity,
    @Headers('idempotency-key') header: string | undefined,
  ) {
    const key = keyOf(header, body.idempotency_key);
    const { signalId, isNew } = await this.service.publish(toDraft(body), caller, key);
    return { ok: true, message: isNew ? 'Signal posted' : 'Signal was posted before', signal_id: signalId };
  }

  @Get()
  @Allow('verified')
  @ApiOperation({ summary: 'Signals, newest first' })
  @Answers(LIST)
  async list(@Query() query: ListSignalsQuery, @CurrentUser() user: UserCaller) {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.signals.list({
      statuses: statusesOf(query.status),
      symbol: query.symbol === undefined ? null : canonicalSymbol(query.symbol),
      side: query.side ?? null,
      source: query.source ?? null,
      from: query.from ?? null,
      to: query.to ?? null,
      beforeId: query.before_id ?? null,
      limit: limit + 1,
    });
    const page = pageOf(rows, limit);
    const signals = page.items.map(signalView);
    const plan = subscriptionView(user.subscription, this.clock.now());
    return { ok: true, signals, count: signals.length, next_before_id: page.next_before_id, ...plan };
  }

  @Get(':id')
  @Allow('verified')
  @ApiOperation({ summary: 'One signal, with its events, your decision, and (for staff) the counts of all decisions' })
  @Answers({ signal: plus(SignalView, SIGNAL_DETAIL) })
  @Fails(signalError, 'SIGNAL_NOT_FOUND')
  async one(@Param() { id }: IdParam, @CurrentUser() user: UserCaller) {
    logContext.add({ signal_id: id });
    const row = await this.signals.find(id);
    if (row === undefined) throw signalError('SIGNAL_NOT_FOUND');
    const [events, own] = await Promise.all([this.events.of(id), this.signals.decisions(id, user.userId, 0, 1)]);
    const counts = user.role === 'user' ? {} : { decisions: await this.signals.decisionCounts(id) };
    const decision = own[0] === undefined ? null : decisionView(own[0], user);
    return { ok: true, signal: { ...signalView(row), version: row.edit_version, events, decision, ...counts } };
  }

  @Get(':id/decisions')
  @Allow('verified')
  @ApiOperation({
    summary: 'Who opened and who was refused, with every gate: your own, or everybody for staff',
    description:
      'Each gate has its input, limit, verdict (PASSED, REFUSED, NOT_SET) and, where it refused, the smallest change that ' +
      'would have admitted. Providers see of others which gates refused, without figures.',
  })
  @Answers(DECISIONS)
  @Fails(signalError, 'SIGNAL_NOT_FOUND')
  async decisions(@Param() { id }: IdParam, @Query() query: ListDecisionsQuery, @CurrentUser() user: UserCaller) {
    if ((await this.signals.find(id)) === undefined) throw signalError('SIGNAL_NOT_FOUND');
    const limit = query.limit ?? DEFAULT_LIMIT;
    const owner = user.role === 'user' ? user.userId : null;
    const rows = await this.signals.decisions(id, owner, query.after_user ?? 0, limit + 1);
    const decisions = rows.slice(0, limit).map((row) => decisionView(row, user));
    const next = rows.length > limit ? (decisions.at(-1)?.user_id ?? null) : null;
    const counts = owner === null ? { counts: await this.signals.decisionCounts(id) } : {};
    return { ok: true, decisions, ...counts, next_after_user: next };
  }

  @Get(':id/decisions/summary')
  @Allow('staff')
  @ApiOperation({ summary: 'How many opened, and how many were refused for what' })
  @Answers(SUMMARY)
  @Fails(signalError, 'SIGNAL_NOT_FOUND')
  async summary(@Param() { id }: IdParam) {
    if ((await this.signals.find(id)) === undefined) throw signalError('SIGNAL_NOT_FOUND');
    const counts = await this.signals.decisionCounts(id);
    return { ok: true, total: counts.reduce((sum, { count }) => sum + count, 0), counts };
  }

  @Post('target-reached')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('publisher')
  @ApiSecurity('service')
  @ApiOperation({ summary: 'Report that a target was reached: its share of every position is closed' })
  @Answers(REPORTED)
  @Fails(signalError, 'SIGNAL_NOT_FOUND', 'NOT_YOUR_SIGNAL', 'SOURCE_DISABLED', 'SIGNAL_ENDED')
  async targetReached(@Body() body: TargetReachedBody, @Caller() caller: CallerIdentity) {
    return reportAnswer(
      await this.service.report({ kind: 'target', ...body }, caller),
      `Target ${body.target_index} taken`,
    );
  }

  @Post('stop-loss')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('publisher')
  @ApiSecurity('service')
  @ApiOperation({ summary: 'Report that the stop was hit: every position of the signal is closed' })
  @Answers(REPORTED)
  @Fails(signalError, 'SIGNAL_NOT_FOUND', 'NOT_YOUR_SIGNAL', 'SOURCE_DISABLED', 'SIGNAL_ENDED')
  async stopLoss(@Body() body: StopLossBody, @Caller() caller: CallerIdentity) {
    return reportAnswer(await this.service.report({ kind: 'stop', ...body }, caller), 'Signal stopped');
  }

  @Post('cancel')
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('publisher')
  @ApiSecurity('service')
  @ApiOperation({ summary: 'Cancel a signal: waiting entries are withdrawn, open positions closed at market' })
  @Answers(REPORTED)
  @Fails(signalError, 'SIGNAL_NOT_FOUND', 'NOT_YOUR_SIGNAL', 'SOURCE_DISABLED', 'SIGNAL_ENDED')
  async cancel(@Body() body: CancelSignalBody, @Caller() caller: CallerIdentity) {
    const report = {
      kind: 'cancel',
      signal_id: body.signal_id,
      reason: body.reason ?? null,
    } as const;
    return reportAnswer(await this.service.report(report, caller), 'Signal cancelled');
  }
}

function statusesOf(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const wanted = text.split(',').map((word) => word.trim());
  const known: readonly string[] = SIGNAL_STATUSES;
  if (wanted.every((word) => known.includes(word))) return wanted;
  throw invalidInput([{ field: 'status', rule: `must be of ${SIGNAL_STATUSES.join(', ')}` }]);
}
