/**
 * Parts a message into words, numbers, marks and line breaks, and joins words to the phrases of the tables.
 * Keeps: one pass over the text, each character looked at a bounded number of times; every token knows where it stands in
 * the original text.
 */
import { GLUED_LABELS, OFTEN_MISTYPED } from './keys.js';
import { joinThousands } from './joined-numbers.js';
import { spell } from './letters.js';
import { readNumber, scaled } from './numbers.js';
import type { Match, PhraseBook, Words } from './phrase-book.js';
import { BULLET, CHECK, CROSS, FIRST_KEY, HARD_BLANK, plainText } from './plain-text.js';
import { numberToken, type Token, tokenOf, type Unit } from './token.js';

/** Words of more letters are of no interest. */
const LONGEST_WORD = 48;

/** Quotes of pairs, which people write at prices too. */
const QUOTED = new Set(['usdt', 'usdc', 'busd', 'usd', 'eur', 'fdusd', 'btc', 'eth']);

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const KEY_CODE_END = FIRST_KEY + 20;
const MARK_CODES = new Set([BULLET, CHECK, CROSS, HARD_BLANK, '×'].map((mark) => mark.charCodeAt(0)));

function isLetter(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return !MARK_CODES.has(code) && !(code >= FIRST_KEY && code < KEY_CODE_END);
}

const UNIT_NAMES: Readonly<Record<Exclude<Unit, '%'>, string>> = {
  X: 'x х',
  R: 'r р',
  TIME: 'h hr hrs hours d days day w m min mins ч мин дн д pm am s',
  NTH: 'st nd rd th й я ый ой ий ая',
  OTHER: 'pips pip pts п',
};

const UNITS = new Map(
  Object.entries(UNIT_NAMES).flatMap(([unit, names]) =>
    names.split(' ').map((name): [string, Unit] => [name, unit as Unit]),
  ),
);

const [PERCENT, BLANK] = [37, 32];

export function tokenize(text: string, book: PhraseBook): Token[] {
  return joinThousands(joinPhrases(new Scanner(text, book).run(), book));
}

class Scanner {
  readonly #plain: string;
  readonly #at: Uint32Array;
  readonly #tokens: Token[] = [];
  #index = 0;
  /** Behind the last word or number: what begins there is glued to it. */
  #end = -1;
  #tag: { readonly tag: '#' | '$'; readonly index: number } | null = null;

  constructor(
    text: string,
    private readonly book: PhraseBook,
  ) {
    const { plain, at } = plainText(text);
    this.#plain = plain;
    this.#at = at;
  }

  run(): Token[] {
    while (this.#index < this.#plain.length) this.#next();
    return this.#tokens;
  }

  #next(): void {
    const from = this.#index;
    const code = this.#plain.charCodeAt(from);
    if (isDigit(code) || (code === 46 && this.#isFraction(from))) this.#number(from);
    else if (isLetter(code)) this.#word(from);
    else this.#mark(from, this.#plain[from] as string, code);
  }

  #isFraction(from: number): boolean {
    return isDigit(this.#plain.charCodeAt(from + 1)) && this.#end !== from && this.#plain[from - 1] !== '.';
  }

  #mark(from: number, mark: string, code: number): void {
    this.#index = from + 1;
    if (code === 10 || code === 13) this.#push('break', '\n', from, from + 1);
    else if (mark === '@' && isLetter(this.#plain.charCodeAt(from + 1))) this.#skipLink(from);
    else if (mark === '#' || mark === '$') {
      this.#tag = { tag: mark, index: from + 1 };
      if (mark === '#') this.#push('mark', mark, from, from + 1);
    } else if (code >= FIRST_KEY && code < KEY_CODE_END) {
      this.#push('mark', '(n)', from, from + 1, { nth: code - FIRST_KEY + 1 });
    } else if (!' \u00a0*`"\u0000'.includes(mark)) this.#push('mark', mark, from, from + 1);
  }

  /** To the next blank. */
  #skipLink(from: number): void {
    let to = from + 1;
    while (to < this.#plain.length && this.#plain.charCodeAt(to) > 32) to += 1;
    this.#push('link', '', from, to);
    this.#index = to;
  }

  #push(kind: Token['kind'], text: string, from: number, to: number, more?: Partial<Token>): void {
    const at = this.#at;
    this.#tokens.push(tokenOf(kind, text, at[from] as number, this.#originalEnd(to), more));
  }

  /** Without what was left out behind the last character. */
  #originalEnd(to: number): number {
    return to === 0 ? 0 : Math.min((this.#at[to - 1] as number) + 1, this.#at[to] as number);
  }

  #number(from: number): void {
    const reading = readNumber(this.#plain, from);
    const { to, isBare } = reading;
    const letters = this.#lettersFrom(to);
    if (letters === to) return this.#plainNumber(from, to, reading);
    const name = this.#plain.slice(to, letters).toLowerCase();
    if (name === 'k' || name === 'к' || (name === 'm' && this.#plain[to] === 'M')) {
      return this.#scale(from, to, reading.value, name);
    }
    const unit = UNITS.get(name);
    if (unit !== undefined) return this.#pushNumber(from, letters, reading, unit, letters);
    const isPriced = to - from > 1 && QUOTED.has(name);
    if (isBare && this.#end !== from && !isPriced && this.#isCoin(name)) return this.#word(from);
    this.#pushNumber(from, to, reading, null, to);
  }

  /** `1INCH`, `1000BONKUSDT`, `4USDT`, but not `10lev`. */
  #isCoin(name: string): boolean {
    return name.length <= LONGEST_WORD && this.book.keyOf(name) === null;
  }

  /** `text` ends before `end`, where a percent sign stands behind it. */
  #pushNumber(from: number, to: number, reading: Pick<Token, 'value' | 'other'>, unit: Unit | null, end: number): void {
    const span = [this.#at[from] as number, this.#originalEnd(end)] as const;
    const tag = this.#tag?.index === from ? this.#tag.tag : null;
    const isGlued = this.#end === from;
    this.#tokens.push(numberToken(this.#plain.slice(from, to), span, reading, unit, isGlued, tag));
    this.#index = end;
    this.#end = end;
  }

  #plainNumber(from: number, to: number, reading: Pick<Token, 'value' | 'other'>): void {
    let end = to;
    const next = this.#plain.charCodeAt(to);
    if (next === PERCENT) end = to + 1;
    else if (next === BLANK && this.#plain.charCodeAt(to + 1) === PERCENT) end = to + 2;
    this.#pushNumber(from, to, reading, end === to ? null : '%', end);
  }

  #scale(from: number, to: number, value: string | null, name: string): void {
    let end = to + 1;
    while (isDigit(this.#plain.charCodeAt(end)) && end - to < 5) end += 1;
    const factor = name === 'm' ? '1000000' : '1000';
    const exact = value === null ? null : scaled(value, factor, this.#plain.slice(to + 1, end));
    this.#pushNumber(from, end, { value: exact, other: null }, null, end);
  }

  #lettersFrom(from: number): number {
    let to = from;
    while (to < this.#plain.length && isLetter(this.#plain.charCodeAt(to))) to += 1;
    return to;
  }

  #word(from: number): void {
    let to = from;
    for (;;) {
      while (to < this.#plain.length && (isLetter(this.#plain.charCodeAt(to)) || isDigit(this.#plain.charCodeAt(to)))) {
        to += 1;
      }
      const isJoined = this.#plain[to] === "'" && isLetter(this.#plain.charCodeAt(to + 1));
      if (!isJoined || to === from) break;
      to += 1;
    }
    if (this.#isLink(to)) return this.#skipLink(from);
    for (const [start, end] of this.#partsOf(from, to)) {
      this.#pushWord(start, end);
      if (this.#index !== end) return;
    }
  }

  /** `https://…`, `t.me/…`, `www.…` */
  #isLink(to: number): boolean {
    const next = this.#plain.slice(to, to + 3);
    if (next === '://') return true;
    if (next[0] !== '.' || !isLetter(next.charCodeAt(1))) return false;
    return next === '.me' || next === '.co' || next === '.io' || this.#plain.slice(to - 3, to).toLowerCase() === 'www';
  }

  #pushWord(from: number, end: number): void {
    const to = this.#labelEnd(from, end);
    const { word, latin } = spell(this.#plain.slice(from, to).replaceAll("'", ''));
    const tag = this.#tag?.index === from ? this.#tag.tag : null;
    const text = word.toLowerCase();
    const key = to < end ? (GLUED_LABELS[text] ?? null) : null;
    this.#push('word', text, from, to, { isGlued: this.#end === from, latin: latin ?? '', tag, key });
    this.#index = to;
    this.#end = to;
  }

  /** Of `TP1` and `x20` the end of the letters: the digits are a number of their own. */
  #labelEnd(from: number, to: number): number {
    const letters = this.#lettersFrom(from);
    if (letters === to || letters === from || this.#tag?.index === from) return to;
    for (let index = letters; index < to; index += 1) if (!isDigit(this.#plain.charCodeAt(index))) return to;
    const { word } = spell(this.#plain.slice(from, letters));
    const name = word.toLowerCase();
    const isLabel = name === 'x' || name === 'х' || Object.hasOwn(GLUED_LABELS, name);
    return isLabel || this.book.keyOf(name) !== null ? letters : to;
  }

  /** Glued words, `USDTEntry`: parted where the case changes, if a part is a keyword and the whole is none. */
  #partsOf(from: number, to: number): [number, number][] {
    const word = this.#plain.slice(from, to);
    if (word.length > LONGEST_WORD || word.length < 5) return [[from, to]];
    const cuts = cutsOf(word);
    if (cuts.length === 0 || this.book.keyOf(word.toLowerCase()) !== null) return [[from, to]];
    const bounds = [0, ...cuts, word.length];
    const parts = cuts.map((cut, index): [number, number] => [bounds[index] as number, cut]);
    parts.push([cuts.at(-1) as number, word.length]);
    if (!parts.some(([a, b]) => this.book.keyOf(word.slice(a, b).toLowerCase()) !== null)) return [[from, to]];
    return parts.map(([a, b]) => [from + a, from + b]);
  }
}

/** Where a small letter is followed by a capital, and where capitals are followed by a capitalised word. */
function cutsOf(word: string): number[] {
  const cuts: number[] = [];
  for (let index = 1; index < word.length; index += 1) {
    const [before, here, after] = [word[index - 1] as string, word[index] as string, word[index + 1] ?? ''];
    const rises = isSmall(before) && isCapital(here);
    if (rises || (index > 1 && isCapital(before) && isCapital(here) && isSmall(after))) cuts.push(index);
  }
  return cuts;
}

const isSmall = (letter: string): boolean => letter !== '' && letter !== letter.toUpperCase();
const isCapital = (letter: string): boolean => letter !== '' && letter !== letter.toLowerCase();

/** Words that make a phrase become one token with its key. */
function joinPhrases(tokens: readonly Token[], book: PhraseBook): Token[] {
  const words: Words = {
    at: (index) => {
      const token = tokens[index];
      return token === undefined || token.kind === 'break' || token.kind === 'link' ? undefined : token.text;
    },
    alike: (index) => {
      const token = tokens[index];
      return token?.kind === 'word' && token.latin !== '' && token.latin.toLowerCase() !== token.text
        ? token.latin.toLowerCase()
        : undefined;
    },
  };
  const joined: Token[] = [];
  let index = 0;
  while (index < tokens.length) {
    const token = tokens[index] as Token;
    const isName = token.tag === '$' || isBase(tokens, index);
    const match = isName || token.kind === 'break' || token.kind === 'link' ? undefined : book.match(words, index);
    if (match === undefined) joined.push(mistyped(tokens, index));
    else pushPhrase(joined, tokens, index, match);
    index += match?.length ?? 1;
  }
  return joined;
}

/** `NEAR/USDT` is no word of the tables. */
function isBase(tokens: readonly Token[], index: number): boolean {
  const [base, mark, quote] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (base?.kind !== 'word' || mark?.kind !== 'mark' || !QUOTED.has(quote?.text ?? '')) return false;
  const isTight = mark.from === base.to && quote?.from === mark.to;
  return mark.text === '/' || mark.text === '|' || (isTight && (mark.text === '-' || mark.text === '_'));
}

function pushPhrase(joined: Token[], tokens: readonly Token[], from: number, { meaning, length }: Match): void {
  if (meaning.key === null && meaning.nth === null) {
    for (let index = from; index < from + length; index += 1) joined.push(withKey(tokens[index] as Token, null, null));
    return;
  }
  const first = tokens[from] as Token;
  const { to } = tokens[from + length - 1] as Token;
  let { text } = first;
  for (let index = from + 1; index < from + length; index += 1) text += ` ${(tokens[index] as Token).text}`;
  joined.push(tokenOf('key', text, first.from, to, { ...first, key: meaning.key, nth: meaning.nth }));
}

function withKey(token: Token, key: Token['key'], nth: Token['nth']): Token {
  return token.key === key ? token : tokenOf(token.kind, token.text, token.from, token.to, { ...token, key, nth });
}

/** `STOL LOSS`: a label with one wrong letter, where what follows shows that it is one. */
function mistyped(tokens: readonly Token[], index: number): Token {
  const token = tokens[index] as Token;
  if (token.key !== null) return tokenOf('key', token.text, token.from, token.to, token);
  if (token.kind !== 'word' || token.text.length < 4 || token.text.length > 9 || token.tag !== null) return token;
  const next = tokens[index + 1];
  const shows = next?.text === ':' || next?.text === 'loss' || next?.kind === 'number';
  if (!shows) return token;
  const meant = OFTEN_MISTYPED.find((word) => isOneOff(word, token.text));
  if (meant === undefined) return token;
  const key = meant.startsWith('targ') || meant === 'цели' || meant === 'тейк' ? 'TARGET' : undefined;
  return tokenOf('key', token.text, token.from, token.to, { ...token, key: key ?? MEANT[meant] ?? null });
}

const MEANT: Readonly<Record<string, Token['key']>> = {
  entry: 'ENTRY',
  entries: 'ENTRY',
  вход: 'ENTRY',
  stop: 'STOP',
  stoploss: 'STOP',
  leverage: 'LEVERAGE',
  плечо: 'LEVERAGE',
  profit: 'PROFIT',
};

/** One letter more, less, other or two that changed places; the first is right. */
function isOneOff(word: string, typed: string): boolean {
  if (word === typed || word[0] !== typed[0] || Math.abs(word.length - typed.length) > 1) return false;
  let same = 0;
  while (same < word.length && word[same] === typed[same]) same += 1;
  const [a, b] = [word.slice(same), typed.slice(same)];
  if (a.length === b.length) {
    return a.slice(1) === b.slice(1) || (a.slice(2) === b.slice(2) && a[0] === b[1] && a[1] === b[0]);
  }
  return a.length > b.length ? a.slice(1) === b : b.slice(1) === a;
}
