/**
 * `/api/admin/payments`: what administrators look at and decide, and the report on money.
 * Keeps: every decision has its audit row with who, what before and what after.
 */
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { jsonUsdt } from '../../domain/payment/micro-usdt.js';
import { statusesBehind } from '../../domain/payment/payment-status.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { csvDownload } from '../../platform/http/csv-download.js';
import { csvOf } from '../../platform/http/csv.js';
import { PageQuery, pageOf, USUAL_EXPORT } from '../../platform/http/paging.js';
import { Answers, AnswersMessage, AnswersPage, Fails } from '../../platform/openapi/answers.js';
import { orNull } from '../../platform/openapi/shape.js';
import { adminPaymentView, paymentView } from './invoice.js';
import { ADMIN_PAYMENT, PAYMENT, REPORT } from './payments.answers.js';
import {
  AgreementBody,
  AllPaymentsQuery,
  ApprovalBody,
  PaymentParam,
  plainHash,
  PaymentsExport,
  RejectionBody,
  RefundBody,
  ReportQuery,
} from './payments.dto.js';
import { PaymentDecisions } from './payment-decisions.service.js';
import { PaymentReportsRepository } from './payment-reports.repository.js';
import { paymentError } from './payments.errors.js';
import { PaymentsRepository, type PaymentWithUser } from './payments.repository.js';
import { SecondPerson } from './second-person.service.js';

const DECIDED = { message: 'Done', payment_id: 'VZK-0A1B2C3D4E5F', user_id: 7 };

@ApiTags('Payments')
@ApiBearerAuth()
@Controller()
@Allow('admin')
export class PaymentsAdminController {
  constructor(
    private readonly decisions: PaymentDecisions,
    private readonly payments: PaymentsRepository,
    private readonly second: SecondPerson,
    private readonly reports: PaymentReportsRepository,
    private readonly clock: Clock,
  ) {}

  @Get('admin/payments/pending')
  @ApiOperation({ summary: 'Payments that wait for money, the chain or you, oldest first' })
  @Answers({ total_pending: 1, payments: [ADMIN_PAYMENT] })
  async pending(@Query() { limit = 100 }: PageQuery) {
    const now = this.clock.now();
    const payments = (await this.payments.waiting(limit)).map((row) => adminPaymentView(row, now));
    return { ok: true, total_pending: payments.length, payments };
  }

  @Get('admin/payments/all')
  @ApiOperation({ summary: 'All payments, newest first' })
  @Answers({
    total_results: 1,
    filters_applied: { status: orNull('VERIFIED'), plan_type: orNull('VIP'), limit: 100 },
    payments: [ADMIN_PAYMENT],
    next_before_id: orNull(17),
  })
  async all(@Query() { limit = 100, before_id, status, plan_type }: AllPaymentsQuery) {
    const statuses = status === undefined ? null : statusesBehind(status);
    const rows = await this.payments.all(statuses, plan_type ?? null, before_id, limit + 1);
    const { items, next_before_id } = pageOf(rows, limit);
    const now = this.clock.now();
    const filters_applied = { status: status ?? null, plan_type: plan_type ?? null, limit };
    const payments = items.map((row) => adminPaymentView(row, now));
    return { ok: true, total_results: payments.length, filters_applied, payments, next_before_id };
  }

  @Post('admin/payments/approve/:payment_id')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Give the plan',
    description:
      'What came for an ended payment and became balance is used first. A verified transfer that belongs to no payment pays as far as it goes, if it is named here or by the owner, and up to 2 USDT of the rest are waived, or all with `waive_rest`; else what is missing is taken as received.',
  })
  @Answers({ ...DECIDED, new_plan: 'VIP' })
  @Fails(paymentError, 'PAYMENT_NOT_FOUND', 'ALREADY_VERIFIED', 'PAYMENT_STATE', 'HASH_CLAIMED', 'PRICE_ROSE')
  @Fails(paymentError, 'PAYS_LESS', 'TRANSACTION_REFUSED', 'COUPON_USED_UP', 'MONEY_SPENT')
  approve(@Param() { payment_id }: PaymentParam, @Body() body: ApprovalBody, @CurrentUser() caller: UserCaller) {
    return this.#approve(payment_id, body, caller);
  }

  @Post('payments/admin/verify/:payment_id')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({ summary: 'The same under its older name', deprecated: true })
  @Answers({ ...DECIDED, new_plan: 'VIP' })
  @Fails(paymentError, 'PAYMENT_NOT_FOUND', 'ALREADY_VERIFIED', 'PAYMENT_STATE', 'HASH_CLAIMED', 'PRICE_ROSE')
  @Fails(paymentError, 'PAYS_LESS', 'TRANSACTION_REFUSED', 'COUPON_USED_UP', 'MONEY_SPENT')
  approveOlder(@Param() { payment_id }: PaymentParam, @Body() body: ApprovalBody, @CurrentUser() caller: UserCaller) {
    return this.#approve(payment_id, body, caller);
  }

  @Post('admin/payments/reject/:payment_id')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({ summary: 'Close a payment unpaid; what came for it becomes the customer’s balance' })
  @Answers({ ...DECIDED, reason: 'No such transfer' })
  @Fails(paymentError, 'PAYMENT_NOT_FOUND', 'ALREADY_VERIFIED', 'PAYMENT_STATE')
  async reject(@Param() { payment_id }: PaymentParam, @Body() body: RejectionBody, @CurrentUser() caller: UserCaller) {
    const reason = body.reason ?? 'not verified';
    const { user_id } = await this.decisions.reject(payment_id, caller.userId, reason);
    return { ok: true, message: 'The payment is rejected', payment_id, user_id, reason };
  }

  @Post('admin/payments/refund/:payment_id')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Take a sale back: what it had ended counts again, and the referral bonus goes back',
    description: 'Of purchases that build on each other the newest first; one that credited balance takes it back.',
  })
  @Answers({ ...DECIDED, payment: PAYMENT })
  @Fails(paymentError, 'PAYMENT_NOT_FOUND', 'PAYMENT_STATE', 'NOTHING_RECEIVED', 'BALANCE_TOO_LOW')
  @Fails(paymentError, 'REFUND_LATER_FIRST', 'GIVEN_PLAN_RUNS', 'REST_CREDITED', 'SECOND_PERSON_NEEDED')
  async refund(@Param() { payment_id }: PaymentParam, @Body() body: RefundBody, @CurrentUser() caller: UserCaller) {
    const { to = 'balance', reason = 'refunded' } = body;
    const payment = await this.decisions.refund(payment_id, caller.userId, to, reason);
    return {
      ok: true,
      message: 'The payment is refunded',
      payment_id,
      user_id: payment.user_id,
      payment: paymentView(payment),
    };
  }

  @Post('admin/payments/refund/:payment_id/agree')
  @StepUp()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Agree to a refund above PAYMENTS_SECOND_APPROVAL_ABOVE, which another administrator then makes',
    description: 'Counts for a day, once, and for the same target.',
  })
  @AnswersMessage('You agree')
  @Fails(paymentError, 'PAYMENT_NOT_FOUND', 'OWN_MONEY')
  async agree(
    @Param() { payment_id }: PaymentParam,
    @Body() { to = 'balance' }: AgreementBody,
    @CurrentUser() { userId }: UserCaller,
  ) {
    await this.second.agreeToRefund(payment_id, to, userId);
    return { ok: true, message: 'You agree' };
  }

  @Get('admin/payments/report')
  @ApiOperation({ summary: 'Monthly recurring revenue, churn, and revenue by plan and month (UTC)' })
  @Answers(REPORT)
  async report(@Query() { months = 12 }: ReportQuery) {
    return { ok: true, ...(await this.#report(months)) };
  }

  @Get('admin/payments/report.csv')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="payments-report.csv"')
  @ApiOperation({ summary: 'The same as a table for a spreadsheet' })
  @AnswersPage()
  async reportCsv(@Query() { months = 12 }: ReportQuery): Promise<string> {
    const rows = (await this.#report(months)).months;
    const names = Object.keys(REPORT.months[0] ?? {}) as (keyof (typeof rows)[number])[];
    return csvOf(
      names,
      rows.map((row) => names.map((name) => row[name])),
    );
  }

  @Get('admin/payments/all.csv')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="payments.csv"')
  @ApiOperation({ summary: 'Payments as a table for a spreadsheet, newest first' })
  @AnswersPage()
  allCsv(@Query() { limit = USUAL_EXPORT, before_id, status, plan_type }: PaymentsExport): Promise<StreamableFile> {
    const statuses = status === undefined ? null : statusesBehind(status);
    const now = this.clock.now();
    const names = Object.keys(ADMIN_PAYMENT) as (keyof ReturnType<typeof adminPaymentView>)[];
    return csvDownload({
      names,
      limit,
      beforeId: before_id,
      read: (beforeId, rows) => this.payments.all(statuses, plan_type ?? null, beforeId, rows),
      cells: (row: PaymentWithUser) => {
        const view = adminPaymentView(row, now);
        return names.map((name) => view[name]);
      },
    });
  }

  async #approve(publicId: string, { tx_hash, waive_rest: waiveRest }: ApprovalBody, caller: UserCaller) {
    const named = tx_hash === undefined ? undefined : plainHash(tx_hash);
    const payment = await this.decisions.approve(publicId, caller.userId, { named, waiveRest });
    return {
      ok: true,
      message: 'The payment is verified',
      payment_id: payment.public_id,
      user_id: payment.user_id,
      new_plan: payment.tier,
    };
  }

  async #report(months: number) {
    const now = this.clock.now();
    const rows = await this.reports.months(months, now);
    const usdt = (column: string) => jsonUsdt(BigInt(column));
    return {
      mrr_usdt: usdt(rows.at(-1)?.mrr ?? '0'),
      paying_users: rows.at(-1)?.paying ?? 0,
      months: rows.map((row) => ({
        month: row.month,
        revenue_usdt: jsonUsdt(BigInt(row.vip) + BigInt(row.premium)),
        vip_usdt: usdt(row.vip),
        premium_usdt: usdt(row.premium),
        payments: row.payments,
        refunds: row.refunds,
        paying_at_start: row.paying_at_start,
        churned: row.churned,
        churn_percent: row.paying_at_start === 0 ? 0 : Math.round((row.churned / row.paying_at_start) * 10_000) / 100,
        mrr_usdt: usdt(row.mrr),
      })),
    };
  }
}
