/**
 * What a signed call signs, and whether it is signed: HMAC-SHA256 over method, address, time, nonce and body.
 * Keeps: pure; compares in constant time; a time counts five minutes before and after.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const WINDOW_MS = 5 * 60_000;

export interface SignedCall {
  readonly method: string;
  /** Path and query, byte for byte as sent. */
  readonly target: string;
  /** Unix time in whole seconds, as sent. */
  readonly timestamp: string;
  readonly nonce: string;
  /** SHA-256 of the body as sent, hexadecimal; of nothing where there is none. */
  readonly bodyDigest: string;
}

const NONCE = /^[\w-]{16,64}$/;
const TIMESTAMP = /^\d{10}$/;
const SIGNATURE = /^[0-9a-f]{64}$/i;

export function textToSign({ method, target, timestamp, nonce, bodyDigest }: SignedCall): string {
  return ['v1', method, target, timestamp, nonce, bodyDigest].join('\n');
}

export function signatureOf(secret: string, call: SignedCall): string {
  return createHmac('sha256', secret).update(textToSign(call)).digest('hex');
}

/** Whether everything has its form and the time is near enough; asked before anything is looked up. */
export function isTimely(call: Pick<SignedCall, 'timestamp' | 'nonce'>, now: Date): boolean {
  if (!TIMESTAMP.test(call.timestamp) || !NONCE.test(call.nonce)) return false;
  return Math.abs(now.getTime() - Number(call.timestamp) * 1_000) <= WINDOW_MS;
}

export function isSignedWith(secret: string, call: SignedCall, signature: string): boolean {
  if (!SIGNATURE.test(signature)) return false;
  return timingSafeEqual(Buffer.from(signatureOf(secret, call), 'hex'), Buffer.from(signature, 'hex'));
}
