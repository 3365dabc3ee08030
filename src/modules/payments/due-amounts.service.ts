/**
 * Chooses what an invoice asks for: the price and a mark of less than 1 USDT that no other open invoice has.
 * Keeps: whoever chose is alone until the running transaction ends; the unique index stands behind it.
 */
import { Injectable } from '@nestjs/common';
import type { Micro } from '../../domain/payment/micro-usdt.js';
import { amountMarks } from '../../domain/payment/settlement.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { paymentError } from './payments.errors.js';
import { PaymentsRepository } from './payments.repository.js';

const CANDIDATES = 400;

@Injectable()
export class DueAmounts {
  constructor(
    private readonly payments: PaymentsRepository,
    private readonly randomness: Randomness,
  ) {}

  /** Throws 409 where so many invoices are open that no mark is left. */
  async free(price: Micro): Promise<Micro> {
    const bytes = this.randomness.bytes(CANDIDATES * 4);
    const random = Array.from({ length: CANDIDATES }, (_, index) => bytes.readUInt32BE(index * 4));
    const amount = await this.payments.freeAmount(amountMarks(random).map((mark) => String(price + mark)));
    if (amount === undefined) throw paymentError('TOO_MANY_OPEN');
    return BigInt(amount);
  }
}
