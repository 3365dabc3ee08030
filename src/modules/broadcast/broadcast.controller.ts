/**
 * `/api/admin`: what was broadcast and how far it got; a test message.
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '../../platform/http/access.js';
import { Database } from '../../platform/database/database.js';
import { Clock } from '../../platform/clock/clock.js';
import { IntegerField } from '../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { redactText } from '../../platform/logging/redaction.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { BROADCAST_CHANNEL, type BroadcastChannel } from './broadcast-channel.js';
import { BroadcastService } from './broadcast.service.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { BROADCASTS, RETRIED, TESTED } from './broadcast.answers.js';
import { broadcastError } from './broadcast.errors.js';

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 24;

export class RetryBody {
  @IntegerField({ required: false, min: 1, max: 720, example: 24, description: 'How far back; 24 hours by default' })
  hours?: number;
}

interface MessageRow {
  id: number;
  key: string;
  kind: string;
  signal_id: number | null;
  content: Record<string, unknown>;
  created_at: Date;
  deliveries: Record<string, unknown>[];
}

const LIST = `
  SELECT m.id, m.key, m.kind, m.signal_id, m.content, m.created_at,
    (SELECT coalesce(json_agg(d ORDER BY d.id), '[]') FROM (
       SELECT id, channel, target, status, attempts, last_error, sent_at FROM deliveries WHERE message_id = m.id) AS d) AS deliveries
  FROM broadcast_messages m WHERE m.id < $1 ORDER BY m.id DESC LIMIT $2`;

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin')
export class BroadcastController {
  constructor(
    private readonly database: Database,
    private readonly randomness: Randomness,
    private readonly broadcast: BroadcastService,
    private readonly clock: Clock,
    @Inject(BROADCAST_CHANNEL) private readonly channel: BroadcastChannel,
  ) {}

  @Get('broadcasts')
  @Allow('admin')
  @ApiOperation({ summary: 'Broadcasts with their deliveries, newest first' })
  @Answers(BROADCASTS)
  async list(@Query() query: PageQuery) {
    const limit = query.limit ?? 50;
    const rows = await this.database.query<MessageRow>(LIST, [query.before_id ?? Number.MAX_SAFE_INTEGER, limit + 1]);
    const page = pageOf(rows, limit);
    return { ok: true, broadcasts: page.items, count: page.items.length, next_before_id: page.next_before_id };
  }

  @Post('broadcasts/deliveries/retry')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'Send all deliveries again that were given up lately' })
  @Answers(RETRIED)
  async retryAll(@Body() { hours = DEFAULT_HOURS }: RetryBody) {
    const count = await this.broadcast.retryAll(new Date(this.clock.now().getTime() - hours * HOUR_MS));
    return { ok: true, message: `${count} will be sent again`, count };
  }

  @Post('broadcasts/deliveries/:id/retry')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'Send a delivery again that was given up' })
  @AnswersMessage('It will be sent again')
  @Fails(broadcastError, 'DELIVERY_NOT_GIVEN_UP')
  async retry(@Param() { id }: IdParam) {
    if (await this.broadcast.retry(id)) return { ok: true, message: 'It will be sent again' };
    throw broadcastError('DELIVERY_NOT_GIVEN_UP');
  }

  @Post('telegram/test')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'Send a test message to every group at once, and say what came of it' })
  @Answers(TESTED)
  @Fails(broadcastError, 'BROADCAST_FAILED')
  async test() {
    const results: Record<string, string> = {};
    for (const [group, target] of this.channel.targets) {
      const key = `test:${this.randomness.token(8)}`;
      const result = await this.channel.client.send(target, { text: 'VerzekAutoTrader: test message' }, key);
      results[group] = result.outcome === 'delivered' ? 'delivered' : redactText(result.reason);
    }
    if (Object.values(results).every((result) => result === 'delivered')) {
      return { ok: true, message: `Sent over ${this.channel.client.code}`, results };
    }
    throw broadcastError('BROADCAST_FAILED', { results });
  }
}
