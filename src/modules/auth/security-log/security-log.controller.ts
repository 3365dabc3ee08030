/**
 * `/api/auth/security-log`: what happened to one's own account, administrators in one's place included.
 * Keeps: of staff no address is told.
 */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, OpenInMaintenance } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { PageQuery, pageOf } from '../../../platform/http/paging.js';
import { Answers } from '../../../platform/openapi/answers.js';
import { oneOf, orNull } from '../../../platform/openapi/shape.js';
import { type SecurityEvent, SecurityLogRepository } from './security-log.repository.js';

const EVENT = {
  id: 4711,
  at: '2026-01-31T12:00:00.000Z',
  action: 'auth.login',
  by: oneOf('you', 'staff', 'somebody', 'system'),
  address: orNull('203.0.113.7'),
  impersonated_by: orNull(1),
  reason: orNull('Ticket #12: sees no positions'),
};

@ApiTags('Auth')
@ApiBearerAuth()
@Controller('auth/security-log')
export class SecurityLogController {
  constructor(private readonly log: SecurityLogRepository) {}

  @Get()
  @OpenInMaintenance()
  @Allow('signed_in')
  @ApiOperation({
    summary: 'What happened to your account, newest first',
    description:
      'Signing in, what guards the account, and what staff did to it. `impersonated_by`: the administrator who read in your place, and why.',
  })
  @Answers({ events: [EVENT], count: 1, next_before_id: orNull(4711) })
  async list(@Query() { limit = 50, before_id }: PageQuery, @CurrentUser() { userId }: UserCaller) {
    const rows = await this.log.of(userId, before_id ?? Number.MAX_SAFE_INTEGER, limit + 1);
    const { items, next_before_id } = pageOf(rows, limit);
    return { ok: true, events: items.map((row) => viewOf(row, userId)), count: items.length, next_before_id };
  }
}

function viewOf(row: SecurityEvent, userId: number) {
  const { id, created_at, action, impersonated_by, reason } = row;
  const by = actorOf(row, userId);
  const address = by === 'staff' || row.address === '' ? null : row.address;
  return { id, at: created_at.toISOString(), action, by, address, impersonated_by, reason };
}

function actorOf({ actor_kind, actor_id }: SecurityEvent, userId: number) {
  if (actor_kind === 'user') return actor_id === userId ? 'you' : 'staff';
  return actor_kind === 'anonymous' ? 'somebody' : 'system';
}
