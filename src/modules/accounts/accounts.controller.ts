/**
 * `/api/users/:id/exchanges` and balances. Key material goes in and never comes out.
 */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Decimal } from '../../domain/money/decimal.js';
import { toJsonNumber } from '../../domain/money/money.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { Allow, CurrentUser, OwnPath, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { ChoiceField, FlagField, IntegerField, TextField } from '../../platform/http/fields.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { accountError } from './accounts.errors.js';
import { type AccountRow, AccountsRepository } from './accounts.repository.js';
import { Vault } from './vault.service.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import {
  ACCOUNT_BALANCE,
  CONNECTED,
  EXCHANGES,
  ONE_EXCHANGE,
  VENUE_BALANCE,
  VENUE_LEVERAGE,
} from './accounts.answers.js';

export const VENUES = ['binance', 'bybit', 'okx', 'phemex', 'kraken'] as const;

export class AddExchangeBody {
  @ChoiceField(VENUES, { example: 'binance' })
  exchange: string;

  @TextField({ min: 8, max: 256, description: 'Without the right to withdraw' })
  api_key: string;

  @TextField({ min: 8, max: 512 })
  api_secret: string;

  @TextField({ required: false, nullable: 'absent', max: 128, description: 'OKX asks for one' })
  passphrase?: string;

  @FlagField({ required: false, nullable: 'absent', description: 'Default true' })
  testnet?: boolean;
}

export class ExchangeParams extends IdParam {
  @IntegerField({ fromText: true, min: 1 })
  exchange_id: number;
}

export class VenueParams extends IdParam {
  @ChoiceField(['paper', ...VENUES])
  exchange: string;
}

export class RemoveExchangeQuery {
  @IntegerField({ required: false, fromText: true, min: 1 })
  exchange_id?: number;
}

export class RemoveExchangeBody {
  @IntegerField({ required: false, min: 1, description: 'As the older app sends it' })
  account_id?: number;
}

export class LeverageBody {
  @IntegerField({ min: 1, max: 125, limitedBy: 'MAX_LEVERAGE', description: 'Up to MAX_LEVERAGE (25 by default)' })
  leverage: number;
}

/** As the document shows it. */
@ApiTags('Accounts')
@ApiBearerAuth()
@Controller('users/:id')
@Allow('verified')
@OwnPath('id')
export class AccountsController {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly entitlements: Entitlements,
    private readonly vault: Vault,
    private readonly audit: AuditTrail,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('exchanges')
  @Allow('signed_in')
  @ApiOperation({ summary: 'Connected exchange accounts; no key material' })
  @Answers(EXCHANGES)
  async list(@Param() { id }: IdParam) {
    const rows = await this.accounts.exchanges(id);
    const exchanges = rows.map((row) => ({
      id: row.id,
      exchange: row.exchange,
      testnet: row.testnet,
      is_active: row.is_active,
    }));
    return { ok: true, exchanges };
  }

  @Post('exchanges')
  @StepUp('exchange_keys')
  @ApiOperation({ summary: 'Connect an exchange account; its keys are encrypted and never shown again' })
  @Answers(CONNECTED)
  @Fails(accountError, 'OWNER_NOT_FOUND', 'ACCOUNT_EXISTS', 'ACCOUNT_LIMIT')
  async add(@Param() { id }: IdParam, @Body() body: AddExchangeBody, @CurrentUser() caller: UserCaller) {
    const { exchange, api_key, api_secret, passphrase, testnet = true } = body;
    const exchange_id = await this.database.transaction(async () => {
      const owner = await this.accounts.lockOwner(id);
      if (owner === undefined) throw accountError('OWNER_NOT_FOUND');
      const accountId = await this.accounts.add(id, exchange, testnet);
      if (accountId === undefined) throw accountError('ACCOUNT_EXISTS');
      const { tier, plan } = this.entitlements.of(owner);
      if (owner.accounts >= plan.exchangeAccounts) {
        throw accountError('ACCOUNT_LIMIT', { plan: tier, exchange_accounts: plan.exchangeAccounts });
      }
      await this.vault.store(id, accountId, {
        api_key,
        api_secret,
        ...(passphrase === undefined ? {} : { passphrase }),
      });
      await this.#record('account.add', id, caller, { account_id: accountId, exchange, testnet });
      return accountId;
    });
    return { ok: true, message: 'Exchange account connected', exchange_id };
  }

  @Delete('exchanges')
  @HttpCode(200)
  @StepUp('exchange_keys')
  @ApiOperation({ summary: 'Disconnect an exchange account' })
  @AnswersMessage('Exchange account disconnected')
  @Fails(accountError, 'ACCOUNT_NOT_FOUND', 'ACCOUNT_IN_USE')
  remove(
    @Param() { id }: IdParam,
    @Query() query: RemoveExchangeQuery,
    @Body() body: RemoveExchangeBody | undefined,
    @CurrentUser() caller: UserCaller,
  ) {
    const accountId = query.exchange_id ?? body?.account_id;
    if (accountId === undefined) throw invalidInput([{ field: 'exchange_id', rule: 'must not be empty' }]);
    return this.#remove(id, accountId, caller);
  }

  @Delete('exchanges/:exchange_id')
  @HttpCode(200)
  @StepUp('exchange_keys')
  @ApiOperation({ summary: 'Disconnect an exchange account' })
  @AnswersMessage('Exchange account disconnected')
  @Fails(accountError, 'ACCOUNT_NOT_FOUND', 'ACCOUNT_IN_USE')
  removeOne(@Param() { id, exchange_id }: ExchangeParams, @CurrentUser() caller: UserCaller) {
    return this.#remove(id, exchange_id, caller);
  }

  @Get('exchanges/:exchange_id')
  @Allow('signed_in')
  @ApiOperation({ summary: 'One connected exchange account; of its API key the last four characters' })
  @Answers({ exchange: ONE_EXCHANGE })
  @Fails(accountError, 'ACCOUNT_NOT_FOUND')
  async one(@Param() { id, exchange_id }: ExchangeParams) {
    const row = await this.accounts.find(id, exchange_id);
    if (row === undefined || row.exchange === 'paper') throw accountError('ACCOUNT_NOT_FOUND');
    const { exchange, testnet, is_active, leverage } = row;
    const api_key = (await this.vault.shownKey(id, exchange_id)) ?? null;
    return { ok: true, exchange: { id: row.id, exchange, testnet, is_active, leverage, api_key } };
  }

  @Get('exchanges/:exchange_id/balance')
  @Allow('signed_in')
  @ApiOperation({ summary: 'Balance of an account' })
  @Answers(ACCOUNT_BALANCE)
  @Fails(accountError, 'ACCOUNT_NOT_FOUND', 'ACCOUNT_INACTIVE', 'VENUE_UNAVAILABLE')
  async balance(@Param() { id, exchange_id }: ExchangeParams) {
    const row = await this.accounts.find(id, exchange_id);
    if (row === undefined) throw accountError('ACCOUNT_NOT_FOUND');
    return { ok: true, exchange: row.exchange, testnet: row.testnet, balance: this.#balanceOf(row) };
  }

  @Get('balance/:exchange')
  @Allow('signed_in')
  @ApiOperation({ summary: 'Balance by venue, `paper` included (older app)' })
  @Answers(VENUE_BALANCE)
  @Fails(accountError, 'ACCOUNT_NOT_FOUND', 'ACCOUNT_INACTIVE', 'VENUE_UNAVAILABLE')
  async balanceByVenue(@Param() { id, exchange }: VenueParams) {
    const row = await this.#byVenue(id, exchange);
    const { total, available } = this.#balanceOf(row);
    return {
      ok: true,
      total_balance: total,
      available_balance: available,
      locked_balance: toJsonNumber(row.margin_used),
    };
  }

  @Get('exchanges/:exchange/leverage')
  @Allow('signed_in')
  @ApiOperation({ summary: 'Leverage on a venue' })
  @Answers(VENUE_LEVERAGE)
  @Fails(accountError, 'ACCOUNT_NOT_FOUND')
  async leverage(@Param() { id, exchange }: VenueParams) {
    const row = await this.#byVenue(id, exchange);
    return { ok: true, exchange, leverage: row.leverage ?? 10 };
  }

  @Put('exchanges/:exchange/leverage')
  @ApiOperation({ summary: 'Set the leverage on a venue; it wins over the general setting' })
  @Answers(VENUE_LEVERAGE)
  @Fails(accountError, 'ACCOUNT_NOT_FOUND')
  async setLeverage(
    @Param() { id, exchange }: VenueParams,
    @Body() { leverage }: LeverageBody,
    @CurrentUser() caller: UserCaller,
  ) {
    const max = this.config.trading.MAX_LEVERAGE;
    if (leverage > max) throw invalidInput([{ field: 'leverage', rule: `must be at most ${max}` }]);
    const row = await this.#byVenue(id, exchange);
    await this.database.transaction(async () => {
      await this.accounts.setLeverage(id, row.id, leverage);
      await this.#record('account.leverage', id, caller, { account_id: row.id, leverage });
    });
    return { ok: true, exchange, leverage };
  }

  async #remove(userId: number, accountId: number, caller: UserCaller) {
    const row = await this.accounts.find(userId, accountId);
    if (row === undefined || row.exchange === 'paper') throw accountError('ACCOUNT_NOT_FOUND');
    await this.database.transaction(async () => {
      if (row.open_positions > 0 || !(await this.accounts.remove(userId, accountId)))
        throw accountError('ACCOUNT_IN_USE');
      await this.#record('account.remove', userId, caller, { account_id: accountId, exchange: row.exchange });
    });
    return { ok: true, message: 'Exchange account disconnected' };
  }

  async #byVenue(userId: number, exchange: string): Promise<AccountRow> {
    const row = await this.accounts.findByExchange(userId, exchange);
    if (row === undefined) throw accountError('ACCOUNT_NOT_FOUND');
    return row;
  }

  /** Only the paper account's figures are ours to tell; a real venue's are asked of it or not told. */
  #balanceOf(row: AccountRow) {
    if (!row.is_active) throw accountError('ACCOUNT_INACTIVE');
    if (row.exchange !== 'paper') throw accountError('VENUE_UNAVAILABLE', { exchange: row.exchange });
    const total = toJsonNumber(row.balance);
    const available = toJsonNumber(Decimal.of(row.balance).minus(Decimal.of(row.margin_used)));
    const currencies = { USDT: { free: available, locked: toJsonNumber(row.margin_used) } };
    return { ok: true, total, available, currency: 'USDT', total_usdt: total, available_usdt: available, currencies };
  }

  #record(action: string, userId: number, caller: UserCaller, after: Record<string, unknown>): Promise<void> {
    return this.audit.record({ actorKind: 'user', actorId: caller.userId, action, subject: `user:${userId}`, after });
  }
}
