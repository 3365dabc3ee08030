/**
 * `/api/alerts/addresses` and `/api/alerts/rules`: where the alerts of a source arrive, and how they are followed.
 */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { AlertTokens } from './alert-tokens.service.js';
import { ADDRESS, addressView, RULES, rulesView } from './alerts.answers.js';
import { AlertRulesBody, ListAddressesQuery, MakeAddressBody, SourceIdParam } from './alerts.dto.js';
import { alertError } from './alerts.errors.js';
import { isAddressRule } from './sender-addresses.js';

@ApiTags('Alerts')
@ApiBearerAuth()
@Controller('alerts')
@Allow('staff')
export class AlertSourcesController {
  constructor(private readonly tokens: AlertTokens) {}

  @Get('addresses')
  @ApiOperation({ summary: 'Addresses that take alerts, newest first; of each only its beginning' })
  @Answers({ addresses: [ADDRESS] })
  async list(@Query() { source_id }: ListAddressesQuery, @CurrentUser() caller: UserCaller) {
    return { ok: true, addresses: (await this.tokens.list(caller, source_id)).map(addressView) };
  }

  @Post('addresses')
  @StepUp()
  @ApiOperation({ summary: 'Make an address that takes alerts for a source; it is told here and never again' })
  @Answers({ address: ADDRESS, token: `vza_${'x'.repeat(43)}`, path: `/api/webhooks/vza_${'x'.repeat(43)}` })
  @Fails(alertError, 'ALERT_SOURCE_NOT_FOUND', 'ALERT_NAME_OPEN', 'ALERT_NAME_TAKEN', 'ALERT_TOKEN_LIMIT')
  async make(@Body() body: MakeAddressBody, @CurrentUser() caller: UserCaller) {
    const addresses = [...new Set((body.addresses ?? []).map((text) => text.toLowerCase()))];
    if (!addresses.every(isAddressRule)) {
      throw invalidInput([
        { field: 'addresses', rule: 'must be addresses, networks such as 203.0.113.0/24, or tradingview' },
      ]);
    }
    const { row, token } = await this.tokens.make(caller, {
      sourceId: body.source_id,
      label: body.label ?? '',
      oldName: body.old_name ?? null,
      secret: body.secret ?? null,
      addresses,
    });
    return { ok: true, address: addressView(row), token, path: `/api/webhooks/${token}` };
  }

  @Delete('addresses/:id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Revoke an address at once' })
  @AnswersMessage('The address takes no alerts any more')
  @Fails(alertError, 'ALERT_TOKEN_NOT_FOUND')
  async revoke(@Param() { id }: IdParam, @CurrentUser() caller: UserCaller) {
    await this.tokens.revoke(caller, id);
    return { ok: true, message: 'The address takes no alerts any more' };
  }

  @Get('rules/:source_id')
  @ApiOperation({ summary: 'How the alerts of a source are read and followed' })
  @Answers({ rules: RULES })
  @Fails(alertError, 'ALERT_SOURCE_NOT_FOUND')
  async rules(@Param() { source_id }: SourceIdParam, @CurrentUser() caller: UserCaller) {
    return { ok: true, rules: rulesView(await this.tokens.rules(caller, source_id)) };
  }

  @Put('rules/:source_id')
  @ApiOperation({ summary: 'Change how the alerts of a source are read and followed; only named fields change' })
  @Answers({ rules: RULES })
  @Fails(alertError, 'ALERT_SOURCE_NOT_FOUND')
  async change(@Param() { source_id }: SourceIdParam, @Body() body: AlertRulesBody, @CurrentUser() caller: UserCaller) {
    const rules = await this.tokens.setRules(caller, source_id, {
      dialect: body.dialect,
      symbol: body.symbol,
      maxLagSeconds: body.max_lag_seconds,
      repeatSeconds: body.repeat_seconds,
      onOpposite: body.on_opposite,
      onSameSide: body.on_same_side,
      onGap: body.on_gap,
    });
    return { ok: true, rules: rulesView(rules) };
  }
}
