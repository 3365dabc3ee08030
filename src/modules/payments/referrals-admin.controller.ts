/**
 * What administrators decide about payouts and coupons, and what referrers would be owed by flat bonuses.
 */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { jsonUsdt, microOf } from '../../domain/payment/micro-usdt.js';
import { COUPON_KINDS, type CouponKind } from '../../domain/subscription/coupons.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import {
  ChoiceField,
  DecimalField,
  IntegerField,
  TextField,
  TextListField,
  TimeField,
} from '../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { decimal, orNull } from '../../platform/openapi/shape.js';
import { type CouponRow, CouponsRepository } from './coupons.repository.js';
import { COUPON, PAYOUT } from './payments.answers.js';
import { HASH, plainHash, RejectionBody, type Sold } from './payments.dto.js';
import { paymentError } from './payments.errors.js';
import { PAYOUT_STATUSES, type PayoutStatus } from './payout.entity.js';
import { PayoutsRepository } from './payouts.repository.js';
import { Payouts } from './payouts.service.js';
import { payoutView } from './referrals.controller.js';
import { ReferralsRepository } from './referrals.repository.js';
import { SecondPerson } from './second-person.service.js';

export class OwedQuery {
  @DecimalField({ required: false, min: '0', max: '100000', description: 'USDT for each referee on VIP', example: 10 })
  bonus_per_vip?: string;

  @DecimalField({ required: false, min: '0', max: '100000', description: 'USDT for each on PREMIUM', example: 20 })
  bonus_per_premium?: string;
}

export class PayoutsQuery extends PageQuery {
  @ChoiceField(PAYOUT_STATUSES, { required: false })
  status?: PayoutStatus;
}

export class PaidBody {
  @TextField({ ...HASH, description: 'The transaction that paid it' })
  tx_hash: string;
}

export class CouponBody {
  @TextField({
    upper: true,
    max: 32,
    pattern: /^[A-Z0-9_-]{3,32}$/,
    rule: 'must be 3 to 32 letters, digits, - or _',
    example: 'SPRING-26',
  })
  code: string;

  @ChoiceField(COUPON_KINDS)
  kind: CouponKind;

  @DecimalField({ required: false, above: '0', max: '100', description: 'Of kind PERCENT', example: 20 })
  percent?: string;

  @DecimalField({ required: false, above: '0', max: '100000', description: 'USDT, of kind AMOUNT', example: 10 })
  amount_usdt?: string;

  @TextListField({
    required: false,
    upper: true,
    maxItems: 2,
    pattern: /^(VIP|PREMIUM)$/,
    rule: 'must hold only VIP and PREMIUM',
    description: 'Empty: for every plan',
  })
  plans?: Sold[];

  @IntegerField({ required: false, min: 1, max: 1_000_000, description: 'In all; without it as often as people like' })
  max_uses?: number;

  @IntegerField({ required: false, min: 1, max: 1_000, description: 'By one user; 1 without it' })
  max_uses_per_user?: number;

  @TimeField({ required: false, description: 'From when; now without it' })
  valid_from?: string;

  @TimeField({ required: false, description: 'Until when' })
  valid_until?: string;
}

export interface ReferralAdminParts {
  readonly referrals: ReferralsRepository;
  readonly second: SecondPerson;
  readonly payouts: Payouts;
  readonly wishes: PayoutsRepository;
  readonly coupons: CouponsRepository;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly clock: Clock;
}

/** Injection token of the parts. */
export const REFERRAL_ADMIN_PARTS = Symbol('REFERRAL_ADMIN_PARTS');

@ApiTags('Referrals')
@ApiBearerAuth()
@Controller('admin')
@Allow('admin')
export class ReferralsAdminController {
  constructor(@Inject(REFERRAL_ADMIN_PARTS) private readonly parts: ReferralAdminParts) {}

  @Get('referrals/payouts')
  @ApiOperation({ summary: 'What referrers would be owed by flat bonuses for verified referees who pay now' })
  @Answers({
    total_payouts_owed_usdt: decimal(30),
    bonus_per_vip: decimal(10),
    bonus_per_premium: decimal(20),
    payouts: [
      {
        user_id: 7,
        email: 'ada@example.com',
        full_name: 'Ada',
        referral_code: 'VZK0A1B2C',
        vip_referrals: 1,
        premium_referrals: 1,
        bonus_owed_usdt: decimal(30),
      },
    ],
  })
  async owed(@Query() { bonus_per_vip = '10', bonus_per_premium = '20' }: OwedQuery) {
    const [vip, premium] = [
      wholeMicro('bonus_per_vip', bonus_per_vip),
      wholeMicro('bonus_per_premium', bonus_per_premium),
    ];
    const rows = await this.parts.referrals.owed(1_000);
    const owed = rows.map((row) => ({ row, bonus: vip * BigInt(row.vip) + premium * BigInt(row.premium) }));
    owed.sort((a, b) => (a.bonus === b.bonus ? a.row.user_id - b.row.user_id : a.bonus > b.bonus ? -1 : 1));
    return {
      ok: true,
      total_payouts_owed_usdt: jsonUsdt(owed.reduce((sum, { bonus }) => sum + bonus, 0n)),
      bonus_per_vip: jsonUsdt(vip),
      bonus_per_premium: jsonUsdt(premium),
      payouts: owed.map(({ row: { vip: vip_referrals, premium: premium_referrals, ...who }, bonus }) => ({
        ...who,
        vip_referrals,
        premium_referrals,
        bonus_owed_usdt: jsonUsdt(bonus),
      })),
    };
  }

  @Get('payouts')
  @ApiOperation({ summary: 'Payouts that people asked for, newest first' })
  @Answers({ payouts: [PAYOUT], next_before_id: orNull(3) })
  async payouts(@Query() { limit = 50, before_id, status }: PayoutsQuery) {
    const rows = await this.parts.wishes.list(status ?? null, before_id, limit + 1);
    const { items, next_before_id } = pageOf(rows, limit);
    return { ok: true, payouts: items.map(payoutView), next_before_id };
  }

  @Post('payouts/:id/paid')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({ summary: 'You have sent it, by this transaction' })
  @Answers({ payout: PAYOUT })
  @Fails(paymentError, 'PAYOUT_NOT_FOUND', 'PAYOUT_DECIDED', 'HASH_CLAIMED', 'SECOND_PERSON_NEEDED')
  async paid(@Param() { id }: IdParam, @Body() body: PaidBody, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, payout: payoutView(await this.parts.payouts.pay(id, userId, plainHash(body.tx_hash))) };
  }

  @Post('payouts/:id/agree')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Agree to a payout above PAYMENTS_SECOND_APPROVAL_ABOVE, which another administrator then sends',
    description: 'Counts for a day, once.',
  })
  @AnswersMessage('You agree')
  @Fails(paymentError, 'PAYOUT_NOT_FOUND', 'PAYOUT_DECIDED', 'OWN_MONEY')
  async agree(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    await this.parts.second.agreeToPayout(id, userId);
    return { ok: true, message: 'You agree' };
  }

  @Post('payouts/:id/reject')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({ summary: 'It is not sent: the money is the customer’s balance again' })
  @Answers({ payout: PAYOUT })
  @Fails(paymentError, 'PAYOUT_NOT_FOUND', 'PAYOUT_DECIDED')
  async reject(@Param() { id }: IdParam, @Body() body: RejectionBody, @CurrentUser() { userId }: UserCaller) {
    const payout = await this.parts.payouts.reject(id, userId, body.reason ?? 'not paid out');
    return { ok: true, payout: payoutView(payout) };
  }

  @Get('coupons')
  @ApiOperation({ summary: 'Coupons, newest first' })
  @Answers({ coupons: [COUPON], next_before_id: orNull(1) })
  async coupons(@Query() { limit = 50, before_id }: PageQuery) {
    const { items, next_before_id } = pageOf(await this.parts.coupons.list(before_id, limit + 1), limit);
    return { ok: true, coupons: items.map(couponView), next_before_id };
  }

  @Post('coupons')
  @StepUp()
  @ApiOperation({ summary: 'A new coupon: a share or an amount off' })
  @Answers({ coupon: COUPON })
  @Fails(paymentError, 'COUPON_EXISTS')
  async addCoupon(@Body() body: CouponBody, @CurrentUser() { userId }: UserCaller) {
    const isPercent = body.kind === 'PERCENT';
    const value = isPercent ? body.percent : body.amount_usdt;
    const field = isPercent ? 'percent' : 'amount_usdt';
    if (value === undefined) throw invalidInput([{ field, rule: `must be given for kind ${body.kind}` }]);
    if (isPercent && !/^\d+(\.\d{1,4})?$/.test(value)) {
      throw invalidInput([{ field, rule: 'must have at most 4 decimal places' }]);
    }
    return this.parts.database.transaction(async () => {
      const coupon = await this.parts.coupons.add({
        code: body.code,
        kind: body.kind,
        percent: isPercent ? value : null,
        amount: isPercent ? null : String(wholeMicro(field, value)),
        tiers: body.plans ?? [],
        max_uses: body.max_uses ?? null,
        max_uses_per_user: body.max_uses_per_user ?? 1,
        valid_from: body.valid_from === undefined ? this.parts.clock.now() : new Date(body.valid_from),
        valid_until: body.valid_until === undefined ? null : new Date(body.valid_until),
      });
      if (coupon === undefined) throw paymentError('COUPON_EXISTS');
      await this.#record('coupon.add', coupon.id, userId, { ...couponView(coupon) });
      return { ok: true, coupon: couponView(coupon) };
    });
  }

  @Post('coupons/:id/disable')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({ summary: 'Nobody can use it any more; open payments keep it' })
  @AnswersMessage('The coupon is switched off')
  @Fails(paymentError, 'COUPON_NOT_FOUND')
  async disableCoupon(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    await this.parts.database.transaction(async () => {
      if (!(await this.parts.coupons.disable(id))) throw paymentError('COUPON_NOT_FOUND');
      await this.#record('coupon.disable', id, userId, {});
    });
    return { ok: true, message: 'The coupon is switched off' };
  }

  #record(action: string, couponId: number, adminId: number, after: Readonly<Record<string, unknown>>): Promise<void> {
    return this.parts.audit.record({
      actorKind: 'user',
      actorId: adminId,
      action,
      subject: `coupon:${couponId}`,
      after,
    });
  }
}

/** Throws 400 for more than 6 decimal places. */
function wholeMicro(field: string, usdt: string): bigint {
  if (!/^\d+(\.\d{1,6}0*)?$/.test(usdt)) throw invalidInput([{ field, rule: 'must have at most 6 decimal places' }]);
  return microOf(usdt);
}

function couponView(row: CouponRow) {
  return {
    id: row.id,
    code: row.code,
    kind: row.kind,
    percent: row.percent === null ? null : Number(row.percent),
    amount_usdt: row.amount === null ? null : jsonUsdt(BigInt(row.amount)),
    plans: row.tiers,
    max_uses: row.max_uses,
    max_uses_per_user: row.max_uses_per_user,
    uses: row.uses,
    valid_from: row.valid_from.toISOString(),
    valid_until: row.valid_until?.toISOString() ?? null,
    is_disabled: row.disabled_at !== null,
  };
}
