/**
 * An invoice in the words of programs and people: what the contract shows of it, with more beside.
 * Keeps: amounts become JSON numbers here and nowhere before.
 */
import { jsonUsdt, type Micro } from '../../domain/payment/micro-usdt.js';
import { CONTRACT_STATUS } from '../../domain/payment/payment-status.js';
import { missingOf, type OpenInvoice } from '../../domain/payment/settlement.js';
import type { PaymentRow, PaymentWithUser } from './payments.repository.js';

/** Money set aside for it: nothing once it is closed. */
export function heldFor(row: PaymentRow): Micro {
  return BigInt(row.credit_used) + BigInt(row.received);
}

export function openInvoice(row: PaymentRow): OpenInvoice {
  return {
    status: row.status,
    net: BigInt(row.net),
    held: heldFor(row),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

const amountOf = (column: string) => jsonUsdt(BigInt(column));

export function paymentView(row: PaymentRow) {
  const missing = missingOf(BigInt(row.net), heldFor(row));
  return {
    payment_id: row.public_id,
    amount_usdt: amountOf(row.amount),
    plan_type: row.tier,
    status: CONTRACT_STATUS[row.status],
    state: row.status,
    tx_hash: row.tx_hash,
    note: row.note,
    due_usdt: row.status === 'UNDERPAID' || row.status === 'PENDING' ? amountOf(row.due) : 0,
    missing_usdt: row.status === 'UNDERPAID' ? jsonUsdt(missing) : 0,
    received_usdt: amountOf(row.received),
    list_price_usdt: amountOf(row.list_price),
    discount_usdt: amountOf(row.discount),
    prorata_usdt: amountOf(row.prorata),
    credit_used_usdt: amountOf(row.credit_used),
    days: row.days,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    verified_at: row.paid_at?.toISOString() ?? null,
  };
}

export function adminPaymentView(row: PaymentWithUser, now: Date) {
  const waited = (now.getTime() - row.created_at.getTime()) / 3_600_000;
  return {
    ...paymentView(row),
    user_id: row.user_id,
    user_email: row.email,
    user_name: row.full_name,
    admin_wallet: row.wallet,
    claimed_tx_hash: row.claimed_hash,
    waiting_hours: Math.round(waited * 10) / 10,
  };
}
