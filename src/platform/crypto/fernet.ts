/**
 * Reads Fernet tokens (github.com/fernet/spec: AES-128-CBC under HMAC-SHA256), for data of the old system. It writes none:
 * a token is bound to nothing, so one could be moved from one row to another unseen.
 * Keeps: the signature is checked, in constant time, before anything is decrypted; every fault is the same error. The age of
 * a token does not matter here.
 */
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { DecryptionError } from './envelope.js';

const VERSION = 0x80;
const HEADER = 1 + 8;
const IV = 16;
const TAG = 32;
const BLOCK = 16;
const BASE64 = /^[\w-]+={0,2}$/;

export interface FernetKey {
  readonly signing: Buffer;
  readonly encryption: Buffer;
}

/** Throws a `RangeError` for what is not 32 bytes of URL-safe base64. */
export function fernetKey(text: string): FernetKey {
  const bytes = BASE64.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  if (bytes.length !== 32) throw new RangeError('a Fernet key must be 32 bytes in URL-safe base64');
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) };
}

/** The plain bytes, by whichever of the keys made the token. Throws a `DecryptionError`. */
export function readFernet(keys: readonly FernetKey[], token: string): Buffer {
  const bytes = BASE64.test(token) ? Buffer.from(token, 'base64url') : Buffer.alloc(0);
  const size = bytes.length - HEADER - IV - TAG;
  if (size < BLOCK || size % BLOCK !== 0 || bytes[0] !== VERSION) throw new DecryptionError();
  const signed = bytes.subarray(0, -TAG);
  const key = keys.find(({ signing }) =>
    timingSafeEqual(createHmac('sha256', signing).update(signed).digest(), bytes.subarray(-TAG)),
  );
  if (key === undefined) throw new DecryptionError();
  try {
    const decipher = createDecipheriv('aes-128-cbc', key.encryption, bytes.subarray(HEADER, HEADER + IV));
    return Buffer.concat([decipher.update(signed.subarray(HEADER + IV)), decipher.final()]);
  } catch {
    throw new DecryptionError();
  }
}
