/**
 * `/api/admin/payments/transfers`: transfers that belong to no payment, and those that were credited to the wrong customer.
 */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { jsonUsdt, microOf } from '../../domain/payment/micro-usdt.js';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { PageQuery } from '../../platform/http/paging.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { decimal } from '../../platform/openapi/shape.js';
import { MoveBody, plainHash, TransferParam } from './payments.dto.js';
import { paymentError } from './payments.errors.js';
import { TransferMoves } from './transfer-moves.service.js';
import { TransfersRepository } from './transfers.repository.js';

@ApiTags('Payments')
@ApiBearerAuth()
@Controller('admin/payments/transfers')
@Allow('admin')
export class TransfersAdminController {
  constructor(
    private readonly transfers: TransfersRepository,
    private readonly moves: TransferMoves,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Verified transfers that belong to no payment, with the payments whose owners name them' })
  @Answers({
    transfers: [
      {
        tx_hash: 'f0'.repeat(32),
        amount_usdt: decimal(50),
        from_address: 'T…',
        at: '2026-02-28T12:00:00.000Z',
        claimed_by: ['VZK-0A1B2C3D4E5F'],
      },
    ],
  })
  async unmatched(@Query() { limit = 100 }: PageQuery) {
    const transfers = (await this.transfers.unmatched(limit)).map((row) => ({
      tx_hash: row.tx_hash,
      amount_usdt: jsonUsdt(BigInt(row.amount ?? '0')),
      from_address: row.from_address,
      at: row.block_at.toISOString(),
      claimed_by: row.claimed_by,
    }));
    return { ok: true, transfers };
  }

  @Post(':tx_hash/move')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Move a transfer that was credited to the wrong customer to the balance of another one',
    description: 'Once, and only while its money is free: reject its payment, or refund it to the balance first.',
  })
  @Answers({
    message: 'The transfer is moved',
    tx_hash: 'f0'.repeat(32),
    amount_usdt: decimal(50),
    from_user_id: 7,
    to_user_id: 8,
  })
  @Fails(paymentError, 'TRANSFER_NOT_FOUND', 'SUBSCRIBER_NOT_FOUND', 'TRANSFER_NOBODYS', 'TRANSFER_THEIRS')
  @Fails(paymentError, 'TRANSFER_MOVED', 'TRANSFER_IN_USE', 'MONEY_SPENT')
  async move(@Param() param: TransferParam, @Body() body: MoveBody, @CurrentUser() { userId }: UserCaller) {
    const txHash = plainHash(param.tx_hash);
    const { user_id: toUserId, reason } = body;
    const { fromUserId, usdt } = await this.moves.move({ txHash, toUserId, reason }, userId);
    return {
      ok: true,
      message: 'The transfer is moved',
      tx_hash: txHash,
      amount_usdt: jsonUsdt(microOf(usdt)),
      from_user_id: fromUserId,
      to_user_id: toUserId,
    };
  }
}
