/**
 * `/api/admin/audit`: who did what, to what, from where; and how far the chain over it is.
 */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditChainRepository } from '../../../platform/audit/audit-chain.repository.js';
import { Allow } from '../../../platform/http/access.js';
import { ChoiceField, IntegerField, TextField, TimeField } from '../../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../../platform/http/paging.js';
import { Answers } from '../../../platform/openapi/answers.js';
import { free, oneOf, orNull } from '../../../platform/openapi/shape.js';
import { AuditSearchRepository } from './audit-search.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

const ACTORS = ['user', 'service', 'system', 'anonymous'] as const;

export class AuditQuery extends PageQuery {
  @IntegerField({ required: false, fromText: true, min: 1, description: 'Acts of this user', example: 17 })
  actor_id?: number;

  @ChoiceField(ACTORS, { required: false, example: 'user' })
  actor_kind?: (typeof ACTORS)[number];

  @TextField({
    required: false,
    max: 60,
    pattern: /^[a-z0-9_.]+$/,
    rule: 'must be an act such as auth.login, or the beginning of acts with a dot at its end, such as auth.',
    description: 'An act; with a dot at its end all acts that begin with it',
    example: 'auth.',
  })
  action?: string;

  @TextField({ required: false, max: 200, description: 'What it was done to', example: 'user:17' })
  subject?: string;

  @TextField({ required: false, max: 64, description: 'Network address of the caller', example: '203.0.113.7' })
  address?: string;

  @TextField({ required: false, max: 64, description: 'The X-Request-Id of an answer', example: 'c0ffee00-1' })
  request_id?: string;

  @TimeField({ required: false, description: 'Not before this time', example: TIME })
  from?: string;

  @TimeField({ required: false, description: 'Before this time', example: TIME })
  to?: string;
}

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin/audit')
@Allow('admin')
export class AuditController {
  constructor(
    private readonly found: AuditSearchRepository,
    private readonly chain: AuditChainRepository,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The audit trail, newest first',
    description: '`sealed`: the row has its place in the chain, which it gets within seconds.',
  })
  @Answers({
    events: [
      {
        id: 4711,
        at: TIME,
        actor: { kind: oneOf(...ACTORS), id: orNull(17) },
        action: 'user.role',
        subject: 'user:18',
        before: free({ role: 'user' }),
        after: free({ role: 'provider' }),
        address: '203.0.113.7',
        request_id: orNull('5f0c3b1e-8d54-4c53-9a55-2f8f0c5a7d10'),
        sealed: true,
      },
    ],
    count: 1,
    next_before_id: orNull(4711),
  })
  async search(@Query() query: AuditQuery) {
    const limit = query.limit ?? 50;
    const rows = await this.found.find({
      actorId: query.actor_id,
      actorKind: query.actor_kind,
      action: query.action,
      subject: query.subject,
      address: query.address,
      requestId: query.request_id,
      from: query.from,
      to: query.to,
      beforeId: query.before_id,
      limit: limit + 1,
    });
    const page = pageOf(rows, limit);
    const events = page.items.map((row) => ({
      id: row.id,
      at: row.created_at.toISOString(),
      actor: { kind: row.actor_kind, id: row.actor_id },
      action: row.action,
      subject: row.subject,
      before: row.before,
      after: row.after,
      address: row.address,
      request_id: row.request_id,
      sealed: row.seal !== null,
    }));
    return { ok: true, events, count: events.length, next_before_id: page.next_before_id };
  }

  @Get('chain')
  @ApiOperation({
    summary: 'The end of the chain over the audit trail',
    description:
      'Noted elsewhere, it proves later that nothing before it was changed: `npm run audit:verify -- --head`.',
  })
  @Answers({
    seals: 4711,
    head: orNull(`4711:${'5f0c3b1e'.repeat(8)}`),
    sealed_at: orNull(TIME),
    waiting: 0,
  })
  async state() {
    const [head, waiting] = await Promise.all([this.chain.head(), this.chain.waiting()]);
    return {
      ok: true,
      seals: head?.seq ?? 0,
      head: head === undefined ? null : `${head.seq}:${head.hash.toString('hex')}`,
      sealed_at: head?.sealed_at.toISOString() ?? null,
      waiting,
    };
  }
}
