/**
 * The figures of a position from its fills alone, in plain integers of 10^-30.
 * Keeps: nothing of the product is used here, not even its decimals. Cost follows the average: an exit takes its share of
 * what everything held has cost, so that share is known to the last places only.
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
  /** These three are scaled twice: multiply what they are compared with by `SQUARE`. */
  readonly entered: bigint;
  readonly left: bigint;
  readonly cost: bigint;
}

export const SQUARE = ONE;

/** How far a cost that was shared out may be from the exact one: 10^-20, scaled twice. */
export const NEARLY = ONE * 10n ** BigInt(PLACES - 20);

/** What fills, in their order, come to. */
export function figuresOf(fills: readonly Omit<Fill, 'leg'>[]): Figures {
  let qty = 0n;
  let remaining = 0n;
  let fees = 0n;
  let entered = 0n;
  let left = 0n;
  let cost = 0n;
  for (const fill of fills) {
    const amount = units(fill.qty);
    const value = units(fill.price) * amount;
    fees += units(fill.fee);
    if (fill.effect === 'ENTRY') {
      qty += amount;
      remaining += amount;
      entered += value;
      cost += value;
    } else {
      left += value;
      cost -= remaining === 0n ? 0n : (cost * amount) / remaining;
      remaining -= amount;
    }
  }
  return { qty, remaining, fees, entered, left, cost };
}
