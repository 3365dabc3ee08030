/**
 * The signatures of the audit trail: of a row when it is written, of its place in the chain, of the chain's end.
 * Keeps: pure; all are HMAC-SHA256 under one key over canonical JSON (RFC 8785: sorted keys, no spaces), each for a purpose
 * of its own, so that none can stand for another.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SealedContent {
  readonly actorKind: string;
  readonly actorId: number | null;
  readonly action: string;
  readonly subject: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly address: string;
  readonly requestId: string | null;
  readonly createdAt: Date;
}

export const NONCE_BYTES = 16;

/** What stands before the first seal. */
export const GENESIS = Buffer.alloc(32);

/** JSON with keys in the order of their code units: one text for one value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

/** The signature of a row: its nonce, then the keyed hash of nonce and content. */
export function signEvent(key: Buffer, nonce: Buffer, content: SealedContent): Buffer {
  return Buffer.concat([nonce, hmac(key, 'event', nonce, contentText(content))]);
}

/** Whether the row is as it was when the product wrote it. */
export function isSigned(key: Buffer, mac: Buffer, content: SealedContent): boolean {
  const expected = signEvent(key, mac.subarray(0, NONCE_BYTES), content);
  return expected.length === mac.length && timingSafeEqual(expected, mac);
}

/** The seal of event `id` at place `seq`, after the seal `previous`. */
export function sealEvent(
  key: Buffer,
  previous: Buffer,
  place: { readonly seq: number; readonly id: number; readonly mac: Buffer | null },
  content: SealedContent,
): Buffer {
  const text = canonicalJson([place.seq, place.id, place.mac?.toString('hex') ?? null]);
  return hmac(key, 'seal', previous, `${text}\n${contentText(content)}`);
}

/** The signature of the chain's end. */
export function signHead(key: Buffer, seq: number, hash: Buffer): Buffer {
  return hmac(key, 'head', hash, String(seq));
}

export const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** `previous` and nonces are of fixed length, so nothing can be moved over the border. */
function hmac(key: Buffer, purpose: string, fixed: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(`verzek-audit-${purpose}\n`).update(fixed).update(text).digest();
}

function contentText(content: SealedContent): string {
  const { actorKind, actorId, action, subject, before, after, address, requestId, createdAt } = content;
  const time = createdAt.toISOString();
  return canonicalJson([actorKind, actorId, action, subject, before, after, address, requestId, time]);
}
