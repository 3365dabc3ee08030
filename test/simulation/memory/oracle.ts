/**
 * The figures of a position from its fills alone, in plain integers of 10^-30.
 * Keeps: nothing of the product is used here, not even its decimals.
 */
import type { Fill } from './books.js';

const PLACES = 30;
const ONE = 10n ** BigInt(PLACES);

export function units(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  if (fraction.length > PLACES) throw new RangeError(`more than ${PLACES} places: ${text}`);
  const amount = BigInt(whole) * ONE + BigInt(fraction.padEnd(PLACES, '0'));
  return negative ? -amount : amount;
}

export interface Figures {
  readonly qty: bigint;
  readonly remaining: bigint;
  readonly fees: bigint;
  /** Scaled twice: multiply what it is compared with by `SQUARE`. */
  readonly pnl: bigint;
}

export const SQUARE = ONE;

/** What fills in any order come to. `sign` is 1 for a long, −1 for a short. */
export function figuresOf(fills: readonly Fill[], sign: 1n | -1n): Figures {
  let qty = 0n;
  let sold = 0n;
  let fees = 0n;
  let cash = 0n;
  let entryValue = 0n;
  for (const fill of fills) {
    const amount = units(fill.qty);
    const value = units(fill.price) * amount;
    fees += units(fill.fee);
    if (fill.effect === 'ENTRY') {
      qty += amount;
      entryValue += value;
    } else {
      sold += amount;
      cash += sign * value;
    }
  }
  // Entries are all at one price here, so the cost of what was sold is its share of the entries.
  if (qty > 0n) cash -= (sign * entryValue * sold) / qty;
  return { qty, remaining: qty - sold, fees, pnl: cash - fees * ONE };
}
