/**
 * `/api/signals/:id`: editing a signal, and its versions.
 * Keeps: symbol and side are what a signal is, so they cannot be edited: such a body is refused, not half taken.
 */
import { Body, Controller, Get, Headers, Param, Put, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Allow, Caller, CurrentUser } from '../../platform/http/access.js';
import type { CallerIdentity, UserCaller } from '../../platform/http/caller.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { keyOf } from './idempotency-key.js';
import { EDIT, EDIT_FIELDS, EditSignalBody, editView, ListEditsQuery, MAX_VERSION, toEdit } from './signal-edit.dto.js';
import { SignalEditsRepository } from './signal-edits.repository.js';
import { SignalEditsService } from './signal-edits.service.js';
import { signalError } from './signals.errors.js';
import { SignalsRepository } from './signals.repository.js';

const DEFAULT_LIMIT = 50;

@ApiTags('Signals')
@ApiBearerAuth()
@Controller('signals/:id')
export class SignalEditsController {
  constructor(
    private readonly service: SignalEditsService,
    private readonly edits: SignalEditsRepository,
    private readonly signals: SignalsRepository,
  ) {}

  @Put()
  @Allow('publisher')
  @ApiSecurity('service')
  @ApiOperation({
    summary: 'Edit a signal: followers to come get the new plan, open trades what of it is still possible',
    description:
      'Only named fields change. What the signal itself cannot change any more is in `refused`, what single trades could ' +
      'not take is counted in `positions.reasons` and stands in the log of each. Trades that were edited by hand are detached ' +
      'and stay as they are.',
  })
  @Answers({ message: 'Signal edited', edit: orNull(EDIT) })
  @Fails(signalError, 'SIGNAL_NOT_FOUND', 'NOT_YOUR_SIGNAL', 'SIGNAL_ENDED', 'SIGNAL_VERSION', 'IDEMPOTENCY_KEY_REUSED')
  @Fails(signalError, 'SOURCE_DISABLED', 'EDIT_REFUSED')
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Repeats with the same key have the effect of one',
  })
  async edit(
    @Param() { id }: IdParam,
    @Body() body: EditSignalBody,
    @Req() request: FastifyRequest,
    @Caller() caller: CallerIdentity,
    @Headers('idempotency-key') header: string | undefined,
  ) {
    const known: readonly string[] = EDIT_FIELDS;
    const unknown = Object.keys(Object(request.body) as object).filter((field) => !known.includes(field));
    if (unknown.length > 0) throw invalidInput(unknown.map((field) => ({ field, rule: 'cannot be edited' })));
    const key = keyOf(header, body.idempotency_key);
    const edit = await this.service.edit(id, toEdit(body), caller, { key, version: body.version ?? null });
    if (edit === undefined) return { ok: true, message: 'Nothing is different', edit: null };
    const message = edit.finished_at === null ? 'Signal edited; its trades follow' : 'Signal edited';
    return { ok: true, message, edit: editView(edit, true) };
  }

  @Get('edits')
  @Allow('verified')
  @ApiOperation({ summary: 'The versions of a signal, newest first; for staff with what each came to for its trades' })
  @Answers({ edits: [EDIT], count: 1, next_before_version: orNull(2) })
  @Fails(signalError, 'SIGNAL_NOT_FOUND')
  async list(@Param() { id }: IdParam, @Query() query: ListEditsQuery, @CurrentUser() user: UserCaller) {
    if ((await this.signals.find(id)) === undefined) throw signalError('SIGNAL_NOT_FOUND');
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.edits.of(id, query.before_version ?? MAX_VERSION, limit + 1);
    const edits = rows.slice(0, limit).map((row) => editView(row, user.role !== 'user'));
    const next = rows.length > limit ? (edits.at(-1)?.version ?? null) : null;
    return { ok: true, edits, count: edits.length, next_before_version: next };
  }
}
