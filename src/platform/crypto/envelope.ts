/**
 * Envelope encryption: secrets under a data key of their owner, data keys under the master key. AES-256-GCM.
 * Keeps: a random 96-bit nonce for every encryption; the associated data binds a ciphertext to its place, so that moved or
 * altered ones do not decrypt; keys and plain secrets are never logged.
 * Layout: version (1 byte), nonce (12), tag (16), ciphertext.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const HEADER = 1 + NONCE + TAG;

export const KEY_BYTES = 32;

/** The ciphertext is damaged, belongs elsewhere, or was made with another key. */
export class DecryptionError extends Error {
  constructor() {
    super('a secret could not be decrypted');
    this.name = 'DecryptionError';
  }
}

/** `place` names where the ciphertext belongs: `user:1/account:2/field:api_key`. */
export function encrypt(key: Buffer, plain: Buffer, place: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), body]);
}

/** Throws a `DecryptionError` for every failure alike. */
export function decrypt(key: Buffer, sealed: Buffer, place: string): Buffer {
  if (sealed.length < HEADER || sealed[0] !== VERSION) throw new DecryptionError();
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(1, 1 + NONCE));
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(sealed.subarray(1 + NONCE, HEADER));
    return Buffer.concat([decipher.update(sealed.subarray(HEADER)), decipher.final()]);
  } catch {
    throw new DecryptionError();
  }
}

/** The master key from 64 hex characters or base64, and the short name that says which one it is. */
export function masterKey(text: string): { key: Buffer; id: string } {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES) throw new RangeError('the master key must be 32 bytes');
  return { key, id: createHash('sha256').update('verzek-master-key').update(key).digest('hex').slice(0, 12) };
}

export function newDataKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** How a secret is shown: not at all. */
export const HIDDEN = '••••';

/** How a public identifier such as an API key is shown: its last four characters, if they are a small part of it. */
export function masked(identifier: string): string {
  return identifier.length < 16 ? HIDDEN : `${HIDDEN}${identifier.slice(-4)}`;
}
