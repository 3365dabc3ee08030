/**
 * The numbers of a clause: a percentage, a price, the numbers of targets, the place of a stop.
 * Keeps: a number that only counts (`TP2`) is never a price.
 */
import type { StopPlace } from '../intent/intent.js';
import type { DecimalText } from '../money/decimal.js';
import type { Token } from './token.js';

/** A whole number that a target may have. */
export function whole({ value, unit }: Token): number | null {
  if (unit !== null || value === null || !/^\d{1,2}$/.test(value)) return null;
  const number = Number(value);
  return number >= 1 && number <= 20 ? number : null;
}

/** How much is closed: without sign, and not the profit that it made. */
export function percentOf(tokens: readonly Token[]): DecimalText | null {
  for (const [index, { kind, unit, value }] of tokens.entries()) {
    const before = tokens[index - 1];
    if (kind !== 'number' || unit !== '%') continue;
    // Of `30-50 %` the lower.
    const isRange = before?.text === '-' && tokens[index - 2]?.kind === 'number';
    if (isRange) return tokens[index - 2]?.value ?? null;
    if (!isSigned(before)) return value;
  }
  return null;
}

function isSigned(before: Token | undefined): boolean {
  return before?.text === '+' || before?.text === '-';
}

/** `-0.5`, but neither `90-95` nor `: - 95`. */
export function signOf(tokens: readonly Token[], index: number): '+' | '-' | null {
  const [sign, before] = [tokens[index - 1], tokens[index - 2]];
  if (sign?.text === '+') return '+';
  if (sign?.text !== '-' || before?.kind === 'number' || before?.text === ':') return null;
  if (before !== undefined && before.to === sign.from) return null;
  const { from, unit } = tokens[index] as Token;
  return sign.to === from || unit !== null ? '-' : null;
}

function isCount(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index] as Token;
  if (whole(token) === null) return false;
  const before = tokens[index - 1];
  const isLabel = before?.key === 'TARGET' || before?.key === 'ENTRY' || before?.key === 'LIMIT';
  return isLabel || tokens[index + 1]?.key === 'TARGET';
}

/** The first price. */
export function priceOf(tokens: readonly Token[], from = 0): DecimalText | null {
  for (let index = from; index < tokens.length; index += 1) {
    const { kind, unit, value } = tokens[index] as Token;
    const isGain = signOf(tokens, index) !== null;
    if (kind === 'number' && unit === null && value !== null && !isGain && !isCount(tokens, index)) return value;
  }
  return null;
}

/** The highest number of a target that is named; 0 for none. */
export function targetsNamed(tokens: readonly Token[]): number {
  let highest = 0;
  let isOpen = false;
  for (const [index, token] of tokens.entries()) {
    if (token.key === 'TARGET') {
      isOpen = true;
      const before = tokens[index - 1];
      if (before !== undefined) highest = Math.max(highest, before.nth ?? countBefore(before, token));
      continue;
    }
    if (!isOpen) continue;
    const number = token.nth ?? (token.kind === 'number' ? (whole(token) ?? lastOf(token)) : null);
    if (number !== null) highest = Math.max(highest, number);
    else if (token.kind !== 'mark' && token.key !== 'AND') isOpen = false;
    if (token.text === ':') isOpen = highest === 0;
  }
  return highest;
}

/** `3,4` under a label are two targets, and no fraction. */
function lastOf({ text, unit }: Token): number | null {
  return unit === null && /^\d,\d$/.test(text) ? Number(text[2]) : null;
}

/** `1 тейк` is the first; `3 targets` are three. */
const SINGLE = new Set(['tp', 'target', 'take profit', 'тп', 'тейк', 'тейк профит', 'цель', 'goal']);

function countBefore(token: Token, label: Token): number {
  return token.kind === 'number' && !token.isGlued && SINGLE.has(label.text) ? (whole(token) ?? 0) : 0;
}

/** Where the stop of a clause is to be; `isMoved`: words of the clause say that it changes its place. */
export function stopPlaceOf(tokens: readonly Token[], isMoved: boolean): StopPlace | null {
  const at = tokens.findIndex(({ key }) => key === 'STOP');
  const isLevel = tokens.some(({ key }) => key === 'BREAKEVEN');
  const price = priceOf(tokens, at + 1);
  if (isLevel) return price === null ? { at: 'ENTRY' } : { at: 'PRICE', price };
  const place = tokens.findIndex(({ key }, index) => index > at && (key === 'ENTRY' || key === 'TARGET'));
  const isEntry = tokens[place]?.key === 'ENTRY' && isMoved;
  if (isEntry) return { at: 'ENTRY' };
  const target = place === -1 ? null : targetsNamed(tokens.slice(Math.max(at + 1, place - 1)));
  if (target !== null && target > 0 && isMoved) return { at: 'TARGET', target };
  return price !== null && isMoved ? { at: 'PRICE', price } : null;
}
