/**
 * Randomness as a service: tokens, identifiers and codes come from here, so tests can fix them.
 * Keeps: every value is drawn from the operating system's cryptographic source in production.
 */
import { randomBytes, randomUUID } from 'node:crypto';

export abstract class Randomness {
  abstract bytes(count: number): Buffer;

  abstract uuid(): string;

  /** A URL-safe token carrying `bytes` bytes of randomness (default 32, that is 256 bits). */
  token(bytes = 32): string {
    return this.bytes(bytes).toString('base64url');
  }

  /** Capital hexadecimal digits, as in referral codes. */
  hexCode(digits: number): string {
    return this.bytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits)
      .toUpperCase();
  }
}

export class SystemRandomness extends Randomness {
  override bytes(count: number): Buffer {
    return randomBytes(count);
  }

  override uuid(): string {
    return randomUUID();
  }
}
