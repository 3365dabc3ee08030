/**
 * `/api/admin/users`: finding people, and everything about one.
 */
import { Controller, Get, Header, Param, Query, type StreamableFile, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags, IntersectionType } from '@nestjs/swagger';
import { effectiveTier, TIERS, type Tier } from '../../../domain/subscription/plans.js';
import { usdtOf } from '../../../domain/payment/micro-usdt.js';
import { StaffReads } from '../../../platform/audit/staff-reads.interceptor.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Allow } from '../../../platform/http/access.js';
import { callContext } from '../../../platform/http/call-context.js';
import { csvDownload } from '../../../platform/http/csv-download.js';
import { ChoiceField, FlagField, TextField } from '../../../platform/http/fields.js';
import { ExportQuery, PageQuery, pageOf, USUAL_EXPORT } from '../../../platform/http/paging.js';
import { IdParam } from '../../../platform/http/params.js';
import { Answers, AnswersPage, Fails } from '../../../platform/openapi/answers.js';
import { oneOf, orNull } from '../../../platform/openapi/shape.js';
import { authError } from '../../auth/auth.errors.js';
import { ROLES, type Role } from '../../users/user.entity.js';
import {
  type OperatorUserRow,
  OperatorUsersRepository,
  USER_STATES,
  type UserState,
} from './operator-users.repository.js';

const TIME = '2026-01-31T12:00:00.000Z';

export class UserSearch {
  @TextField({
    required: false,
    max: 100,
    example: 'ada',
    description: 'Part of the address or the name, a referral code, or the id',
  })
  q?: string;

  @ChoiceField(ROLES, { required: false, example: 'provider' })
  role?: Role;

  @ChoiceField(TIERS, { required: false, example: 'VIP', description: 'A plan that is over counts as TRIAL' })
  tier?: Tier;

  @ChoiceField(USER_STATES, { required: false, example: 'disabled' })
  state?: UserState;

  @FlagField({ required: false, fromText: true, description: 'Only those who have auto-trading on, or off' })
  auto_trade?: boolean;
}

export class UsersQuery extends IntersectionType(UserSearch, PageQuery) {}

export class UsersExport extends IntersectionType(UserSearch, ExportQuery) {}

const USER = {
  id: 7,
  email: 'ada@example.com',
  full_name: 'Ada',
  role: oneOf(...ROLES),
  is_verified: true,
  subscription_type: oneOf(...TIERS),
  plan_expires_at: orNull(TIME),
  auto_trade_enabled: true,
  two_factor: false,
  disabled_at: orNull(TIME),
  referral_code: 'VZK0A1B2C',
  open_positions: 2,
  created_at: TIME,
};

const DETAIL = {
  ...USER,
  timezone: 'UTC',
  referred_by_id: orNull(3),
  referred_count: 0,
  sessions: 1,
  last_seen_at: orNull(TIME),
  open_tickets: 0,
  paid_usdt: '50',
  paper_balance_usdt: orNull('10012.5'),
  exchange_accounts: [{ id: 5, exchange: 'binance', is_active: true, testnet: false }],
  deletion_due_at: orNull(TIME),
};

const CSV_COLUMNS = Object.keys(USER) as (keyof typeof USER)[];

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin')
@Allow('admin')
export class OperatorUsersController {
  constructor(
    private readonly users: OperatorUsersRepository,
    private readonly clock: Clock,
  ) {}

  @Get('users')
  @ApiOperation({ summary: 'People, newest first' })
  @Answers({ users: [USER], count: 1, next_before_id: orNull(7) })
  async list(@Query() { limit = 50, before_id, ...search }: UsersQuery) {
    const { items, next_before_id } = pageOf(await this.#find(search, before_id, limit + 1), limit);
    return { ok: true, users: items.map((row) => this.#view(row)), count: items.length, next_before_id };
  }

  @Get('users.csv')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="users.csv"')
  @ApiOperation({ summary: 'The same as a table for a spreadsheet' })
  @AnswersPage()
  listCsv(@Query() { limit = USUAL_EXPORT, before_id, ...search }: UsersExport): Promise<StreamableFile> {
    return csvDownload({
      names: CSV_COLUMNS,
      limit,
      beforeId: before_id,
      read: (beforeId, rows) => this.#find(search, beforeId, rows),
      cells: (row: OperatorUserRow) => {
        const user = this.#view(row);
        return CSV_COLUMNS.map((column) => user[column]);
      },
    });
  }

  @Get('users/:id')
  @UseInterceptors(StaffReads)
  @ApiOperation({ summary: 'Everything about one: plan, sessions, trades, payments, exchange accounts, tickets' })
  @Answers({ user: DETAIL })
  @Fails(authError, 'UNKNOWN_USER')
  async one(@Param() { id }: IdParam) {
    const row = await this.users.find(id);
    if (row === undefined) throw authError('UNKNOWN_USER');
    callContext.shows(id);
    const user = {
      ...this.#view(row),
      timezone: row.timezone,
      referred_by_id: row.referred_by_id,
      referred_count: row.referred_count,
      sessions: row.sessions,
      last_seen_at: row.last_seen_at?.toISOString() ?? null,
      open_tickets: row.open_tickets,
      paid_usdt: usdtOf(BigInt(row.paid_micro_usdt)),
      paper_balance_usdt: row.paper_balance,
      exchange_accounts: row.exchange_accounts,
      deletion_due_at: row.deletion_due_at?.toISOString() ?? null,
    };
    return { ok: true, user };
  }

  #find(search: UserSearch, beforeId: number | undefined, limit: number): Promise<OperatorUserRow[]> {
    return this.users.list({
      q: search.q ?? null,
      role: search.role ?? null,
      tier: search.tier ?? null,
      state: search.state ?? null,
      autoTrade: search.auto_trade ?? null,
      beforeId: beforeId ?? Number.MAX_SAFE_INTEGER,
      limit,
    });
  }

  #view(row: OperatorUserRow) {
    return {
      id: row.id,
      email: row.email,
      full_name: row.full_name,
      role: row.role,
      is_verified: row.is_verified,
      subscription_type: effectiveTier(row.subscription_type, row.subscription_expires_at, this.clock.now()),
      plan_expires_at: row.subscription_expires_at?.toISOString() ?? null,
      auto_trade_enabled: row.auto_trade_enabled,
      two_factor: row.two_factor_at !== null,
      disabled_at: row.disabled_at?.toISOString() ?? null,
      referral_code: row.referral_code,
      open_positions: row.open_positions,
      created_at: row.created_at.toISOString(),
    };
  }
}
