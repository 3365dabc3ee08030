/**
 * `/api/admin/config`: publishing the remote configuration, going back to an earlier version, and maintenance.
 * Keeps: what is answered is in force on this replica already, and on the others within moments.
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { FlagField, ObjectField, TextField } from '../../platform/http/fields.js';
import { pageOf, PageQuery } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { CONFIG_VERSION, CONFIG_VERSIONS } from './app-config.answers.js';
import { appConfigError } from './app-config.errors.js';
import { AppConfigRepository, type StoredConfig } from './app-config.repository.js';
import { readConfigData } from './config-data.js';
import { RemoteConfig } from './remote-config.service.js';

const DEFAULT_PAGE = 20;

export class PublishConfigBody {
  @TextField({
    max: 40,
    pattern: /^[\w.+-]+$/,
    rule: 'must be letters, digits and . _ + -',
    example: '2026-01-31.1',
    description: 'A name of your own; the app is told it as its version, and it is the ETag',
  })
  config_version: string;

  @ObjectField({
    description:
      'Any part of the configuration; the rest is what the settings say. A flag is true, false, or a rule: enabled, percentage, tiers, users',
    example: { featureFlags: { socialTrading: { enabled: true, percentage: 10, tiers: ['PREMIUM'], users: [17] } } },
  })
  config_data: Record<string, unknown>;

  @FlagField({ required: false, example: true, description: 'false only stores it; true without it' })
  set_active?: boolean;
}

export class MaintenanceBody {
  @FlagField({ example: true })
  enabled: boolean;

  @TextField({ required: false, min: 0, max: 500, example: 'Back at noon', description: 'What people are told' })
  message?: string;
}

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin/config')
@Allow('admin')
export class AppConfigAdminController {
  constructor(
    private readonly remote: RemoteConfig,
    private readonly repository: AppConfigRepository,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What is in force, with the rules of flags, and the published versions, newest first' })
  @Answers(CONFIG_VERSIONS)
  async list(@Query() { limit = DEFAULT_PAGE, before_id }: PageQuery) {
    const page = pageOf(await this.repository.list(limit, before_id), limit);
    const { version, since, config } = this.remote.inForce;
    const in_force = { config_version: version, since: since.toISOString(), config };
    return { ok: true, in_force, versions: page.items.map(view), next_before_id: page.next_before_id };
  }

  @Post()
  @StepUp()
  @ApiOperation({ summary: 'Publish a version; it is in force at once unless set_active is false' })
  @Answers({ version: CONFIG_VERSION })
  @Fails(appConfigError, 'CONFIG_VERSION_EXISTS')
  async publish(@Body() body: PublishConfigBody, @CurrentUser() { userId }: UserCaller) {
    const { config_version, config_data, set_active = true } = body;
    const stored = await this.remote.publish(
      config_version,
      readConfigData(config_data, this.config.app.APP_CONFIG_HOSTS),
      set_active,
      userId,
    );
    return { ok: true, version: view(stored) };
  }

  @Post('maintenance')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({ summary: 'Switch maintenance: a version like the one in force, but for that' })
  @Answers({ version: CONFIG_VERSION })
  @Fails(appConfigError, 'CONFIG_VERSION_EXISTS')
  async maintenance(@Body() { enabled, message }: MaintenanceBody, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, version: view(await this.remote.setMaintenance(enabled, message, userId)) };
  }

  @Post(':id/activate')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({ summary: 'Put a stored version in force' })
  @Answers({ version: CONFIG_VERSION })
  @Fails(appConfigError, 'CONFIG_NOT_FOUND')
  async activate(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, version: view(await this.remote.activate(id, userId)) };
  }
}

function view(stored: StoredConfig) {
  return {
    id: stored.id,
    config_version: stored.configVersion,
    config_data: stored.configData,
    is_active: stored.isActive,
    activated_at: stored.activatedAt?.toISOString() ?? null,
    created_by_id: stored.createdById,
    created_at: stored.createdAt.toISOString(),
  };
}
