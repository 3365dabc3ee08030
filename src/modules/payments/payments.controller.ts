/**
 * `/api/payments`: what a customer buys, pays and sees. Everybody only their own.
 */
import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { usdtOf } from '../../domain/payment/micro-usdt.js';
import { Allow, CurrentUser } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { PageQuery, pageOf } from '../../platform/http/paging.js';
import { limitError, RateLimits } from '../../platform/http/rate-limits.js';
import { invalidInput } from '../../platform/http/validation.js';
import { Answers, AnswersPage, Fails } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { Cancellations } from './cancellations.service.js';
import { Claims } from './claims.service.js';
import { paymentView } from './invoice.js';
import { Invoices } from './invoices.service.js';
import { NEW_PAYMENT, PAYMENT } from './payments.answers.js';
import { CreatePaymentBody, PaymentParam, plainHash, VerifyPaymentBody } from './payments.dto.js';
import { paymentError } from './payments.errors.js';
import { type PaymentRow, PaymentsRepository } from './payments.repository.js';
import { receiptPage } from './receipt.js';

/** Each claim asks two foreign services. */
const CLAIMS = { name: 'payment-claim', points: 20, seconds: 3_600 };

/** Each takes an amount that nobody else is asked for in the next weeks. */
const CANCELS = { name: 'payment-cancel', points: 20, seconds: 86_400 };

@ApiTags('Payments')
@ApiBearerAuth()
@Controller('payments')
@Allow('signed_in')
export class PaymentsController {
  constructor(
    private readonly invoices: Invoices,
    private readonly claims: Claims,
    private readonly cancellations: Cancellations,
    private readonly payments: PaymentsRepository,
    private readonly limits: RateLimits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('create')
  @Allow('verified')
  @ApiOperation({
    summary: 'Buy a plan: the amount and the wallet to send it to',
    description:
      'The amount is unique while the payment is open, so it is recognised without a hash. What it is above the price becomes balance.',
  })
  @Answers(NEW_PAYMENT)
  @Fails(paymentError, 'SELLING_OFF', 'SUBSCRIBER_NOT_FOUND', 'TOO_MANY_OPEN')
  @Fails(paymentError, 'COUPON_NOT_VALID', 'COUPON_OTHER_PLAN', 'COUPON_USED_UP', 'BALANCE_TOO_LOW')
  async create(@Body() body: CreatePaymentBody, @CurrentUser() caller: UserCaller) {
    const tier = body.plan ?? body.plan_type;
    if (tier === undefined) throw invalidInput([{ field: 'plan', rule: 'must be one of VIP, PREMIUM' }]);
    const payment = await this.invoices.create(caller.userId, {
      tier,
      coupon: body.coupon,
      useCredit: body.use_credit ?? true,
    });
    return {
      ok: true,
      success: true,
      ...paymentView(payment),
      admin_wallet: payment.wallet,
      instructions: instructionsFor(payment),
    };
  }

  @Post('verify')
  @HttpCode(200)
  @Allow('verified')
  @ApiOperation({ summary: 'Name the transaction that paid; it is looked up on the chain' })
  @Answers({ message: 'Your payment is being verified', payment: PAYMENT })
  @Fails(paymentError, 'PAYMENT_NOT_FOUND', 'ALREADY_VERIFIED', 'HASH_CLAIMED', 'TRANSACTION_REFUSED')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async verify(@Body() body: VerifyPaymentBody, @CurrentUser() caller: UserCaller) {
    await this.limits.require(CLAIMS, String(caller.userId));
    const { payment_id, tx_hash, referral_code } = body;
    const payment = await this.claims.claim(caller.userId, payment_id, plainHash(tx_hash), referral_code);
    return { ok: true, message: 'Your payment is being verified', payment: paymentView(payment) };
  }

  @Post(':payment_id/cancel')
  @HttpCode(200)
  @Allow('verified')
  @ApiOperation({
    summary: 'Let an open payment go',
    description: 'What was set aside for it is balance again. A transfer that still comes for it is looked at by hand.',
  })
  @Answers({ message: 'The payment is cancelled', payment: PAYMENT })
  @Fails(paymentError, 'PAYMENT_NOT_FOUND', 'PAYMENT_STATE')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async cancel(@Param() { payment_id }: PaymentParam, @CurrentUser() caller: UserCaller) {
    await this.limits.require(CANCELS, String(caller.userId));
    const payment = await this.cancellations.cancel(caller.userId, payment_id);
    return { ok: true, message: 'The payment is cancelled', payment: paymentView(payment) };
  }

  @Get('my-payments')
  @ApiOperation({ summary: 'Your payments, newest first' })
  @Answers({ payments: [PAYMENT], next_before_id: orNull(17) })
  async mine(@Query() { limit = 50, before_id }: PageQuery, @CurrentUser() caller: UserCaller) {
    const page = pageOf(await this.payments.listOf(caller.userId, before_id, limit + 1), limit);
    return { ok: true, payments: page.items.map(paymentView), next_before_id: page.next_before_id };
  }

  @Get(':payment_id')
  @ApiOperation({ summary: 'One of your payments' })
  @Answers({ payment: PAYMENT })
  @Fails(paymentError, 'PAYMENT_NOT_FOUND')
  async one(@Param() { payment_id }: PaymentParam, @CurrentUser() caller: UserCaller) {
    return { ok: true, payment: paymentView(await this.#own(caller.userId, payment_id)) };
  }

  @Get(':payment_id/receipt')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @ApiOperation({ summary: 'The receipt of a verified payment, to print' })
  @AnswersPage()
  @Fails(paymentError, 'PAYMENT_NOT_FOUND', 'PAYMENT_STATE')
  async receipt(@Param() { payment_id }: PaymentParam, @CurrentUser() caller: UserCaller): Promise<string> {
    await this.#own(caller.userId, payment_id);
    const payment = await this.payments.findAny(payment_id);
    const paidAt = payment?.paid_at ?? null;
    if (payment === undefined || paidAt === null) throw paymentError('PAYMENT_STATE');
    return receiptPage(payment, paidAt, this.config.mail.MAIL_FROM);
  }

  async #own(userId: number, publicId: string): Promise<PaymentRow> {
    const payment = await this.payments.find(userId, publicId);
    if (payment === undefined) throw paymentError('PAYMENT_NOT_FOUND');
    return payment;
  }
}

function instructionsFor(payment: PaymentRow): string {
  const due = BigInt(payment.due);
  if (due === 0n || payment.status === 'PAID') return 'Nothing is left to pay: the plan is yours.';
  return `Send exactly ${usdtOf(due)} USDT on TRON (TRC-20) to ${payment.wallet} before ${payment.expires_at.toISOString()}. The exact amount tells your payment apart (any other has to wait); what it is above the price becomes your balance.`;
}
