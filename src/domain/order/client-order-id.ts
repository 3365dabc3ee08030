/**
 * Client order ids: the same intent always has the same id, so that a repeat is recognised and never a second order.
 * Keeps: letters and digits only, 32 characters, which every supported venue accepts (Binance 36, OKX 32, Bybit 36).
 */
import { createHash } from 'node:crypto';
import type { OrderLeg } from './order.js';

const LENGTH = 32;

export interface OrderIntent {
  readonly accountId: number;
  /** What the position stands for: `signal:12`. */
  readonly cause: string;
  readonly leg: OrderLeg;
  /** Rises only after the venue is proven not to have accepted the attempt before. */
  readonly attempt: number;
}

export function clientOrderId(intent: OrderIntent): string {
  const text = `${intent.accountId}|${intent.cause}|${intent.leg}|${intent.attempt}`;
  return createHash('sha256').update(text).digest('hex').slice(0, LENGTH);
}
