/**
 * `/api/admin/users/:id`: what administrators do to other people's access.
 */
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, type UserCaller } from '../../platform/http/access.js';
import { TextField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { UserAccess } from './user-access.service.js';

export class DisableUserBody {
  @TextField({ required: false, min: 0, max: 300, description: 'Why; kept in the audit trail' })
  reason?: string;
}

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin/users/:id')
@Allow('admin')
export class UsersAdminController {
  constructor(private readonly access: UserAccess) {}

  @Post('disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Refuse a user everywhere at once: sessions and reset links end, no new trades are opened' })
  @ApiOkResponse({ schema: { example: { ok: true, message: 'The user is disabled' } } })
  async disable(
    @Param() { id }: IdParam,
    @Body() body: DisableUserBody | undefined,
    @CurrentUser() caller: UserCaller,
  ) {
    await this.access.disable(id, caller.userId, body?.reason ?? '');
    return { ok: true, message: 'The user is disabled' };
  }

  @Post('enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a disabled user sign in again' })
  @ApiOkResponse({ schema: { example: { ok: true, message: 'The user may sign in again' } } })
  async enable(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    await this.access.enable(id, caller.userId);
    return { ok: true, message: 'The user may sign in again' };
  }
}
