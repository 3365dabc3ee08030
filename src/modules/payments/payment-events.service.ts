/**
 * Tells of what happened to payments: one piece of work for each event, in the transaction that causes it.
 * Keeps: what is told is the payment as it stands then, as its owner is shown it.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { paymentView } from './invoice.js';
import { PAYMENT_EVENTS_QUEUE, type PaymentEventMessage, type PaymentEventType } from './payment-work.js';
import { PaymentsRepository } from './payments.repository.js';

@Injectable()
export class PaymentEvents {
  constructor(
    private readonly payments: PaymentsRepository,
    private readonly work: WorkQueue,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Called after the rows were changed, in the same transaction. */
  async tell(type: PaymentEventType, paymentIds: readonly number[]): Promise<void> {
    const rows = await this.payments.findByIds(paymentIds);
    const created_at = this.clock.now().toISOString();
    await this.work.enqueue(
      rows.map((row) => {
        const id = `evt_${this.randomness.token(16)}`;
        const event: PaymentEventMessage = { id, type, user_id: row.user_id, created_at, payment: paymentView(row) };
        return { queue: PAYMENT_EVENTS_QUEUE, key: id, payload: { ...event } };
      }),
    );
  }
}
