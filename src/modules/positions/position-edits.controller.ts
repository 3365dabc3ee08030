/**
 * `/api/positions/:id`: editing a position by hand, and giving it back to its signal.
 * Keeps: owners only, and what is not the caller's own is answered as missing; an edit is carried out
 * by the process that watches the market, and its answer is what then stands in the log.
 */
import { Body, Controller, Headers, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { isTerminalPosition } from '../../domain/position/position-status.js';
import { Allow, CurrentUser, OpenInMaintenance } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { logContext } from '../../platform/logging/context.js';
import { WorkWaiter } from '../../platform/work/work-waiter.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { EDIT_FIELDS, EDITED, EditPositionBody, toOrder } from './position-edit.dto.js';
import { PositionEditRequests } from './position-edit-requests.repository.js';
import { positionEditWork } from './position-work.js';
import { positionError } from './positions.errors.js';
import { type PositionListRow, PositionsRepository } from './positions.repository.js';

const KEY = /^[\x21-\x7e]{1,128}$/;

@ApiTags('Positions')
@ApiBearerAuth()
@Controller('positions/:id')
@Allow('verified')
export class PositionEditsController {
  constructor(
    private readonly positions: PositionsRepository,
    private readonly requests: PositionEditRequests,
    private readonly waiter: WorkWaiter,
    private readonly randomness: Randomness,
  ) {}

  @Put()
  @OpenInMaintenance()
  @ApiOperation({
    summary: 'Edit a position: stop, targets, entries, rules. It is detached from its signal',
    description:
      'What is possible is applied, what is not is in `refused` with its reason; where nothing is, 422 and it stays attached. ' +
      'A detached position is not reached by its signal’s edits, reports and cancel any more; its own stop, targets and rules go on.',
  })
  @Answers(EDITED)
  @Fails(positionError, 'POSITION_NOT_FOUND', 'POSITION_CLOSED', 'EDIT_REFUSED', 'IDEMPOTENCY_KEY_REUSED')
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Makes repeats harmless' })
  async edit(
    @Param() { id }: IdParam,
    @Body() body: EditPositionBody,
    @Req() request: FastifyRequest,
    @CurrentUser() user: UserCaller,
    @Headers('idempotency-key') key: string | undefined,
  ) {
    const known: readonly string[] = EDIT_FIELDS;
    const unknown = Object.keys(Object(request.body) as object).filter((field) => !known.includes(field));
    if (unknown.length > 0) throw invalidInput(unknown.map((field) => ({ field, rule: 'cannot be edited' })));
    if (key !== undefined && !KEY.test(key)) {
      throw invalidInput([{ field: 'Idempotency-Key', rule: 'must be 1 to 128 printable characters without blanks' }]);
    }
    const order = toOrder(body);
    const row = await this.#own(id, user);
    const name = key === undefined ? this.randomness.token(12) : `key:${key}`;
    const work = positionEditWork({ position_id: id, request: name, actor_id: user.userId, order });
    const earlier = key === undefined ? undefined : await this.requests.outcome(id, name);
    if (earlier === undefined) {
      if (isTerminalPosition(row.status)) throw positionError('POSITION_CLOSED', { status: row.status });
      await this.requests.ask(work, order, user.userId);
    }
    if (key !== undefined) await this.requests.refuseReused(work, order);
    const isDone = await this.waiter.settled(work.queue, work.key);
    if (!isDone) return answered('ACCEPTED', 'The edit was accepted and is being carried out');
    const outcome = earlier ?? (await this.requests.outcome(id, name));
    if (outcome === undefined) return answered('UNCHANGED', 'Nothing is different');
    if (outcome.result === 'REFUSED') throw positionError('EDIT_REFUSED', { refused: outcome.refused });
    return { ...answered(outcome.result, 'Position edited'), applied: outcome.applied, refused: outcome.refused };
  }

  @Post('attach')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Give a detached position back to its signal: later edits, reports and a cancel reach it again',
  })
  @AnswersMessage('Attached to its signal')
  @Fails(positionError, 'POSITION_NOT_FOUND', 'POSITION_CLOSED', 'NOT_DETACHED', 'SIGNAL_ENDED')
  async attach(@Param() { id }: IdParam, @CurrentUser() user: UserCaller) {
    const row = await this.#own(id, user);
    if (isTerminalPosition(row.status)) throw positionError('POSITION_CLOSED', { status: row.status });
    await this.requests.attach(id, user.userId);
    return { ok: true, message: 'Attached to its signal' };
  }

  async #own(id: number, user: UserCaller): Promise<PositionListRow> {
    const row = await this.positions.find(user.userId, id);
    if (row === undefined) throw positionError('POSITION_NOT_FOUND');
    if (row.signal_id !== null) logContext.add({ signal_id: row.signal_id });
    return row;
  }
}

function answered(result: string, message: string) {
  return { ok: true, message, result, applied: [] as object[], refused: [] as object[] };
}
