/**
 * Referrals and the balance: a customer's code, what it brought, and being paid out.
 * Keeps: nobody sees the address of whom they referred.
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { jsonUsdt } from '../../domain/payment/micro-usdt.js';
import { effectiveTier, TIERS, type Tier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser, OwnPath, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { IntegerField, TextField } from '../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../platform/http/paging.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { decimal, oneOf, orNull } from '../../platform/openapi/shape.js';
import { UsersRepository } from '../users/users.repository.js';
import { MoneyRepository } from './money.repository.js';
import { MONEY_MOVE, PAYOUT } from './payments.answers.js';
import { paymentError } from './payments.errors.js';
import type { PayoutRow } from './payouts.repository.js';
import { Payouts } from './payouts.service.js';
import { type RefereeRow, ReferralsRepository } from './referrals.repository.js';

export class PayoutBody {
  @TextField({ min: 34, max: 34, description: 'Your TRC-20 address', example: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t' })
  wallet_address: string;
}

export class UserParam {
  @IntegerField({ fromText: true, min: 1, example: 7 })
  user_id: number;
}

export interface ReferralParts {
  readonly referrals: ReferralsRepository;
  readonly money: MoneyRepository;
  readonly payouts: Payouts;
  readonly users: UsersRepository;
  readonly clock: Clock;
}

/** Injection token of the parts. */
export const REFERRAL_PARTS = Symbol('REFERRAL_PARTS');

const REFEREE = {
  user_id: 8,
  name: 'Bob',
  subscription_plan: oneOf(...TIERS),
  created_at: '2026-02-28T12:00:00.000Z',
  bonus_earned: decimal(5),
};

@ApiTags('Referrals')
@ApiBearerAuth()
@Controller()
@Allow('signed_in')
export class ReferralsController {
  constructor(
    @Inject(REFERRAL_PARTS) private readonly parts: ReferralParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('referral/code')
  @ApiOperation({ summary: 'Your referral code, and a link with it' })
  @Answers({ referral_code: 'VZK0A1B2C', referral_link: 'https://api.example.com/?ref=VZK0A1B2C' })
  @Fails(paymentError, 'SUBSCRIBER_NOT_FOUND')
  async code(@CurrentUser() caller: UserCaller) {
    const code = await this.#codeOf(caller.userId);
    const link = new URL(this.config.process.PUBLIC_URL ?? 'verzek-app://register');
    link.searchParams.set('ref', code);
    return { ok: true, referral_code: code, referral_link: link.href };
  }

  @Get('referral/stats')
  @ApiOperation({ summary: 'What your referrals brought' })
  @Answers({
    total_referrals: 3,
    total_earnings: decimal(15),
    today_earnings: decimal(5),
    wallet_balance: decimal(15),
    recurring_subscriptions: 1,
    referral_history: [REFEREE],
    pending_payout: decimal(0),
  })
  async stats(@CurrentUser() { userId }: UserCaller) {
    const { referrals, money, payouts, clock } = this.parts;
    const dayStart = new Date(clock.now());
    dayStart.setUTCHours(0, 0, 0, 0);
    const [stats, history, balance, open] = [
      await referrals.stats(userId, dayStart),
      await referrals.referees(userId, undefined, 50),
      await money.balance(userId),
      await payouts.openOf(userId),
    ];
    return {
      ok: true,
      total_referrals: stats.total,
      total_earnings: jsonUsdt(BigInt(stats.earned)),
      today_earnings: jsonUsdt(BigInt(stats.earned_today)),
      wallet_balance: jsonUsdt(balance),
      recurring_subscriptions: stats.paying,
      referral_history: history.map((row) => this.#referee(row)),
      pending_payout: jsonUsdt(BigInt(open?.amount ?? '0')),
    };
  }

  @Get('referrals/:user_id')
  @OwnPath('user_id')
  @ApiOperation({ summary: 'Whom you referred, newest first (older app)' })
  @Answers({
    referral_code: 'VZK0A1B2C',
    total_referrals: 3,
    total_earnings: decimal(15),
    referrals: [REFEREE],
    next_before_id: orNull(8),
  })
  @Fails(paymentError, 'SUBSCRIBER_NOT_FOUND')
  async referees(@Param() { user_id }: UserParam, @Query() { limit = 50, before_id }: PageQuery) {
    const { referrals, clock } = this.parts;
    const referral_code = await this.#codeOf(user_id);
    const stats = await referrals.stats(user_id, clock.now());
    const { items, next_before_id } = pageOf(await referrals.referees(user_id, before_id, limit + 1), limit);
    return {
      ok: true,
      referral_code,
      total_referrals: stats.total,
      total_earnings: jsonUsdt(BigInt(stats.earned)),
      referrals: items.map((row) => this.#referee(row)),
      next_before_id,
    };
  }

  @Get('wallet/balance')
  @ApiOperation({ summary: 'Your balance: bonuses, and what payments brought above their price' })
  @Answers({
    balance: decimal(15),
    currency: 'USDT',
    minimum_withdrawal: decimal(10),
    withdrawal_fee: decimal(1),
    pending_payout: decimal(0),
  })
  async balance(@CurrentUser() { userId }: UserCaller) {
    const { money, payouts } = this.parts;
    const [balance, open] = [await money.balance(userId), await payouts.openOf(userId)];
    return {
      ok: true,
      balance: jsonUsdt(balance),
      currency: 'USDT',
      minimum_withdrawal: jsonUsdt(payouts.terms.minimum),
      withdrawal_fee: jsonUsdt(payouts.terms.fee),
      pending_payout: jsonUsdt(BigInt(open?.amount ?? '0')),
    };
  }

  @Get('wallet/history')
  @ApiOperation({ summary: 'What moved your balance, newest first' })
  @Answers({ moves: [MONEY_MOVE], next_before_id: orNull(12) })
  async history(@Query() { limit = 50, before_id }: PageQuery, @CurrentUser() { userId }: UserCaller) {
    const { items, next_before_id } = pageOf(await this.parts.money.history(userId, before_id, limit + 1), limit);
    const moves = items.map((row) => ({
      id: row.id,
      cause: row.cause,
      amount_usdt: jsonUsdt(BigInt(row.credit)),
      held_usdt: jsonUsdt(BigInt(row.held)),
      payment_id: row.payment_id,
      created_at: row.created_at.toISOString(),
    }));
    return { ok: true, moves, next_before_id };
  }

  @Post('referral/payout')
  @HttpCode(200)
  @Allow('verified')
  @StepUp()
  @ApiOperation({ summary: 'Ask for your whole balance, to be sent by hand within a day' })
  @Answers({ message: 'Your payout is on its way', payout: PAYOUT })
  @Fails(paymentError, 'PAYOUT_OPEN', 'BALANCE_TOO_LOW')
  async payout(@Body() body: PayoutBody, @CurrentUser() { userId }: UserCaller) {
    const payout = await this.parts.payouts.request(userId, body.wallet_address);
    return { ok: true, message: 'Your payout is on its way', payout: payoutView(payout) };
  }

  async #codeOf(userId: number): Promise<string> {
    const user = await this.parts.users.findById(userId);
    if (user === undefined) throw paymentError('SUBSCRIBER_NOT_FOUND');
    return user.referral_code;
  }

  #referee(row: RefereeRow) {
    const plan = effectiveTier(row.subscription_type as Tier, row.subscription_expires_at, this.parts.clock.now());
    return {
      user_id: row.id,
      name: row.full_name,
      subscription_plan: plan,
      created_at: row.created_at.toISOString(),
      bonus_earned: jsonUsdt(BigInt(row.earned)),
    };
  }
}

export function payoutView(row: PayoutRow) {
  return {
    payout_id: row.id,
    user_id: row.user_id,
    amount_usdt: jsonUsdt(BigInt(row.amount)),
    fee_usdt: jsonUsdt(BigInt(row.fee)),
    wallet_address: row.wallet_address,
    status: row.status,
    tx_hash: row.tx_hash,
    note: row.note,
    created_at: row.created_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
  };
}
