/**
 * How surely a message was understood, 0 to 100: what is said plainly counts more than what is inferred.
 * Keeps: a sum of fixed parts, so that the same text has the same confidence everywhere.
 */
import type { ChangeIntent } from '../intent/intent.js';
import type { Fields } from './fields.js';
import type { Call } from './resolve.js';
import type { Structure } from './structure.js';
import type { SymbolRead } from './symbols.js';

const OF_MENTION: Readonly<Record<SymbolRead['mention'], number>> = {
  PAIR: 25,
  LABELLED: 22,
  CASHTAG: 20,
  HASHTAG: 18,
  BESIDE_SIDE: 14,
  BESIDE_KEY: 8,
  FIRST_WORD: 8,
  ONLY_WORD: 4,
  SIGNATURE: 4,
};

export function signalConfidence(
  symbol: SymbolRead,
  call: Call,
  fields: Fields,
  { parts, changes }: Structure,
): number {
  const side = call.isSideImplied ? 8 : 15;
  const labels = fields.labels.size * 5;
  const loose = fields.prices.filter(({ bucket }) => bucket === 'LOOSE').length;
  const sum =
    OF_MENTION[symbol.mention] + side + parts * 15 + labels - Math.min(15, loose * 3) - (changes.length > 0 ? 10 : 0);
  return Math.max(0, Math.min(100, sum));
}

export function updateConfidence({ about, changes }: ChangeIntent, symbol: SymbolRead | undefined): number {
  const isFound = about.symbol !== undefined || about.ref !== undefined || about.signalId !== undefined;
  const isTelling = changes.every(({ kind }) => kind === 'TELL');
  const plain = symbol === undefined ? 10 : OF_MENTION[symbol.mention];
  return Math.max(0, Math.min(100, 40 + plain + (isFound ? 20 : 0) + (isTelling ? 0 : 15)));
}
