/** What the routes of payments take. */
import { IntersectionType } from '@nestjs/swagger';
import { ChoiceField, FlagField, IntegerField, TextField } from '../../platform/http/fields.js';
import { ExportQuery, PageQuery } from '../../platform/http/paging.js';
import { CONTRACT_STATUSES, PAYMENT_STATUSES } from '../../domain/payment/payment-status.js';

export const SOLD = ['VIP', 'PREMIUM'] as const;
export type Sold = (typeof SOLD)[number];

const ALIAS = { PRO: 'PREMIUM' } as const;

const PAYMENT_ID = { pattern: /^VZK-[0-9A-F]{12}$/, rule: 'must look like VZK-0A1B2C3D4E5F', upper: true, max: 16 };

export const HASH = {
  pattern: /^(0x)?[0-9a-fA-F]{64}$/,
  rule: 'must be the hash of a transaction: 64 hexadecimal digits',
  max: 66,
  example: 'f0'.repeat(32),
};

/** As it is stored. */
export const plainHash = (text: string): string => text.replace(/^0x/i, '').toLowerCase();

export class CreatePaymentBody {
  @ChoiceField(SOLD, { required: false, alias: ALIAS, description: 'The plan to buy' })
  plan?: Sold;

  @ChoiceField(SOLD, { required: false, alias: ALIAS, description: 'The same under its older name' })
  plan_type?: Sold;

  @TextField({
    required: false,
    nullable: 'absent',
    upper: true,
    max: 32,
    description: 'A coupon',
    example: 'SPRING-26',
  })
  coupon?: string;

  @FlagField({
    required: false,
    nullable: 'absent',
    description: 'false: leave the free balance alone (it is used first)',
  })
  use_credit?: boolean;
}

export class VerifyPaymentBody {
  @TextField({ ...PAYMENT_ID, description: 'The payment', example: 'VZK-0A1B2C3D4E5F' })
  payment_id: string;

  @TextField({ ...HASH, description: 'The transaction that paid' })
  tx_hash: string;

  @TextField({
    required: false,
    nullable: 'absent',
    upper: true,
    max: 32,
    description: 'Who referred you, before the first payment',
  })
  referral_code?: string;
}

export class PaymentParam {
  @TextField({ ...PAYMENT_ID, example: 'VZK-0A1B2C3D4E5F' })
  payment_id: string;
}

class PaymentSearch {
  @ChoiceField([...PAYMENT_STATUSES, ...CONTRACT_STATUSES], {
    required: false,
    description: 'A status of ours or of the contract',
  })
  status?: string;

  @ChoiceField(SOLD, { required: false, alias: ALIAS })
  plan_type?: Sold;
}

export class AllPaymentsQuery extends IntersectionType(PaymentSearch, PageQuery) {}

export class PaymentsExport extends IntersectionType(PaymentSearch, ExportQuery) {}

export class ApprovalBody {
  @TextField({ ...HASH, required: false, nullable: 'absent', description: 'The transaction that paid it' })
  tx_hash?: string;

  @FlagField({
    required: false,
    nullable: 'absent',
    description:
      'true: sell it although the old plan’s rest is worth less now, or the transaction brought more than 2 USDT too little',
  })
  waive_rest?: boolean;
}

export class RejectionBody {
  @TextField({ required: false, nullable: 'absent', max: 300, description: 'Why; its owner reads it' })
  reason?: string;
}

export class RefundBody extends RejectionBody {
  @ChoiceField(['balance', 'wallet'], {
    required: false,
    description: 'Back to the balance (default), or sent by hand to a wallet',
  })
  to?: 'balance' | 'wallet';
}

export class AgreementBody {
  @ChoiceField(['balance', 'wallet'], { required: false, description: 'As of the refund' })
  to?: 'balance' | 'wallet';
}

export class TransferParam {
  @TextField({ ...HASH, description: 'The transaction' })
  tx_hash: string;
}

export class MoveBody {
  @IntegerField({ min: 1, description: 'Whose it is', example: 8 })
  user_id: number;

  @TextField({ min: 3, max: 300, description: 'Why; the first customer reads it', example: 'sent by another customer' })
  reason: string;
}

export class ReportQuery {
  @IntegerField({
    required: false,
    fromText: true,
    min: 1,
    max: 36,
    description: 'How many months, the running one included',
    example: 12,
  })
  months?: number;
}
