/**
 * `/api/auth/sessions`: where one is signed in, and ending it there.
 */
import { Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, OpenInMaintenance } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { TextField } from '../../../platform/http/fields.js';
import { Answers, AnswersMessage, Fails } from '../../../platform/openapi/answers.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { AccessCache } from '../access-cache.js';
import { authError } from '../auth.errors.js';
import { SessionsRepository } from '../sessions.repository.js';
import { deviceName } from './device-name.js';

const TIME = '2026-01-31T12:00:00.000Z';

export class SessionParams {
  @TextField({
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    rule: 'must be the id of a session',
    example: '5f0c3b1e-8d54-4c53-9a55-2f8f0c5a7d10',
  })
  id: string;
}

@ApiTags('Auth')
@ApiBearerAuth()
@Controller('auth/sessions')
@Allow('signed_in')
export class DevicesController {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly cache: AccessCache,
    private readonly audit: AuditTrail,
  ) {}

  @Get()
  @OpenInMaintenance()
  @ApiOperation({ summary: 'Where you are signed in, last used first; at most 100' })
  @Answers({
    sessions: [
      {
        id: '5f0c3b1e-8d54-4c53-9a55-2f8f0c5a7d10',
        device: 'Chrome on Windows',
        user_agent: 'Mozilla/5.0',
        address: '203.0.113.7',
        created_at: TIME,
        last_used_at: TIME,
        expires_at: TIME,
        is_current: true,
      },
    ],
  })
  async list(@CurrentUser() caller: UserCaller) {
    const rows = await this.sessions.live(caller.userId);
    const sessions = rows.map((row) => ({
      id: row.id,
      device: deviceName(row.user_agent),
      user_agent: row.user_agent,
      address: row.address,
      created_at: row.created_at.toISOString(),
      last_used_at: row.last_used_at.toISOString(),
      expires_at: row.expires_at.toISOString(),
      is_current: row.id === caller.sessionId,
    }));
    return { ok: true, sessions };
  }

  @Delete(':id')
  @OpenInMaintenance()
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign one device out' })
  @AnswersMessage('Signed out there')
  @Fails(authError, 'UNKNOWN_SESSION')
  async end(@Param() { id }: SessionParams, @CurrentUser() caller: UserCaller) {
    const ended = await this.sessions.revoke(caller.userId, id.toLowerCase(), 'ended by its user');
    if (ended === 0) throw authError('UNKNOWN_SESSION');
    await this.#ended(caller, { session: id });
    return { ok: true, message: 'Signed out there' };
  }

  @Delete()
  @OpenInMaintenance()
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign all devices out but this one' })
  @Answers({ message: 'Signed out everywhere else', ended: 2 })
  async endOthers(@CurrentUser() caller: UserCaller) {
    const ended = await this.sessions.revokeOthers(caller.userId, caller.sessionId, 'ended by its user');
    await this.#ended(caller, { others: ended });
    return { ok: true, message: 'Signed out everywhere else', ended };
  }

  async #ended({ userId }: UserCaller, after: Record<string, unknown>): Promise<void> {
    this.cache.forget(userId);
    const subject = `user:${userId}`;
    await this.audit.record({ actorKind: 'user', actorId: userId, action: 'auth.sessions_end', subject, after });
  }
}
