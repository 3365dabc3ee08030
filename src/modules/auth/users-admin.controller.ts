/**
 * `/api/admin/users/:id`: what administrators do to other people's access.
 */
import { Body, Controller, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { ChoiceField, TextField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { oneOf } from '../../platform/openapi/shape.js';
import { type Role, ROLES } from '../users/user.entity.js';
import { authError } from './auth.errors.js';
import { TwoFactorService } from './two-factor/two-factor.service.js';
import { UserAccess } from './user-access.service.js';

export class DisableUserBody {
  @TextField({ required: false, min: 0, max: 300, description: 'Why; kept in the audit trail' })
  reason?: string;
}

export class RoleBody {
  @ChoiceField(ROLES, { description: 'provider: may post signals and report on them; admin: everything' })
  role: Role;
}

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin/users/:id')
@Allow('admin')
export class UsersAdminController {
  constructor(
    private readonly access: UserAccess,
    private readonly twoFactor: TwoFactorService,
  ) {}

  @Post('disable')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({ summary: 'Refuse a user everywhere at once: sessions and reset links end, no new trades are opened' })
  @AnswersMessage('The user is disabled')
  @Fails(authError, 'UNKNOWN_USER', 'NOT_YOURSELF')
  async disable(
    @Param() { id }: IdParam,
    @Body() body: DisableUserBody | undefined,
    @CurrentUser() caller: UserCaller,
  ) {
    await this.access.disable(id, caller.userId, body?.reason ?? '');
    return { ok: true, message: 'The user is disabled' };
  }

  @Put('role')
  @StepUp()
  @ApiOperation({ summary: 'Make a user a provider, an administrator, or a user again; counts at the next request' })
  @Answers({ message: 'The user is now a provider', role: oneOf('provider', 'user', 'admin') })
  @Fails(authError, 'UNKNOWN_USER', 'NOT_YOURSELF')
  async setRole(@Param() { id }: IdParam, @Body() { role }: RoleBody, @CurrentUser() caller: UserCaller) {
    await this.access.setRole(id, role, caller.userId);
    return { ok: true, message: `The user is now ${role === 'admin' ? 'an' : 'a'} ${role}`, role };
  }

  @Post('2fa/disable')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({
    summary: 'Switch off the second factor of a user who lost it, after finding out who asks',
    description: 'The user is told by mail, and signs in with the password alone until a new one is set up.',
  })
  @AnswersMessage('Two-factor sign-in of the user is off')
  @Fails(authError, 'UNKNOWN_USER', 'TWO_FACTOR_OFF', 'NOT_YOURSELF')
  async disableTwoFactor(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    if (id === caller.userId) throw authError('NOT_YOURSELF');
    await this.twoFactor.disable(id, caller);
    return { ok: true, message: 'Two-factor sign-in of the user is off' };
  }

  @Post('enable')
  @HttpCode(200)
  @StepUp()
  @ApiOperation({ summary: 'Let a disabled user sign in again' })
  @AnswersMessage('The user may sign in again')
  @Fails(authError, 'UNKNOWN_USER')
  async enable(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    await this.access.enable(id, caller.userId);
    return { ok: true, message: 'The user may sign in again' };
  }
}
