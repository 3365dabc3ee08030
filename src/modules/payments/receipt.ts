/**
 * The receipt of a verified payment as a page to print. Everything foreign is escaped; it needs no script and no style.
 */
import { usdtOf } from '../../domain/payment/micro-usdt.js';
import { escapeHtml } from '../mail/mail-layout.js';
import type { PaymentWithUser } from './payments.repository.js';

export function receiptPage(payment: PaymentWithUser, paidAt: Date, seller: string): string {
  const amount = (column: string) => `${usdtOf(BigInt(column))} USDT`;
  const rows: readonly (readonly [string, string])[] = [
    ['Receipt for', payment.public_id],
    ['Seller', seller.replace(/<[^<>]*>/g, '').trim()],
    ['Customer', payment.full_name === '' ? payment.email : `${payment.full_name}, ${payment.email}`],
    ['Plan', `${payment.tier}, ${payment.days} days`],
    ['Price', amount(payment.list_price)],
    ['Discount', amount(payment.discount)],
    ['Unused rest of the plan before', amount(payment.prorata)],
    ['Paid', amount(payment.net)],
    ['of which from the balance', amount(payment.credit_used)],
    ['Received on the chain', amount(payment.received)],
    ['Transaction', payment.tx_hash ?? 'recognised by its amount'],
    ['Paid at', paidAt.toISOString()],
    ['State', payment.status === 'REFUNDED' ? 'Refunded' : 'Paid'],
  ];
  const body = rows.map(
    ([name, value]) => `<tr><th align="left">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Receipt ${escapeHtml(payment.public_id)}</title>
<body><h1>Receipt</h1><table>${body.join('')}</table></body></html>`;
}
