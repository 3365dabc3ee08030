/**
 * Payments that an administrator looks up himself: nothing is asked, nothing is watched. The default.
 * Keeps: no transaction is ever taken for a payment without a person's word.
 */
import { z } from 'zod';
import { isTronAddress } from '../../../domain/payment/tron-address.js';
import type { PaymentChain } from '../../../ports/payment-chain.js';
import type { Plugin } from '../../../ports/plugin.js';

const settings = z.object({});

export const plugin: Plugin<PaymentChain, z.infer<typeof settings>> = {
  code: 'manual',
  summary: 'payments are verified by an administrator',
  settings,
  create: () => ({
    code: 'manual',
    isAddress: isTronAddress,
    verify: () => Promise.resolve({ outcome: 'by_hand' }),
  }),
};
