/**
 * `/api/users/:id`: a user's own settings. Everybody reads and changes only their own; administrators
 * read anybody's, which is audited.
 * Keeps: before the address is verified a user may read and change nothing.
 */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toJsonNumber } from '../../domain/money/money.js';
import { limitsOf } from '../../domain/risk/limits.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser, OpenInMaintenance, OwnPath } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { fieldsBeside, preferencesChange } from './preferences-change.js';
import { RISK_FIELDS, RiskSettingsBody, splitRisk } from './risk-limits.dto.js';
import { MAX_DEVICES, type SettingsRow, UserSettingsRepository } from './user-settings.repository.js';
import { userView } from './user.view.js';
import {
  DcaBody,
  DeviceBody,
  GeneralBody,
  NotificationsBody,
  PreferencesBody,
  ReversalBody,
  StrategyBody,
} from './users.dto.js';
import { userError } from './users.errors.js';
import { type UserRow, UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { NOTIFICATIONS, USER_WITH_SETTINGS } from './users.answers.js';

const SAVED = { ok: true, message: 'Saved' };

@ApiTags('Users')
@ApiBearerAuth()
@Controller('users/:id')
@Allow('verified')
@OwnPath('id')
export class UsersController {
  constructor(
    private readonly service: UsersService,
    private readonly users: UsersRepository,
    private readonly settings: UserSettingsRepository,
    private readonly clock: Clock,
    private readonly entitlements: Entitlements,
  ) {}

  @Get()
  @Allow('signed_in')
  @ApiOperation({ summary: 'A user with all settings' })
  @Answers({ user: USER_WITH_SETTINGS })
  @Fails(userError, 'USER_NOT_FOUND')
  async one(@Param() { id }: IdParam) {
    const [user, settings] = await Promise.all([this.#user(id), this.settings.find(id)]);
    if (settings === undefined) throw userError('USER_NOT_FOUND');
    return { ok: true, user: { ...userView(user, this.clock.now()), settings: settingsView(settings) } };
  }

  @Put('general')
  @OpenInMaintenance('auto_trade_off')
  @ApiOperation({ summary: 'Name, and the switch that lets signals trade' })
  @AnswersMessage('Saved')
  @Fails(userError, 'USER_NOT_FOUND', 'EMAIL_NOT_VERIFIED', 'PLAN_WITHOUT_AUTO_TRADING')
  async general(@Param() { id }: IdParam, @Body() body: GeneralBody, @CurrentUser() caller: UserCaller) {
    await this.service.changeProfile(id, body, caller);
    return SAVED;
  }

  @Put('risk')
  @ApiOperation({ summary: 'Sizes, caps and limits; only named ones change, null takes a limit away' })
  @AnswersMessage('Saved')
  @Fails(userError, 'USER_NOT_FOUND', 'POSITION_MODE_IN_USE')
  async risk(
    @Param() { id }: IdParam,
    @Body() body: RiskSettingsBody,
    @Req() request: FastifyRequest,
    @CurrentUser() caller: UserCaller,
  ) {
    const unknown = Object.keys(fieldsBeside(request.body, RISK_FIELDS));
    if (unknown.length > 0) throw invalidInput(unknown.map((field) => ({ field, rule: 'is not a risk setting' })));
    const { sizes, limits } = splitRisk(body);
    await this.service.changeRisk(id, sizes, limits, caller);
    return SAVED;
  }

  @Put('dca')
  @ApiOperation({ summary: 'Dollar-cost averaging' })
  @AnswersMessage('Saved')
  @Fails(userError, 'USER_NOT_FOUND')
  async dca(@Param() { id }: IdParam, @Body() body: DcaBody, @CurrentUser() caller: UserCaller) {
    await this.service.changeSettings(id, body, caller);
    return SAVED;
  }

  @Put('reversal')
  @ApiOperation({ summary: 'Whether an opposite signal closes the other side first' })
  @AnswersMessage('Saved')
  @Fails(userError, 'USER_NOT_FOUND')
  async reversal(@Param() { id }: IdParam, @Body() body: ReversalBody, @CurrentUser() caller: UserCaller) {
    await this.service.changeSettings(id, body, caller);
    return SAVED;
  }

  @Put('strategy')
  @ApiOperation({ summary: 'Free strategy settings, merged; in `strategy` or, from the older app, flat' })
  @AnswersMessage('Saved')
  @Fails(userError, 'USER_NOT_FOUND')
  async strategy(
    @Param() { id }: IdParam,
    @Body() body: StrategyBody,
    @Req() request: FastifyRequest,
    @CurrentUser() caller: UserCaller,
  ) {
    await this.service.merge(id, 'strategy', { ...fieldsBeside(request.body, ['strategy']), ...body.strategy }, caller);
    return SAVED;
  }

  @Put('preferences')
  @OpenInMaintenance('auto_trade_off')
  @ApiOperation({
    summary: 'Preferences, merged; risk settings may stand beside them or among them',
    description:
      'A risk setting or auto_trade_enabled takes effect in either place; 400 where it is given twice and differs.',
  })
  @AnswersMessage('Saved')
  @Fails(userError, 'USER_NOT_FOUND', 'EMAIL_NOT_VERIFIED', 'PLAN_WITHOUT_AUTO_TRADING')
  @Fails(userError, 'POSITION_MODE_IN_USE')
  async preferences(
    @Param() { id }: IdParam,
    @Body() body: PreferencesBody,
    @Req() request: FastifyRequest,
    @CurrentUser() caller: UserCaller,
  ) {
    await this.service.changePreferences(id, preferencesChange(body, request.body), caller);
    return SAVED;
  }

  @Get('notifications/settings')
  @Allow('signed_in')
  @ApiOperation({ summary: 'Which notifications you get' })
  @Answers({ settings: NOTIFICATIONS })
  @Fails(userError, 'USER_NOT_FOUND')
  async notifications(@Param() { id }: IdParam) {
    const user = await this.#user(id);
    const { tier, plan } = this.entitlements.of(user);
    const { signals: signal_notifications, tradeNotifications: trade_notifications } = plan;
    const features = { signal_notifications, trade_notifications };
    return {
      ok: true,
      settings: { notifications_enabled: user.notifications_enabled, subscription_type: tier, features },
    };
  }

  @Put('notifications/settings')
  @ApiOperation({ summary: 'Switch notifications' })
  @AnswersMessage('Saved')
  @Fails(userError, 'USER_NOT_FOUND')
  async changeNotifications(
    @Param() { id }: IdParam,
    @Body() body: NotificationsBody,
    @CurrentUser() caller: UserCaller,
  ) {
    await this.service.changeProfile(id, body, caller);
    return SAVED;
  }

  @Post('device-token')
  @ApiOperation({
    summary: 'Register a phone for push; it moves to the newest user who shows its token',
    description: `Of more than ${MAX_DEVICES} the oldest are forgotten.`,
  })
  @Answers({ message: 'Device registered' }, [200])
  @Fails(userError, 'USER_NOT_FOUND', 'NOTIFICATIONS_OFF')
  async addDevice(
    @Param() { id }: IdParam,
    @Body() body: DeviceBody,
    @CurrentUser() caller: UserCaller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!(await this.#user(id)).notifications_enabled) throw userError('NOTIFICATIONS_OFF');
    const { push_token: token, device_name: name = 'Unknown Device', device_platform: platform = 'unknown' } = body;
    const registered = await this.settings.registerDevice(id, caller.sessionId, { token, name, platform });
    if (registered === undefined) throw userError('SESSION_ENDED');
    const isNew = registered === 'new';
    void reply.status(isNew ? 201 : 200);
    return { ok: true, message: isNew ? 'Device registered' : 'Device refreshed' };
  }

  @Delete('device-token')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop push to a phone' })
  @AnswersMessage('Device removed')
  @Fails(userError, 'DEVICE_NOT_FOUND')
  async dropDevice(@Param() { id }: IdParam, @Body() body: DeviceBody) {
    if (!(await this.settings.dropDevice(id, body.push_token))) throw userError('DEVICE_NOT_FOUND');
    return { ok: true, message: 'Device removed' };
  }

  async #user(id: number): Promise<UserRow> {
    const user = await this.users.findById(id);
    if (user === undefined) throw userError('USER_NOT_FOUND');
    return user;
  }
}

function settingsView(row: SettingsRow) {
  return {
    ...row,
    capital_usdt: toJsonNumber(row.capital_usdt),
    per_trade_usdt: toJsonNumber(row.per_trade_usdt),
    dca_step_percent: toJsonNumber(row.dca_step_percent),
    risk: limitsOf(row.risk),
  };
}
