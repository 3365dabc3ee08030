/**
 * What stands around a token: whether a number is leverage, a ratio, a count, one end of a range, ticked as reached.
 * Keeps: pure; looks at a bounded number of tokens of the same line.
 */
import type { Key } from './keys.js';
import { CHECK } from './plain-text.js';
import type { Token, Unit } from './token.js';

type Tokens = readonly Token[];

const at = (tokens: Tokens, index: number): Token => tokens[index] as Token;

/** How far a line is looked at, either way. */
const REACH = 16;

/** Words behind a number that show that it is no price. */
const COUNTED =
  /^(days?|hours?|minutes?|mins?|weeks?|months?|years?|members?|slots?|users?|pips?|points?|pts|likes?|ticks?|people|trades?|signals?|times?|час|часа|часов|дня|дней|день|минут|минуты|недел[ьия]|месяц|месяца|раза?|сделок|сделки|пунктов|человек)$/;

/** `3 targets` */
const SEVERAL_TARGETS = new Set(['targets', 'tps', 'goals', 'цели', 'целей', 'тейка', 'тейков', 'take profits']);

/** Beside these a number with an x is leverage. */
const LEVERAGED = new Set<Key>([
  'LEVERAGE',
  'CROSS',
  'ISOLATED',
  'LONG',
  'SHORT',
  'BUY',
  'SELL',
  'SYMBOL_LABEL',
  'SIDE_LABEL',
  'FUTURES',
]);

const LABELS = new Set<Key>(['ENTRY', 'AVERAGING', 'TARGET', 'STOP']);

/** Whether the line says little besides: at most two words that mean nothing. */
export function isPlainLine(tokens: Tokens, index: number): boolean {
  let strange = 0;
  for (let before = index - 1; before >= 0 && index - before <= 12; before -= 1) {
    const { kind, tag } = at(tokens, before);
    if (kind === 'break') break;
    if (kind === 'word' && tag === null) strange += 1;
  }
  for (let after = index + 1; after < tokens.length && after - index <= REACH; after += 1) {
    const { kind, tag } = at(tokens, after);
    if (kind !== 'word' && kind !== 'mark') break;
    if (kind === 'word' && tag === null) strange += 1;
  }
  return strange < 3;
}

/** `Longs: 97%` */
export function isStatistic(tokens: Tokens, index: number): boolean {
  const next = tokens[index + 1];
  return (next?.text === ':' || next?.text === '-') && tokens[index + 2]?.unit === '%';
}

/** A dash, `~`, `to` or `and` between two tokens, and nothing else but currencies. */
export function isAcross(tokens: Tokens, from: number, to: number): boolean {
  if (to - from > 6) return false;
  const between = tokens.slice(from + 1, to).filter(({ text }) => text !== '$' && text !== 'usdt');
  if (between.length !== 1) return false;
  const { text, key } = between[0] as Token;
  return ['-', '~', '_', '/'].includes(text) || key === 'TO' || key === 'AND';
}

/** A check mark behind it that is not the bullet of the next label. */
export function isTicked(tokens: Tokens, index: number): boolean {
  let isFound = false;
  for (let after = index + 1; after < tokens.length && after < index + 10; after += 1) {
    const { kind, text, key, unit } = at(tokens, after);
    if (kind === 'break') break;
    if (text === CHECK) isFound = true;
    else if (isFound && kind === 'key' && key !== 'HIT' && key !== 'PROFIT') return false;
    else if (kind !== 'mark' && !(kind === 'number' && unit !== null)) break;
    else if (!isFound && (text === '-' || text === ',') && tokens[after + 1]?.unit !== '%') break;
  }
  return isFound;
}

/** `x20`, `5lev`, `20×`. */
export function isLeverage(tokens: Tokens, index: number): boolean {
  const { isGlued, unit, to } = at(tokens, index);
  const [before, next] = [tokens[index - 1], tokens[index + 1]];
  if (unit === 'X') return true;
  if (isGlued && before?.kind === 'word' && (before.text === 'x' || before.text === 'х')) return true;
  if (before?.text === '×' || (next?.text === '×' && next.from === to)) return true;
  return next?.key === 'LEVERAGE' && next.isGlued;
}

/** Whether the line speaks of leverage, side or pair, or of little else. */
export function isLeverageLine(tokens: Tokens, index: number): boolean {
  let strange = 0;
  for (const step of [-1, 1]) {
    for (let other = index + step; Math.abs(other - index) < REACH; other += step) {
      const token = tokens[other];
      if (token === undefined || token.kind === 'break') break;
      if (token.tag !== null || LEVERAGED.has(token.key ?? 'NOT') || token.text.endsWith('usdt')) return true;
      if (token.kind === 'word') strange += 1;
    }
  }
  return strange <= 1;
}

/** Whether it begins a range whose end has the unit: `5-10x`, `3 to 5%`. `12 - 30%` under a label is a price and its share. */
export function isRangeTo(tokens: Tokens, index: number, unit: Unit, isPriced: boolean): boolean {
  const next = tokens[index + 1];
  const isBetween = next !== undefined && (['-', '~', '/', ','].includes(next.text) || next.key === 'TO');
  if (!isBetween || tokens[index + 2]?.unit !== unit) return false;
  const { value, unit: own, to } = at(tokens, index);
  if (unit === '%' && isPriced && next.kind === 'mark' && next.from > to) return false;
  return own === null && value !== null && value.length <= 3;
}

/** `2-phase` */
export function isCompound(tokens: Tokens, index: number): boolean {
  const [next, after] = [tokens[index + 1], tokens[index + 2]];
  const isTight = next?.text === '-' && next.from === at(tokens, index).to && after?.from === next.to;
  return isTight && (after?.kind === 'word' || after?.kind === 'key') && after.key !== 'MARKET';
}

/** `3 targets`, where no price is expected, or `24 hours`. */
export function isCounted(tokens: Tokens, index: number, isFree: boolean): boolean {
  const next = tokens[index + 1];
  if (next?.key === 'TARGET' && isFree && SEVERAL_TARGETS.has(next.text)) return true;
  return next?.kind === 'word' && COUNTED.test(next.text);
}

/** `1:3`, where a time or a ratio is meant. */
export function isRatio(tokens: Tokens, index: number): boolean {
  const { from, to } = at(tokens, index);
  const [next, after] = [tokens[index + 1], tokens[index + 2]];
  const isHead = next?.text === ':' && next.from === to && after?.kind === 'number' && after.from === next.to;
  const [before, first] = [tokens[index - 1], tokens[index - 2]];
  const isTail = before?.text === ':' && before.to === from && first?.kind === 'number' && first.to === before.from;
  return isHead || (isTail && !LABELS.has(tokens[index - 3]?.key ?? 'NOT'));
}

/** A number is the next thing in the line. */
export function isNumberNext(tokens: Tokens, index: number): boolean {
  for (let after = index + 1; after < index + 5; after += 1) {
    const token = tokens[after];
    if (token?.kind === 'number') return true;
    if (token?.kind !== 'mark' || token.text === '(') return false;
  }
  return false;
}

/** "Cancel the entry if …" */
export function isWithdrawn(tokens: Tokens, index: number): boolean {
  for (let before = index - 1; before >= 0 && before > index - 4; before -= 1) {
    const { kind, key } = at(tokens, before);
    if (kind === 'break') return false;
    if (key === 'CANCEL') return true;
  }
  return false;
}
