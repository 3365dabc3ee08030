/**
 * `/api/users/:id/paper`: balance, ledger, equity curve and reset of the paper account; the owner's; admins may read any.
 */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow, CurrentUser, Entitled, OwnPath } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { PaperAccountService } from './paper-account.service.js';
import { EQUITY, LEDGER, PAPER_BALANCE } from './paper.answers.js';
import { EquityQuery, LedgerQuery, ResetBody } from './paper.dto.js';
import { paperError } from './paper.errors.js';

const COLUMNS = ['at', 'balance', 'unrealised_pnl', 'equity', 'net_deposits'] as const;

@ApiTags('Paper account')
@ApiBearerAuth()
@Controller('users/:id/paper')
@Allow('signed_in')
@OwnPath('id')
export class PaperController {
  constructor(private readonly account: PaperAccountService) {}

  @Get('balance')
  @ApiOperation({ summary: 'Cash, margin, equity, and what trading earned and cost since the last reset' })
  @Answers(PAPER_BALANCE)
  @Fails(paperError, 'PAPER_ACCOUNT_NOT_FOUND')
  async balance(@Param() { id }: IdParam) {
    return { ok: true, ...(await this.account.balance(id)) };
  }

  @Get('ledger')
  @ApiOperation({ summary: 'The double-entry ledger, newest first' })
  @Answers(LEDGER)
  @Fails(paperError, 'PAPER_ACCOUNT_NOT_FOUND')
  async ledger(@Param() { id }: IdParam, @Query() query: LedgerQuery) {
    const { transactions, next_before_id } = await this.account.ledger(id, query);
    return { ok: true, transactions, count: transactions.length, next_before_id };
  }

  @Get('equity')
  @Entitled('advanced_analytics', { query: 'step', open: ['day'] })
  @ApiOperation({
    summary: 'The equity curve by day or hour (UTC), as JSON or CSV',
    description:
      'By day for everybody; `step=hour` asks for a plan with `advanced_analytics`, else 403 `PLAN_REQUIRED`.',
  })
  @Answers(EQUITY)
  @Fails(paperError, 'PAPER_ACCOUNT_NOT_FOUND')
  async equity(
    @Param() { id }: IdParam,
    @Query() query: EquityQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | object> {
    const points = await this.account.equity(id, query);
    if (query.format !== 'csv') return { ok: true, points, count: points.length };
    void reply.header('content-type', 'text/csv; charset=utf-8');
    void reply.header('content-disposition', `attachment; filename="equity-${id}.csv"`);
    const rows = points.map((point) => COLUMNS.map((column) => point[column] ?? '').join(','));
    return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`;
  }

  @Post('reset')
  @HttpCode(200)
  @Allow('verified')
  @ApiOperation({ summary: 'Begin again with a balance; the history stays' })
  @Answers(PAPER_BALANCE)
  @Fails(paperError, 'PAPER_ACCOUNT_NOT_FOUND', 'PAPER_POSITIONS_LIVE', 'PAPER_POSITIONS_CLOSING')
  async reset(@Param() { id }: IdParam, @Body() body: ResetBody, @CurrentUser() caller: UserCaller) {
    return { ok: true, ...(await this.account.reset(id, body, caller.userId)) };
  }
}
