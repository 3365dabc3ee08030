/**
 * `/api/positions`: own lists, one with its history, closing; admins may read anybody's, which is audited.
 * Keeps: what is not the caller's own is answered as missing.
 */
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Decimal } from '../../domain/money/decimal.js';
import { floorToStep } from '../../domain/money/money.js';
import { isTerminalPosition } from '../../domain/position/position-status.js';
import { StaffReads } from '../../platform/audit/staff-reads.interceptor.js';
import { Allow, CurrentUser, OpenInMaintenance, OpenToOldApps, OwnPath } from '../../platform/http/access.js';
import { callContext } from '../../platform/http/call-context.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { DecimalField, IntegerField } from '../../platform/http/fields.js';
import { pageOf } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { logContext } from '../../platform/logging/context.js';
import { WorkWaiter } from '../../platform/work/work-waiter.js';
import { filterOf, ListPositionsQuery, olderWord, UserPositionsQuery } from './position-search.js';
import { PositionEditRequests } from './position-edit-requests.repository.js';
import type { NewWork } from '../../platform/work/work-queue.js';
import { positionCloseWork } from './position-work.js';
import { PositionView } from './position.view.js';
import { PositionViews } from './position-views.service.js';
import { positionError } from './positions.errors.js';
import { TradePlansRepository } from '../trade-plans/trade-plans.repository.js';
import { type PositionListRow, PositionsRepository } from './positions.repository.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { plus } from '../../platform/openapi/shape.js';
import { POSITION_DETAIL, POSITIONS, USER_POSITIONS } from './positions.answers.js';

const DEFAULT_LIMIT = 100;
const KEY = /^[\x21-\x7e]{1,128}$/;

export class UserIdParam {
  @IntegerField({ fromText: true, min: 1 })
  user_id: number;
}

export class ClosePositionBody {
  @IntegerField({ min: 1, example: 1 })
  position_id: number;

  @DecimalField({
    required: false,
    nullable: 'null_absent',
    above: '0',
    description: 'In the base asset, rounded down to whole lots; without it everything is closed',
  })
  qty?: string;
}

@ApiTags('Positions')
@ApiBearerAuth()
@Controller('positions')
export class PositionsController {
  constructor(
    private readonly positions: PositionsRepository,
    private readonly plans: TradePlansRepository,
    private readonly requests: PositionEditRequests,
    private readonly waiter: WorkWaiter,
    private readonly randomness: Randomness,
    private readonly views: PositionViews,
  ) {}

  @Get()
  @OpenInMaintenance()
  @Allow('signed_in')
  @ApiOperation({ summary: 'Your positions, newest first, with live PnL' })
  @Answers(POSITIONS)
  list(@Query() query: ListPositionsQuery, @CurrentUser() user: UserCaller) {
    return this.#page(user.userId, query);
  }

  @Get('detail/:id')
  @OpenInMaintenance()
  @Allow('signed_in')
  @UseInterceptors(StaffReads)
  @ApiOperation({ summary: 'One position with its orders, fills, targets and log, and the plan that it is managed by' })
  @Answers({ position: plus(PositionView, POSITION_DETAIL) })
  @Fails(positionError, 'POSITION_NOT_FOUND')
  async one(@Param() { id }: IdParam, @CurrentUser() user: UserCaller) {
    const row = await this.positions.find(user.role === 'admin' ? null : user.userId, id);
    if (row === undefined) throw positionError('POSITION_NOT_FOUND');
    callContext.shows(row.user_id);
    const [history, plan] = await Promise.all([
      this.positions.history(id),
      row.plan_id === null ? undefined : this.plans.body(row.plan_id),
    ]);
    const [view] = await this.views.of([row]);
    const trade_plan = plan === undefined ? null : { values: plan.values, reasons: plan.reasons };
    return { ok: true, position: { ...(view as PositionView), ...history, trade_plan } };
  }

  @Get(':user_id')
  @OpenInMaintenance()
  @Allow('signed_in')
  @OwnPath('user_id')
  @ApiOperation({ summary: 'Positions of one user: your own, or anybody’s for admins' })
  @Answers(USER_POSITIONS)
  async ofUser(@Param() { user_id }: UserIdParam, @Query() query: UserPositionsQuery) {
    const page = await this.#page(user_id, query);
    const status = olderWord(query);
    if (status === undefined) return page;
    return { ...page, positions: page.positions.map((position) => ({ ...position, status })) };
  }

  @Post('close')
  @OpenToOldApps()
  @OpenInMaintenance()
  @HttpCode(200)
  @Allow('verified')
  @ApiOperation({ summary: 'Close a position at market, whole or in part' })
  @AnswersMessage('Position closed')
  @Fails(positionError, 'POSITION_NOT_FOUND', 'POSITION_CLOSED', 'POSITION_PENDING', 'IDEMPOTENCY_KEY_REUSED')
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Makes repeats of a partial close harmless' })
  async close(
    @Body() body: ClosePositionBody,
    @CurrentUser() user: UserCaller,
    @Headers('idempotency-key') key: string | undefined,
  ) {
    if (key !== undefined && !KEY.test(key)) {
      throw invalidInput([{ field: 'Idempotency-Key', rule: 'must be 1 to 128 printable characters without blanks' }]);
    }
    const row = await this.positions.find(user.userId, body.position_id);
    if (row === undefined) throw positionError('POSITION_NOT_FOUND');
    if (row.signal_id !== null) logContext.add({ signal_id: row.signal_id });
    const requestKey = body.qty === undefined ? 'whole' : `part:${key ?? this.randomness.token(12)}`;
    const workOf = (closes: string | null) =>
      positionCloseWork({ position_id: row.id, qty: closes, actor_id: user.userId }, requestKey);
    if (isTerminalPosition(row.status) && !(await this.#isRepeatedPart(body, workOf(null)))) {
      throw positionError('POSITION_CLOSED', { status: row.status });
    }
    const qty = body.qty === undefined ? null : await this.#part(row, body.qty);
    const work = workOf(qty);
    await this.requests.askClose(work, row.id, qty, user.userId);
    const done = await this.waiter.settled(work.queue, work.key);
    if (!done) return { ok: true, message: 'The close was accepted and is being carried out' };
    if (qty === null) return { ok: true, message: 'Position closed' };
    const closed = await this.requests.closedQty(work, row.id);
    if (closed === undefined) throw positionError('POSITION_CLOSED');
    return { ok: true, message: `${closed} ${row.symbol} closed` };
  }

  /** A part close is answered again as before, whatever has become of the position. */
  async #isRepeatedPart({ qty }: ClosePositionBody, work: NewWork): Promise<boolean> {
    return qty !== undefined && (await this.requests.isKnown(work));
  }

  /** The quantity that a part close really closes: whole lots, as every other order. */
  async #part(row: PositionListRow, qty: string): Promise<string> {
    if (row.status === 'PENDING') throw positionError('POSITION_PENDING');
    const step = Decimal.of(await this.positions.lotStep(row.symbol));
    const lots = floorToStep(Decimal.of(qty), step);
    if (lots.isZero) throw invalidInput([{ field: 'qty', rule: `must be at least one lot of ${step.toString()}` }]);
    return lots.toString();
  }

  async #page(userId: number, query: ListPositionsQuery) {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.positions.list(userId, filterOf(query, query.before_id, limit));
    const page = pageOf(rows, limit);
    const positions = await this.views.of(page.items);
    return { ok: true, positions, count: positions.length, next_before_id: page.next_before_id };
  }
}
