/**
 * What the words, numbers and marks of a message are read as, each with its place in the original text.
 * Keeps: pure data; a number is exact text; a token never spans a line break.
 */
import type { DecimalText } from '../money/decimal.js';
import type { Key } from './keys.js';

/** From a character of the original text to before another. */
export type Span = readonly [from: number, to: number];

export type TokenKind =
  | 'word'
  /** A word or words of the tables of keywords. */
  | 'key'
  | 'number'
  /** One character of punctuation, or of `plain-text.ts`. */
  | 'mark'
  | 'break'
  /** A link or a name of a user: never read any further. */
  | 'link';

/** What stands directly behind a number. `TIME` are minutes, hours, days; `R` multiples of the risk. */
export type Unit = '%' | 'X' | 'R' | 'TIME' | 'NTH' | 'OTHER';

export interface Token {
  readonly kind: TokenKind;
  /** In small letters; of a mark the mark. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Directly behind the word or number before it. */
  readonly isGlued: boolean;
  /** As it was written, with Latin letters for those that only look like them. */
  readonly latin: string;
  /** `#` or `$` directly before a word. */
  readonly tag: '#' | '$' | null;
  /** Of a number; null where it cannot be read as one. */
  readonly value: DecimalText | null;
  /** The other way to read a number such as `1,057`. */
  readonly other: DecimalText | null;
  readonly unit: Unit | null;
  readonly key: Key | null;
  /** Of an ordinal in words (`first`): 1. */
  readonly nth: number | null;
}

/** Of numbers there are many: theirs is the short way. */
export function numberToken(
  text: string,
  [from, to]: Span,
  { value, other }: Pick<Token, 'value' | 'other'>,
  unit: Unit | null,
  isGlued: boolean,
  tag: Token['tag'],
): Token {
  return { kind: 'number', text, from, to, isGlued, latin: '', tag, value, other, unit, key: null, nth: null };
}

/** Every token has the same fields in the same order: the engine reads them all by one shape. */
export function tokenOf(
  kind: TokenKind,
  text: string,
  from: number,
  to: number,
  more: Partial<Token> = NOTHING,
): Token {
  if (more === NOTHING) return plainToken(kind, text, from, to);
  return {
    kind,
    text,
    from,
    to,
    isGlued: more.isGlued ?? false,
    latin: more.latin ?? '',
    tag: more.tag ?? null,
    value: more.value ?? null,
    other: more.other ?? null,
    unit: more.unit ?? null,
    key: more.key ?? null,
    nth: more.nth ?? null,
  };
}

const NOTHING: Partial<Token> = {};

function plainToken(kind: TokenKind, text: string, from: number, to: number): Token {
  return {
    kind,
    text,
    from,
    to,
    isGlued: false,
    latin: '',
    tag: null,
    value: null,
    other: null,
    unit: null,
    key: null,
    nth: null,
  };
}
