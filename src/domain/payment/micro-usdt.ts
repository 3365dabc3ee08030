/**
 * Amounts of real USDT as whole micro-USDT (6 decimal places, as the token counts them), in `bigint`.
 * Keeps: nothing is ever rounded on the way in; what a percentage makes is rounded down, against nobody's stored money.
 */

/** A millionth of a USDT. */
export type Micro = bigint;

export const MICRO_PER_USDT = 1_000_000n;

const PLAIN = /^(\d{1,12})(?:\.(\d{1,18}))?$/;

/** Of decimal text that is not negative; throws a `RangeError` for more than 6 significant decimal places. */
export function microOf(usdt: string): Micro {
  const match = PLAIN.exec(usdt);
  const fraction = match?.[2]?.replace(/(?<!0)0+$/, '') ?? '';
  if (match?.[1] === undefined || fraction.length > 6)
    throw new RangeError(`not an amount of USDT: ${usdt.slice(0, 40)}`);
  return BigInt(match[1]) * MICRO_PER_USDT + BigInt(fraction.padEnd(6, '0'));
}

/** Decimal text without needless zeros: `50.37`. */
export function usdtOf(micro: Micro): string {
  const digits = (micro < 0n ? -micro : micro).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/(?<!0)0+$/, '');
  return `${micro < 0n ? '-' : ''}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The JSON number of an amount, for answers only: exact below 9 billion USDT. */
export function jsonUsdt(micro: Micro): number {
  return Number(usdtOf(micro));
}

/** `part / whole` of an amount, rounded down; `whole` above zero. */
export function share(amount: Micro, part: bigint, whole: bigint): Micro {
  return (amount * part) / whole;
}

/** `percent` (decimal text with at most 4 decimal places) of an amount, rounded down. */
export function percentOfMicro(amount: Micro, percent: string): Micro {
  const [whole = '0', fraction = ''] = percent.split('.');
  return share(amount, BigInt(whole + fraction.padEnd(4, '0').slice(0, 4)), 1_000_000n);
}

export function least(a: Micro, b: Micro): Micro {
  return a < b ? a : b;
}

export function notBelowZero(amount: Micro): Micro {
  return amount < 0n ? 0n : amount;
}
