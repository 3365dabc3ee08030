/**
 * TRON addresses: base58 with a checksum outside, 20 bytes of hexadecimal inside logs.
 * Keeps: an address with a wrong checksum is never accepted, so a mistyped wallet cannot swallow money.
 */
import { createHash } from 'node:crypto';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The prefix byte of the main network. */
const PREFIX = '41';

/** The 20 bytes of an address as 40 lower-case hexadecimal digits; undefined for what is no address of the main network. */
export function tronHex(address: string): string | undefined {
  if (!/^T[1-9A-HJ-NP-Za-km-z]{33}$/.test(address)) return undefined;
  let number = 0n;
  for (const sign of address) number = number * 58n + BigInt(ALPHABET.indexOf(sign));
  const hex = number.toString(16).padStart(50, '0');
  if (hex.length !== 50 || !hex.startsWith(PREFIX)) return undefined;
  const body = hex.slice(0, 42);
  return checksum(body) === hex.slice(42) ? body.slice(2) : undefined;
}

/** The address of 20 bytes in 40 hexadecimal digits; throws a `RangeError` for anything else. */
export function tronAddress(hex: string): string {
  if (!/^[0-9a-f]{40}$/i.test(hex)) throw new RangeError('not 20 bytes of hexadecimal');
  const body = PREFIX + hex.toLowerCase();
  let number = BigInt(`0x${body}${checksum(body)}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = ALPHABET.charAt(Number(number % 58n)) + text;
  return text;
}

export function isTronAddress(address: string): boolean {
  return tronHex(address) !== undefined;
}

function checksum(hex: string): string {
  const once = createHash('sha256').update(Buffer.from(hex, 'hex')).digest();
  return createHash('sha256').update(once).digest('hex').slice(0, 8);
}
