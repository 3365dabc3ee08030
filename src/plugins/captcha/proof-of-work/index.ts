/**
 * Proof of work, offline: the client looks for a text whose SHA-256 together with the given prefix begins with so many
 * zero bits. It costs a person nothing and a program that tries thousands of addresses much.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Captcha } from '../../../ports/captcha.js';
import type { Plugin } from '../../../ports/plugin.js';

const settings = z.object({
  /** Zero bits; each doubles the work. 18 are about 260,000 hashes, a second on a telephone. */
  CAPTCHA_POW_BITS: z.coerce.number().int().min(1).max(32).default(18),
});

const PREFIX_BYTES = 16;

export const plugin: Plugin<Captcha, z.infer<typeof settings>> = {
  code: 'proof-of-work',
  summary: 'a computation of about a second; needs no network',
  settings,
  create: ({ CAPTCHA_POW_BITS: bits }) => ({
    code: 'proof-of-work',
    shown: {},
    puzzle: (random) => {
      const prefix = Buffer.from(random.subarray(0, PREFIX_BYTES)).toString('hex');
      return { secret: prefix, shown: { algorithm: 'SHA-256', prefix, bits } };
    },
    check: (prefix, answer) => Promise.resolve(leadingZeros(`${prefix}:${answer}`) >= bits ? 'passed' : 'failed'),
  }),
};

/** Zero bits at the beginning of the hash of a text, 32 at most. */
function leadingZeros(text: string): number {
  return Math.clz32(createHash('sha256').update(text).digest().readUInt32BE(0));
}
