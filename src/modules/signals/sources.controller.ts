/**
 * Where signals come from, and what each user wants of each source: mute it, or follow it with a size of its own.
 * Keeps: what is not set is inherited from the user's settings, and is answered as null.
 */
import { Body, Controller, Delete, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { toJsonNumber } from '../../domain/money/money.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { Allow, CurrentUser, OwnPath } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { DecimalField, FlagField, IntegerField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { signalError } from './signals.errors.js';
import { type FollowedSource, SourcesRepository } from './sources.repository.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';

export class SourceParam extends IdParam {
  @IntegerField({ fromText: true, min: 1, example: 1 })
  source_id: number;
}

export class FollowBody {
  @FlagField({ required: false, description: 'false mutes the source' })
  enabled?: boolean;

  @DecimalField({ required: false, above: '0', max: '1000000000', description: 'USDT of margin per trade' })
  per_trade_usdt?: string;

  @IntegerField({
    required: false,
    min: 1,
    max: 125,
    limitedBy: 'MAX_LEVERAGE',
    description: 'Up to MAX_LEVERAGE (25 by default)',
  })
  leverage?: number;
}

export class SourceView {
  @ApiProperty({ example: 1 }) id: number;
  @ApiProperty({ example: 'house' }) code: string;
  @ApiProperty({ enum: ['manual', 'provider', 'house', 'webhook'] }) kind: string;
  @ApiProperty({ example: 'House engine' }) name: string;
  @ApiProperty({ description: 'Whether its signals trade for the user' }) enabled: boolean;
  @ApiProperty({ type: Number, nullable: true, description: 'null: as in the settings' })
  per_trade_usdt: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'null: as in the settings' }) leverage: number | null;
}

@ApiTags('Signals')
@ApiBearerAuth()
@Controller('users/:id/sources')
@Allow('verified')
@OwnPath('id')
export class SourcesController {
  constructor(
    private readonly sources: SourcesRepository,
    private readonly database: Database,
    private readonly audit: AuditTrail,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Allow('signed_in')
  @ApiOperation({ summary: 'All sources, with what the user wants of each' })
  @Answers({ sources: [SourceView] })
  async list(@Param() { id }: IdParam) {
    return { ok: true, sources: (await this.sources.followedBy(id)).map(sourceView) };
  }

  @Put(':source_id')
  @ApiOperation({ summary: 'Mute a source, or follow it with another size; only named fields change' })
  @Answers({ source: SourceView })
  @Fails(signalError, 'SOURCE_NOT_FOUND')
  async follow(@Param() { id, source_id }: SourceParam, @Body() body: FollowBody, @CurrentUser() caller: UserCaller) {
    const { MAX_LEVERAGE } = this.config.trading;
    if ((body.leverage ?? 1) > MAX_LEVERAGE) {
      throw invalidInput([{ field: 'leverage', rule: `must be at most ${MAX_LEVERAGE}` }]);
    }
    return this.#change(id, source_id, caller, { ...body }, () => this.sources.follow(id, source_id, body));
  }

  @Delete(':source_id')
  @ApiOperation({ summary: 'Follow a source with the user’s own settings again' })
  @Answers({ source: SourceView })
  @Fails(signalError, 'SOURCE_NOT_FOUND')
  async reset(@Param() { id, source_id }: SourceParam, @CurrentUser() caller: UserCaller) {
    return this.#change(id, source_id, caller, { reset: true }, () => this.sources.reset(id, source_id));
  }

  async #change(
    userId: number,
    sourceId: number,
    caller: UserCaller,
    after: Readonly<Record<string, unknown>>,
    act: () => Promise<void>,
  ) {
    return this.database.transaction(async () => {
      const before = await this.sources.followed(userId, sourceId);
      if (before === undefined) throw signalError('SOURCE_NOT_FOUND');
      await act();
      const { enabled, per_trade_usdt, leverage } = before;
      await this.audit.record({
        actorKind: 'user',
        actorId: caller.userId,
        action: 'source.follow',
        subject: `user:${userId}`,
        before: { source: before.code, enabled, per_trade_usdt, leverage },
        after: { source: before.code, ...after },
      });
      const now = await this.sources.followed(userId, sourceId);
      return { ok: true, source: sourceView(now ?? before) };
    });
  }
}

function sourceView(source: FollowedSource): SourceView {
  const { per_trade_usdt } = source;
  return { ...source, per_trade_usdt: per_trade_usdt === null ? null : toJsonNumber(per_trade_usdt) };
}
