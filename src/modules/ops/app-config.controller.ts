/**
 * `/api/app-config`: the remote configuration of the older app, the same on every replica of one configuration.
 * Keeps: the ETag is the hash of the content without its times, so an app that has it is answered 304.
 */
import { createHash } from 'node:crypto';
import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow } from '../../platform/http/access.js';
import { AnswersBare } from '../../platform/openapi/answers.js';
import { free } from '../../platform/openapi/shape.js';
import { appConfig } from './app-config.js';

const MAX_AGE_SECONDS = 300;

const VERSION_EXAMPLE = '0123456789ab';
const TIME_EXAMPLE = '2026-01-31T12:00:00.000Z';

const APP_CONFIG = {
  version: VERSION_EXAMPLE,
  configVersion: VERSION_EXAMPLE,
  appVersionMin: '1.0.0',
  bundleVersion: '1.0.0',
  forceUpdate: false,
  updateUrl: '',
  playStoreUrl: '',
  featureFlags: free({ autoTrade: true }),
  serviceEndpoints: free({ apiBaseUrl: 'https://api.example.com' }),
  uiMessages: free({ welcome: 'Welcome to Verzek AutoTrader' }),
  tradingLimits: free({ maxLeverage: 25 }),
  subscriptionPlans: free({ VIP: { maxPositions: 30 } }),
  experiments: free({}),
  rollout: free({ enabledForAll: true }),
  _metadata: { configVersion: VERSION_EXAMPLE, lastUpdated: TIME_EXAMPLE, serverTime: TIME_EXAMPLE },
};

@ApiTags('System')
@Controller('app-config')
export class AppConfigController {
  readonly #content: ReturnType<typeof appConfig>;
  readonly #version: string;
  readonly #since: Date;

  constructor(
    private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    this.#content = appConfig(config);
    this.#version = createHash('sha256').update(JSON.stringify(this.#content)).digest('hex').slice(0, 12);
    this.#since = clock.now();
  }

  @Get()
  @Allow('public')
  @ApiOperation({ summary: 'Remote configuration of the older app; asked every five minutes' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The ETag of the configuration the app has' })
  @AnswersBare(APP_CONFIG)
  @ApiResponse({ status: 304, description: 'The app has this configuration' })
  read(@Res({ passthrough: true }) reply: FastifyReply, @Headers('if-none-match') known?: string) {
    const tag = `"${this.#version}"`;
    void reply.header('Cache-Control', `public, max-age=${MAX_AGE_SECONDS}`).header('ETag', tag);
    if (known?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) === true) {
      void reply.status(304);
      return undefined;
    }
    const configVersion = this.#version;
    const serverTime = this.clock.now().toISOString();
    const _metadata = { configVersion, lastUpdated: this.#since.toISOString(), serverTime };
    return { version: configVersion, configVersion, ...this.#content, _metadata };
  }
}
