/**
 * Numbers as people write them: `67,500.5`, `0,5828`, `.390`, `30K`, `64k6`, `78 713,30`.
 * Keeps: looks at each character a bounded number of times; what can be read in two ways says both; what is no number
 * (`2.0.38`) is read as null and never as a part of itself.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import { HARD_BLANK } from './plain-text.js';

export interface NumberReading {
  readonly value: DecimalText | null;
  readonly other: DecimalText | null;
  /** Behind the last character. */
  readonly to: number;
  /** Digits alone, without separators. */
  readonly isBare: boolean;
}

/** Longer ones are no prices. */
const MOST_DIGITS = 24;
/** So many parts are looked at together. */
const MOST_GROUPS = 10;

const ZERO = 48;
const SEPARATORS = new Set(['.', ',', "'", HARD_BLANK].map((mark) => mark.charCodeAt(0)));

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

interface Group {
  readonly separator: string;
  readonly digits: string;
  readonly to: number;
}

/** `from` is at a digit, or at a point before one. */
export function readNumber(text: string, from: number): NumberReading {
  const groups = groupsOf(text, from);
  const first = groups[0] as Group;
  if (join(groups).length > MOST_DIGITS) return firstOf(groups);
  if (first.digits === '') return fraction(groups);
  return interpret(groups);
}

function groupsOf(text: string, from: number): Group[] {
  const groups: Group[] = [];
  let index = from;
  let separator = '';
  for (;;) {
    let to = index;
    while (isDigit(text.charCodeAt(to))) to += 1;
    groups.push({ separator, digits: text.slice(index, to), to });
    const next = text.charCodeAt(to);
    if (!SEPARATORS.has(next) || !isDigit(text.charCodeAt(to + 1)) || groups.length === MOST_GROUPS) return groups;
    // No thousands: what follows the next part changes nothing.
    if (groups.length > 2 && groups[groups.length - 2]?.digits.length !== 3) return groups;
    separator = text[to] as string;
    index = to + 1;
  }
}

/** Far too long for one: a list without blanks begins with its first number, if that is short. */
function firstOf(groups: readonly Group[]): NumberReading {
  const [first, second] = groups as [Group, Group | undefined];
  if (first.digits === '' || first.digits.length > MOST_DIGITS || second?.separator !== ',') return broken(groups);
  return { value: plain(first.digits, ''), other: null, to: first.to, isBare: true };
}

/** `.390` */
function fraction(groups: readonly Group[]): NumberReading {
  const second = groups[1] as Group;
  if (groups.length > 2 && groups[2]?.separator === '.') return broken(groups);
  return { value: plain('0', second.digits), other: null, to: second.to, isBare: false };
}

function broken(groups: readonly Group[]): NumberReading {
  return { value: null, other: null, to: (groups.at(-1) as Group).to, isBare: false };
}

const read = (value: DecimalText, to: number, other: DecimalText | null = null): NumberReading => ({
  value,
  other,
  to,
  isBare: false,
});

function interpret(groups: readonly Group[]): NumberReading {
  const [first, second, third] = groups as [Group, Group | undefined, Group | undefined];
  if (second === undefined) return { value: plain(first.digits, ''), other: null, to: first.to, isBare: true };
  const thousands = thousandsOf(groups);
  if (third === undefined) return pair(first, second);
  if (thousands === groups.length) return read(plain(join(groups), ''), (groups.at(-1) as Group).to);
  const last = groups.at(-1) as Group;
  if (thousands === groups.length - 1 && isPoint(last) && last.separator !== second.separator) {
    return read(plain(join(groups.slice(0, -1)), last.digits), last.to);
  }
  return list(groups);
}

const isPoint = ({ separator }: Group): boolean => separator === '.' || separator === ',';

/** Two groups: a fraction, or thousands. */
function pair(first: Group, second: Group): NumberReading {
  const isThousands = second.digits.length === 3 && first.digits.length <= 3 && !first.digits.startsWith('0');
  if (!isPoint(second)) {
    if (isThousands) return read(plain(first.digits + second.digits, ''), second.to);
    return { value: plain(first.digits, ''), other: null, to: first.to, isBare: true };
  }
  const asFraction = plain(first.digits, second.digits);
  if (second.separator === '.' || !isThousands) return read(asFraction, second.to);
  return read(plain(first.digits + second.digits, ''), second.to, asFraction);
}

/** How many groups from the first are thousands of one number, all with the same separator. */
function thousandsOf(groups: readonly Group[]): number {
  const [first, second] = groups as [Group, Group];
  if (first.digits.length > 3 || first.digits.startsWith('0')) return 0;
  const end = groups.findIndex(
    ({ separator, digits }, index) => index > 0 && (separator !== second.separator || digits.length !== 3),
  );
  return end === -1 ? groups.length : end;
}

const join = (groups: readonly Group[]): string => groups.map(({ digits }) => digits).join('');

/** Several numbers with commas between them and no blanks: the first of them. With points alone it is none. */
function list(groups: readonly Group[]): NumberReading {
  const [first, second] = groups as [Group, Group];
  if (second.separator !== '.') {
    return { value: plain(first.digits, ''), other: null, to: first.to, isBare: true };
  }
  if (groups[2]?.separator === '.') return broken(groups);
  return read(plain(first.digits, second.digits), second.to);
}

/** Without zeros that say nothing. */
function plain(whole: string, part: string): DecimalText {
  let [from, end] = [0, part.length];
  while (from < whole.length - 1 && whole.charCodeAt(from) === ZERO) from += 1;
  while (end > 0 && part.charCodeAt(end - 1) === ZERO) end -= 1;
  const head = from === 0 ? whole : whole.slice(from);
  return end === 0 ? head : `${head}.${part.slice(0, end)}`;
}

/** `30K` and `64k6`: thousands, and hundreds behind the letter. */
export function scaled(value: DecimalText, factor: '1000' | '1000000', behind: string): DecimalText {
  const unit = Decimal.of(factor);
  const part = behind === '' ? Decimal.ZERO : Decimal.of(`0.${behind}`).times(unit);
  return Decimal.of(value).times(unit).plus(part).toString();
}
