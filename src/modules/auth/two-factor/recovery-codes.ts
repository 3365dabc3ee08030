/**
 * How recovery codes look and how they are compared: 120 random bits as four groups of six letters and digits. Pure.
 * Keeps: a code is read in any case and with any separators, as people type it.
 */
import { createHash } from 'node:crypto';
import { base32 } from '../../../domain/sign-in/totp.js';

export const RECOVERY_CODES = 10;

/** Of one code. Enough that a plain hash protects it (ASVS 6.5.2). */
export const RECOVERY_CODE_BYTES = 15;

const LENGTH = 24;

/** As it is shown: `k5qw2m-…`. */
export function recoveryCode(random: Uint8Array): string {
  return (base32(random).toLowerCase().match(/.{6}/g) ?? []).join('-');
}

/** The hash by which it is found; undefined for what cannot be a recovery code. */
export function recoveryCodeHash(given: string): string | undefined {
  const plain = given.toLowerCase().replace(/[^a-z2-7]/g, '');
  return plain.length === LENGTH ? createHash('sha256').update(plain).digest('hex') : undefined;
}
