/**
 * `/api/signals`: parts of a signal's trades are closed, or its entries taken back, while the rest goes on.
 */
import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Allow, Caller, OpenInMaintenance } from '../../platform/http/access.js';
import type { CallerIdentity } from '../../platform/http/caller.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { keyOf } from './idempotency-key.js';
import { reportAnswer } from './report-answer.js';
import { ReduceSignalBody, StopLossBody } from './signal.dto.js';
import { reductionMark } from './signal-work.js';
import { REPORTED } from './signals.answers.js';
import { signalError } from './signals.errors.js';
import { SignalsService } from './signals.service.js';

@ApiTags('Signals')
@ApiBearerAuth()
@ApiSecurity('service')
@Controller('signals')
@Allow('publisher')
export class SignalPartsController {
  constructor(
    private readonly service: SignalsService,
    private readonly randomness: Randomness,
  ) {}

  @Post('reduce')
  @OpenInMaintenance()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Close a part of what each position of the signal holds, in whole lots, at market',
    description:
      'Each call is a further reduction; a repeat with the same Idempotency-Key is not, whatever its body says.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Repeats with the same key have the effect of one',
  })
  @Answers(REPORTED)
  @Fails(signalError, 'SIGNAL_NOT_FOUND', 'NOT_YOUR_SIGNAL', 'SOURCE_DISABLED', 'SIGNAL_ENDED')
  async reduce(
    @Body() { signal_id, percent, idempotency_key }: ReduceSignalBody,
    @Caller() caller: CallerIdentity,
    @Headers('idempotency-key') header: string | undefined,
  ) {
    const key = keyOf(header, idempotency_key) ?? this.randomness.uuid();
    const mark = reductionMark(caller.kind === 'user' ? `user:${caller.userId}` : caller.name, key);
    const report = { kind: 'reduce', signal_id, percent, mark } as const;
    return reportAnswer(await this.service.report(report, caller), 'Positions reduced');
  }

  @Post('withdraw-entries')
  @OpenInMaintenance()
  @HttpCode(200)
  @ApiOperation({ summary: 'Take back the entries that wait; a signal that nobody has entered ends' })
  @Answers(REPORTED)
  @Fails(signalError, 'SIGNAL_NOT_FOUND', 'NOT_YOUR_SIGNAL', 'SOURCE_DISABLED', 'SIGNAL_ENDED')
  async withdraw(@Body() { signal_id }: StopLossBody, @Caller() caller: CallerIdentity) {
    return reportAnswer(await this.service.report({ kind: 'withdraw', signal_id }, caller), 'Entries taken back');
  }
}
