/**
 * `/api/users/request-telegram-access`: people on trial ask to be let into the group.
 * Keeps: a request is stored with its message to the administrators, who find it among the broadcasts also where no
 * chat of theirs is configured; nobody is let in by this alone.
 */
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { effectiveTier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Allow, CurrentUser, Flagged } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { limitError, RateLimits } from '../../platform/http/rate-limits.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { UsersRepository } from '../users/users.repository.js';
import { BroadcastService } from './broadcast.service.js';
import { accessRequestMessage } from './messages.js';
import { AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { broadcastError } from './broadcast.errors.js';

const PER_HOUR = { name: 'telegram_access', points: 3, seconds: 3_600 };

@ApiTags('Users')
@ApiBearerAuth()
@Controller('users')
export class TelegramAccessController {
  constructor(
    private readonly users: UsersRepository,
    private readonly broadcast: BroadcastService,
    private readonly limits: RateLimits,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  @Post('request-telegram-access')
  @HttpCode(200)
  @Allow('verified')
  @Flagged('telegramIntegration')
  @ApiOperation({ summary: 'Ask to be let into the trial group; for people on TRIAL, 3 times an hour (older app)' })
  @AnswersMessage('The administrators have your request')
  @Fails(broadcastError, 'USER_NOT_FOUND', 'TRIAL_ONLY')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async ask(@CurrentUser() caller: UserCaller) {
    const user = await this.users.findById(caller.userId);
    if (user === undefined) throw broadcastError('USER_NOT_FOUND');
    const tier = effectiveTier(user.subscription_type, user.subscription_expires_at, this.clock.now());
    if (tier !== 'TRIAL') throw broadcastError('TRIAL_ONLY');
    await this.limits.require(PER_HOUR, String(user.id));
    const key = `telegram-access:${user.id}:${this.randomness.token(8)}`;
    const message = accessRequestMessage(user.id, user.full_name);
    await this.database.transaction(() => this.broadcast.tell(key, 'TELEGRAM_ACCESS', message, ['ADMIN']));
    return { ok: true, message: 'The administrators have your request' };
  }
}
