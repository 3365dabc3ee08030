/**
 * Between the doubles of candle columns and exact prices.
 * Keeps: a price of at most 15 digits that was read from text comes back as that very text, so nothing is lost on the way
 * from a file to a fill.
 */
import { Decimal, type DecimalText } from './decimal.js';

/** Places enough for the smallest price there is. */
const PLACES = 18;

/** Plain decimal text of a double above zero. */
export function priceText(price: number): DecimalText {
  const text = String(price);
  if (!text.includes('e')) return text;
  return price < 1 ? Decimal.of(price.toFixed(PLACES)).toString() : BigInt(Math.round(price)).toString();
}

export function exactPrice(price: number): Decimal {
  return Decimal.of(priceText(price));
}

/** Of an exact amount the nearest double, for statistics and pictures only. */
export function toDouble(amount: Decimal): number {
  return Number(amount.toString());
}
