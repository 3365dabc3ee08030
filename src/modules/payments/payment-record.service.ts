/**
 * Writes down what happened to an invoice: the mail to its owner, and the audit row.
 * Keeps: both stand in the transaction that they tell of; who moved it is the chain or a named administrator.
 */
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { Mailer } from '../mail/mailer.service.js';
import { UsersRepository } from '../users/users.repository.js';
import type { PaymentRow } from './payments.repository.js';

/** Who moved an invoice: the chain, or an administrator. */
export type Mover = { readonly adminId: number } | 'chain';

@Injectable()
export class PaymentRecord {
  constructor(
    private readonly users: UsersRepository,
    private readonly mailer: Mailer,
    private readonly audit: AuditTrail,
  ) {}

  /** `make` is given the owner's name. */
  mail(payment: PaymentRow, make: (name: string) => OutgoingMessage): Promise<void> {
    return this.mailTo(payment.user_id, `Payment ${payment.public_id}`, make);
  }

  /** `body`: the line that the app shows. */
  async mailTo(userId: number, body: string, make: (name: string) => OutgoingMessage): Promise<void> {
    const user = await this.users.findById(userId);
    if (user === undefined) return;
    const message = make(user.full_name);
    const { subject: title = 'Your payment' } = message;
    const about = { userId, event: 'receipt' as const, title, body };
    await this.mailer.post(user.email, message, about);
  }

  /** `payment` as it was before. */
  note(action: string, payment: PaymentRow, mover: Mover, after: Readonly<Record<string, unknown>>): Promise<void> {
    const actor =
      mover === 'chain' ? { actorKind: 'system' as const } : { actorKind: 'user' as const, actorId: mover.adminId };
    return this.audit.record({
      ...actor,
      action,
      subject: `payment:${payment.public_id}`,
      before: { status: payment.status, user_id: payment.user_id },
      after,
    });
  }
}
