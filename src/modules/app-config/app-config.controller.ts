/**
 * `/api/app-config` and `/api/config`: the remote configuration, as the app polls it every five minutes.
 * Keeps: the ETag names the content, so an app that has it is answered 304; who is signed in reads the own flags, which
 * no shared cache may keep.
 */
import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FlagSubject } from '../../domain/rollout/feature-flags.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, OpenInMaintenance, OpenToOldApps } from '../../platform/http/access.js';
import type { CallerRequest } from '../../platform/http/caller.js';
import { AnswersBare } from '../../platform/openapi/answers.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { UsersRepository } from '../users/users.repository.js';
import { APP_CONFIG } from './app-config.answers.js';
import { RemoteConfig } from './remote-config.service.js';

const MAX_AGE_SECONDS = 300;

const KNOWN = { name: 'If-None-Match', required: false, description: 'The ETag of the configuration the app has' };
const UNCHANGED = { status: 304, description: 'The app has this configuration' };

@ApiTags('System')
@Controller()
@OpenInMaintenance()
@OpenToOldApps()
export class AppConfigController {
  constructor(
    private readonly remote: RemoteConfig,
    private readonly users: UsersRepository,
    private readonly entitlements: Entitlements,
    private readonly clock: Clock,
  ) {}

  @Get('config')
  @Allow('anybody')
  @ApiOperation({ summary: 'Remote configuration; with an access token the flags are those of its user' })
  @ApiHeader(KNOWN)
  @AnswersBare(APP_CONFIG)
  @ApiResponse(UNCHANGED)
  async read(
    @Req() { caller }: FastifyRequest & CallerRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-none-match') known?: string,
  ) {
    const subject = caller?.kind === 'user' ? await this.#subject(caller.userId) : undefined;
    const { version, since } = this.remote.inForce;
    const { content, tag } = this.remote.viewFor(subject);
    const scope = subject === undefined ? 'public' : 'private';
    void reply.header('Cache-Control', `${scope}, max-age=${MAX_AGE_SECONDS}`);
    void reply.header('ETag', `"${tag}"`).header('Vary', 'Authorization');
    if (known?.split(',').some((one) => one.trim().replace(/^W\//, '') === `"${tag}"`) === true) {
      void reply.status(304);
      return undefined;
    }
    const serverTime = this.clock.now().toISOString();
    const _metadata = { configVersion: version, lastUpdated: since.toISOString(), serverTime };
    return { version, configVersion: version, ...content, _metadata };
  }

  @Get('app-config')
  @Allow('anybody')
  @ApiOperation({ summary: 'The same, at the address of the older app' })
  @ApiHeader(KNOWN)
  @AnswersBare(APP_CONFIG)
  @ApiResponse(UNCHANGED)
  readAlias(
    @Req() request: FastifyRequest & CallerRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-none-match') known?: string,
  ) {
    return this.read(request, reply, known);
  }

  async #subject(userId: number): Promise<FlagSubject | undefined> {
    const user = await this.users.findById(userId);
    return user && { userId, tier: this.entitlements.of(user).plan.tier };
  }
}
