/**
 * One-time codes of authenticator apps: TOTP (RFC 6238) over HOTP (RFC 4226), with HMAC-SHA-1, six digits and steps of 30
 * seconds, which is what every such app knows. Pure.
 * Keeps: a code is compared in constant time; which step it belongs to is told, so that it can be refused the next time.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const TOTP_STEP_SECONDS = 30;

export const TOTP_DIGITS = 6;

/** As long as the hash, as RFC 4226 recommends. */
export const TOTP_SECRET_BYTES = 20;

/** Steps before and after the present one that count as well: clocks of phones, and slow fingers (RFC 6238, 5.2). */
const WINDOW = 1;

/** The step that `now` lies in: whole periods since 1970. */
export function totpStep(now: Date): number {
  return Math.floor(now.getTime() / 1_000 / TOTP_STEP_SECONDS);
}

/** The code of a step, with leading zeros. RFC 4226, 5.3. */
export function totpCode(secret: Uint8Array, step: number, digits = TOTP_DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const offset = (digest[digest.length - 1] ?? 0) & 15;
  const number = digest.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The step around `now` whose code this is; undefined for a wrong one. All steps are looked at, whichever fits. */
export function matchingStep(secret: Uint8Array, code: string, now: Date): number | undefined {
  const present = totpStep(now);
  const given = Buffer.from(code);
  let found: number | undefined;
  for (let step = Math.max(0, present - WINDOW); step <= present + WINDOW; step += 1) {
    const expected = Buffer.from(totpCode(secret, step));
    if (expected.length === given.length && timingSafeEqual(expected, given)) found = step;
  }
  return found;
}

/** What an authenticator app reads from the QR code. Format: Google Authenticator's key URI. */
export function totpUri(issuer: string, account: string, secret: Uint8Array): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const rest = `issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${TOTP_DIGITS}&period=${TOTP_STEP_SECONDS}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&${rest}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base 32 without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 31] ?? '';
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + (ALPHABET[(held << (5 - bits)) & 31] ?? '');
}
