/**
 * Which numbers only count: `1)` of a list, the 2 of `TP2`, the number of a target that was reached.
 * Keeps: looks at a few tokens around; a number that may be a price counts only where it is the next of its list.
 */
import type { Bucket } from './fields.js';
import { CHECK } from './plain-text.js';
import type { Token } from './token.js';

const LAST = 20;

/** Between a number of a list and what it counts. */
const BEHIND = new Set([':', ')', '-', '=', '.', ']', '>', '|', '~']);

const PRICE_LABELS = new Set(['ENTRY', 'TARGET', 'STOP', 'AVERAGING', 'LIMIT']);

/**
 * The number, if the token at `index` counts. `times` is how often its label stood in the text with this time; `count` how
 * many prices stand under the label already.
 */
export function ordinalOf(
  tokens: readonly Token[],
  index: number,
  label: Bucket | 'LEVERAGE' | null,
  times: number,
  count: number,
): number | null {
  const token = tokens[index] as Token;
  const number = smallWhole(token);
  if (number === null) return null;
  const [before, next] = [tokens[index - 1], tokens[index + 1]];
  if (next?.text === ')' && before?.text !== '(') return number;
  if (before?.text === '(' && next?.text === ')' && isLabel(tokens[index - 2])) return number;
  if (label === 'TARGET' && isNamed(tokens, index)) return number;
  if (isLabel(before) && isBehindLabel(tokens, index, number, times)) return number;
  return isItem(tokens, index, number, count) ? number : null;
}

function smallWhole({ value, unit, other }: Token): number | null {
  if (value === null || unit !== null || other !== null || !/^\d{1,2}$/.test(value)) return null;
  const number = Number(value);
  return number >= 1 && number <= LAST ? number : null;
}

function isLabel(token: Token | undefined): boolean {
  return token?.kind === 'key' && token.key !== null && PRICE_LABELS.has(token.key);
}

/** `TP1: 0.5`, `Target 1 0.5`, `Entry 1 (30%)`, `TP1` alone. */
function isBehindLabel(tokens: readonly Token[], index: number, number: number, times: number): boolean {
  const { isGlued } = tokens[index] as Token;
  const isStop = tokens[index - 1]?.key === 'STOP';
  const next = tokens[index + 1];
  if (next === undefined || next.kind === 'break' || next.kind === 'word') return isGlued && !isStop;
  if (next.kind === 'key') return !isStop && (isGlued || next.key === 'HIT' || next.key === 'LIMIT');
  const isNext = number <= times + 1;
  if (next.kind === 'number' || next.text === '(' || next.text === '[') return isGlued || isNext;
  if (next.text === ',' || next.text === '&' || next.text === '/' || next.text === CHECK) return isGlued && !isStop;
  if (!BEHIND.has(next.text)) return isGlued && !isStop;
  return isGlued || next.text !== '-' || isNext;
}

/** `Targets 1, 2, 3 done`: numbers of targets up to a word that tells that they were reached. */
function isNamed(tokens: readonly Token[], index: number): boolean {
  if (!isCountingBack(tokens, index)) return false;
  for (let at = index + 1; at < tokens.length && at < index + 30; at += 1) {
    const token = tokens[at] as Token;
    if (token.key === 'HIT' || token.text === CHECK) return true;
    if (token.kind === 'break' || token.kind === 'word') return false;
    if (token.kind === 'number' && smallWhole(token) === null) return false;
    if (token.kind === 'key' && token.key !== 'AND' && token.key !== 'TARGET' && token.key !== 'ALL') return false;
  }
  return false;
}

/** From the label to here there are only such numbers. */
function isCountingBack(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1; at >= 0 && at > index - 30; at -= 1) {
    const token = tokens[at] as Token;
    if (token.key === 'TARGET') return true;
    if (token.kind === 'break' || token.kind === 'word' || token.kind === 'link') return false;
    if (token.kind === 'number' && smallWhole(token) === null) return false;
    if (token.kind === 'key' && token.key !== 'AND') return false;
  }
  return false;
}

/** `1. 0.5` or `2 - 0.5` at the beginning of a line, where it is the next of the list. */
function isItem(tokens: readonly Token[], index: number, number: number, count: number): boolean {
  if (number !== count + 1 || !isFirstOfLine(tokens, index)) return false;
  const [next, after] = [tokens[index + 1], tokens[index + 2]];
  if (next === undefined || !BEHIND.has(next.text)) return false;
  return after?.kind === 'number' || after?.text === '$' || next.text === ')' || next.text === '.';
}

function isFirstOfLine(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1; at >= 0; at -= 1) {
    const { kind } = tokens[at] as Token;
    if (kind === 'break') return true;
    if (kind !== 'mark') return false;
  }
  return true;
}
