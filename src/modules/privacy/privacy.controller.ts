/**
 * `/api/account`: leaving, and taking along what is stored of oneself.
 */
import { Body, Controller, Delete, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { TextField } from '../../platform/http/fields.js';
import { limitError } from '../../platform/http/rate-limits.js';
import { Answers, AnswersBare, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';
import { authError } from '../auth/auth.errors.js';
import type { DeletionRow } from './deletions.repository.js';
import { DeletionsService } from './deletions.service.js';
import type { ExportState } from './exports.repository.js';
import { ExportsService } from './exports.service.js';
import { privacyError } from './privacy.errors.js';

const TIME = '2026-01-31T12:00:00.000Z';

const DELETION = { deletion: { requested_at: TIME, due_at: '2026-02-07T12:00:00.000Z' } };

const EXPORT = {
  export: {
    status: oneOf('ready', 'pending'),
    requested_at: TIME,
    ready_at: orNull(TIME),
    expires_at: TIME,
    bytes: 48_213,
  },
};

export class DeletionBody {
  @TextField({ min: 1, max: 256, raw: true, description: 'Your password' })
  password: string;
}

@ApiTags('Account')
@ApiBearerAuth()
@Controller('account')
@Allow('signed_in')
export class PrivacyController {
  constructor(
    private readonly deletions: DeletionsService,
    private readonly exports: ExportsService,
  ) {}

  @Post('deletion')
  @HttpCode(200)
  @StepUp('second_factor')
  @ApiOperation({
    summary: 'Have your account deleted in seven days',
    description:
      'Auto-trading stops at once and paper positions are closed. Refused while positions are open on exchanges. Until the day it can be taken back. What the books must keep stays without your name.',
  })
  @Answers(DELETION)
  @Fails(authError, 'STEP_UP_REFUSED', 'BUSY')
  @Fails(privacyError, 'LIVE_POSITIONS_OPEN', 'STAFF_ACCOUNT')
  async remove(@Body() { password }: DeletionBody, @CurrentUser() caller: UserCaller, @Req() { ip }: FastifyRequest) {
    return { ok: true, ...deletionView(await this.deletions.request(caller, password, ip)) };
  }

  @Get('deletion')
  @ApiOperation({ summary: 'The deletion that waits for its day' })
  @Answers(DELETION)
  @Fails(privacyError, 'NO_DELETION')
  async waiting(@CurrentUser() { userId }: UserCaller) {
    const row = await this.deletions.waiting(userId);
    if (row === undefined) throw privacyError('NO_DELETION');
    return { ok: true, ...deletionView(row) };
  }

  @Delete('deletion')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stay: take the deletion back' })
  @AnswersMessage('Your account stays')
  @Fails(privacyError, 'NO_DELETION')
  async cancel(@CurrentUser() caller: UserCaller) {
    await this.deletions.cancel(caller);
    return { ok: true, message: 'Your account stays' };
  }

  @Post('export')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({
    summary: 'Have everything that is stored of you put into one document; a mail tells when it is ready',
  })
  @Answers(EXPORT)
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  @Fails(privacyError, 'NO_EXPORT')
  async order(@CurrentUser() { userId }: UserCaller, @Req() { ip }: FastifyRequest) {
    return { ok: true, ...exportView(await this.exports.request(userId, ip)) };
  }

  @Get('export')
  @ApiOperation({ summary: 'Whether your export is ready' })
  @Answers(EXPORT)
  @Fails(privacyError, 'NO_EXPORT')
  async state(@CurrentUser() { userId }: UserCaller) {
    return { ok: true, ...exportView(await this.exports.find(userId)) };
  }

  @Get('export/download')
  @StepUp()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The document, as JSON' })
  @AnswersBare({ format: 1, exported_at: TIME, data: free({ user: [{ id: 17, email: 'ada@example.com' }] }) })
  @Fails(privacyError, 'NO_EXPORT', 'EXPORT_NOT_READY')
  async download(@CurrentUser() { userId }: UserCaller, @Res({ passthrough: true }) reply: FastifyReply) {
    const document = await this.exports.download(userId);
    void reply.header('Content-Type', 'application/json; charset=utf-8');
    void reply.header('Content-Disposition', 'attachment; filename="verzek-export.json"');
    return document;
  }
}

function deletionView({ requested_at, due_at }: DeletionRow) {
  return { deletion: { requested_at: requested_at.toISOString(), due_at: due_at.toISOString() } };
}

function exportView({ requested_at, ready_at, expires_at, bytes }: ExportState) {
  return {
    export: {
      status: ready_at === null ? 'pending' : 'ready',
      requested_at: requested_at.toISOString(),
      ready_at: ready_at?.toISOString() ?? null,
      expires_at: expires_at.toISOString(),
      bytes,
    },
  };
}
