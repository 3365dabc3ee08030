/**
 * Numbers whose thousands stand apart: `2 036.35`, `78 713,30`.
 * Keeps: only directly behind a label, where no list stands, and never where both parts may be prices of one list; the
 * comma of a fraction goes with blanks between thousands.
 */
import { Decimal } from '../money/decimal.js';
import { readNumber } from './numbers.js';
import { type Token, tokenOf } from './token.js';

/** Prices of one list are not so far apart. */
const FAR = Decimal.of('4');

export function joinThousands(tokens: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] as Token;
    const whole = token.kind === 'number' ? wholeAt(tokens, index) : null;
    joined.push(whole ?? token);
    if (whole !== null) index += 1;
  }
  return joined;
}

function wholeAt(tokens: readonly Token[], index: number): Token | null {
  const [before, head, tail, behind] = [
    tokens[index - 1],
    tokens[index] as Token,
    tokens[index + 1],
    tokens[index + 2],
  ];
  const isStop = before?.key === 'STOP' || (before?.text === ':' && tokens[index - 2]?.key === 'STOP');
  const isPlace = isStop || before?.text === ':' || before?.text === '=' || before?.key === 'MARKET';
  if (!isPlace || tail?.kind !== 'number' || behind?.kind === 'number' || tail.from - head.to !== 1) return null;
  if (!/^[1-9]\d{0,2}$/.test(head.text) || !/^\d{3}([.,]\d{1,8})?$/.test(tail.text)) return null;
  if (head.unit !== null || tail.unit !== null || tail.value === null) return null;
  const isList = Decimal.of(head.text).times(FAR).gt(Decimal.of(tail.value));
  const isWhole = isStop || tail.text.includes(',') || tail.text === '000' || tail.text.startsWith('0');
  if (isList && !isWhole) return null;
  const text = head.text + tail.text;
  const { value, other } = readNumber(text, 0);
  return tokenOf('number', text, head.from, tail.to, { value, other, tag: head.tag });
}
