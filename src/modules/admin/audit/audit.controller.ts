/**
 * `/api/admin/audit`: who did what, to what, from where; and how far the chain over it is.
 */
import { Controller, Get, Header, Query, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags, IntersectionType } from '@nestjs/swagger';
import { AuditChainRepository } from '../../../platform/audit/audit-chain.repository.js';
import { Allow } from '../../../platform/http/access.js';
import { csvDownload } from '../../../platform/http/csv-download.js';
import { ChoiceField, IntegerField, TextField, TimeField } from '../../../platform/http/fields.js';
import { ExportQuery, PageQuery, pageOf, USUAL_EXPORT } from '../../../platform/http/paging.js';
import { Answers, AnswersPage } from '../../../platform/openapi/answers.js';
import { free, oneOf, orNull } from '../../../platform/openapi/shape.js';
import { AuditSearchRepository, type FoundEvent } from './audit-search.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

const ACTORS = ['user', 'service', 'system', 'anonymous'] as const;

class AuditTerms {
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

export class AuditQuery extends IntersectionType(AuditTerms, PageQuery) {}

export class AuditExport extends IntersectionType(AuditTerms, ExportQuery) {}

const CSV_NAMES = [
  'id',
  'at',
  'actor_kind',
  'actor_id',
  'action',
  'subject',
  'before',
  'after',
  'address',
  'request_id',
  'sealed',
];

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
  async search(@Query() { limit = 50, before_id, ...terms }: AuditQuery) {
    const page = pageOf(await this.#find(terms, before_id, limit + 1), limit);
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

  @Get('events.csv')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="audit.csv"')
  @ApiOperation({ summary: 'The same as a table for a spreadsheet' })
  @AnswersPage()
  searchCsv(@Query() { limit = USUAL_EXPORT, before_id, ...terms }: AuditExport): Promise<StreamableFile> {
    return csvDownload({
      names: CSV_NAMES,
      limit,
      beforeId: before_id,
      read: (beforeId, rows) => this.#find(terms, beforeId, rows),
      cells: cellsOf,
    });
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

  #find(terms: AuditTerms, beforeId: number | undefined, limit: number): Promise<FoundEvent[]> {
    return this.found.find({
      actorId: terms.actor_id,
      actorKind: terms.actor_kind,
      action: terms.action,
      subject: terms.subject,
      address: terms.address,
      requestId: terms.request_id,
      from: terms.from,
      to: terms.to,
      beforeId,
      limit,
    });
  }
}

function cellsOf(row: FoundEvent) {
  return [
    row.id,
    row.created_at.toISOString(),
    row.actor_kind,
    row.actor_id,
    row.action,
    row.subject,
    JSON.stringify(row.before),
    JSON.stringify(row.after),
    row.address,
    row.request_id,
    row.seal !== null,
  ];
}
