/**
 * Decides how numbers that can be read in two ways are read (`1,057`, `2350-53`), from the other numbers of the message.
 * Keeps: all such numbers of a message are read the same way, the one that lies near the plain numbers; where nothing
 * decides, they are reported as unclear.
 */
import { Decimal } from '../money/decimal.js';
import type { PriceRead } from './fields.js';
import type { Token } from './token.js';

const FAR = Decimal.of('4');

export interface Settled {
  readonly prices: readonly PriceRead[];
  readonly unclear: readonly PriceRead[];
}

/** How the message writes fractions elsewhere, or its language does. */
export type DecimalMark = 'POINT' | 'COMMA' | 'UNKNOWN';

export function settleNumbers(prices: readonly PriceRead[], mark: DecimalMark): Settled {
  const doubtful = prices.filter(({ other }) => other !== null);
  const whole = doubtful.length === 0 ? { prices, unclear: [] } : settle(prices, doubtful, mark);
  return { ...whole, prices: expand(whole.prices) };
}

function settle(prices: readonly PriceRead[], doubtful: readonly PriceRead[], mark: DecimalMark): Settled {
  const plain = prices.flatMap(({ bucket, value, other }) =>
    bucket === 'LOOSE' || value === null || other !== null ? [] : [Decimal.of(value)],
  );
  const fits = (text: string): boolean => plain.some((price) => isNear(price, Decimal.of(text)));
  const [asValue, asOther] = [
    doubtful.filter(({ value }) => value !== null && fits(value)).length,
    doubtful.filter(({ other }) => other !== null && fits(other)).length,
  ];
  const asFraction = prices.map((price) => (price.other === null ? price : { ...price, value: price.other }));
  if (asOther > asValue || (asOther === asValue && mark === 'COMMA')) return { prices: asFraction, unclear: [] };
  if (asValue > asOther || mark === 'POINT') return { prices, unclear: [] };
  return { prices, unclear: doubtful };
}

function isNear(a: Decimal, b: Decimal): boolean {
  return a.lt(b.times(FAR)) && b.lt(a.times(FAR));
}

/** `66300-400` and `2350-53`: the end of a range says only the digits that change. */
function expand(prices: readonly PriceRead[]): PriceRead[] {
  return prices.map((price, index) => {
    const before = prices[index - 1];
    const [start, end] = [before?.value ?? null, price.value];
    if (!price.isRangeEnd || start === null || end === null) return price;
    const isShort = !start.includes('.') && !end.includes('.') && end.length < start.length && end.length >= 2;
    if (!isShort || isNear(Decimal.of(start), Decimal.of(end))) return price;
    return { ...price, value: start.slice(0, start.length - end.length) + end };
  });
}

/** By the fractions that can be read in one way only, then by the language. */
export function decimalMarkOf(tokens: readonly Token[]): DecimalMark {
  let [points, commas, isCyrillic] = [0, 0, false];
  for (const { kind, text, value, other } of tokens) {
    if (kind === 'word' || kind === 'key') isCyrillic ||= text >= '\u0400' && text < '\u0530';
    if (kind !== 'number' || other !== null || value?.includes('.') !== true) continue;
    if (text.includes(',') && !text.includes('.')) commas += 1;
    else if (text.includes('.') && !text.includes(',')) points += 1;
  }
  if (points !== commas) return points > commas ? 'POINT' : 'COMMA';
  return isCyrillic ? 'UNKNOWN' : 'POINT';
}
