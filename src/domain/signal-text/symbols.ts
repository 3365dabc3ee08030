/**
 * Finds the pair that a message is about.
 * Keeps: the plainest mention wins (a pair, then a labelled or tagged coin, then a bare word beside a side); two different
 * ones of the plainest kind are said and not chosen from; a base without a quote takes the quote of the source.
 */
import {
  ALIASES,
  COIN_QUOTES,
  GLUED_QUOTES,
  isForexPair,
  MAJOR_BASES,
  NO_COINS,
  QUOTES,
  WORD_COINS,
} from './symbol-words.js';
import { SHORT_ID } from './read-fields.js';
import type { Span, Token } from './token.js';

/** How a pair is mentioned, the plainest last. */
const RANKS = [
  'SIGNATURE',
  'ONLY_WORD',
  'FIRST_WORD',
  'BESIDE_KEY',
  'BESIDE_SIDE',
  'HASHTAG',
  'CASHTAG',
  'LABELLED',
  'PAIR',
] as const;
export type Mention = (typeof RANKS)[number];

export interface SymbolRead {
  readonly symbol: string;
  readonly span: Span;
  readonly mention: Mention;
  readonly isQuoteImplied: boolean;
  /** Index of its token. */
  readonly at: number;
}

export interface SymbolsRead {
  /** Of the plainest kind, in the order of the text; one of each. */
  readonly found: readonly SymbolRead[];
}

export interface SymbolContext {
  readonly quote: string;
  readonly known: ReadonlySet<string> | null;
}

const SEPARATORS = new Set(['/', '-', '_', '|', ':']);
/** Keys beside which a word of a short message is the coin. */
const ACTED = new Set<string>(['CLOSE', 'CLOSED', 'CANCEL', 'MOVE', 'HIT', 'TAKE']);
const MOST_TOKENS = 14;

/** `H4`, `M15` */
const TIMEFRAME = /^[HDMW]\d{1,2}$/;

const NAME = /^[A-Z0-9]{1,15}$/;

export function readSymbols(tokens: readonly Token[], context: SymbolContext): SymbolsRead {
  const all = new SymbolReader(tokens, context).run();
  const best = all.reduce((most, { mention }) => Math.max(most, RANKS.indexOf(mention)), -1);
  const found = new Map<string, SymbolRead>();
  for (const read of all) {
    if (RANKS.indexOf(read.mention) === best && !found.has(read.symbol)) found.set(read.symbol, read);
  }
  return { found: [...found.values()] };
}

class SymbolReader {
  readonly #found: SymbolRead[] = [];
  /** Labels of prices came before. */
  #hasPrices = false;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly context: SymbolContext,
  ) {}

  run(): SymbolRead[] {
    let depth = 0;
    for (let index = 0; index < this.tokens.length; index += 1) {
      const token = this.tokens[index] as Token;
      if (token.text === '[') depth += 1;
      else if (token.text === ']' || token.kind === 'break') depth = 0;
      else if (depth === 0 && token.kind === 'word') this.#word(index, token);
      else if (depth === 0 && token.kind === 'number') this.#digitCoin(index, token);
      this.#hasPrices ||= token.key === 'ENTRY' || token.key === 'TARGET' || token.key === 'STOP';
    }
    return this.#found;
  }

  #word(index: number, token: Token): void {
    const name = token.latin.toUpperCase();
    const alias = ALIASES[name] ?? ALIASES[token.text.toUpperCase()];
    if (alias === undefined && !NAME.test(name)) return;
    if (this.#isVenue(index)) return;
    const [base, quote, end] = this.#pairAt(index, name);
    if (quote !== null) return this.#add(base + quote, index, end, 'PAIR', false);
    const isNamed = alias !== undefined && index < 12;
    const mention = this.#mentionOf(index, token, name) ?? (isNamed ? 'FIRST_WORD' : null);
    if (mention === null) return;
    if (alias !== undefined) return this.#add(this.#withQuote(alias), index, index, mention, !isMarket(alias));
    this.#add(isForexPair(name) ? name : this.#withQuote(name), index, index, mention, true);
  }

  /** The first half of `BINANCE:BTCUSDT`. */
  #isVenue(index: number): boolean {
    const [word, mark, second] = [this.tokens[index], this.tokens[index + 1], this.tokens[index + 2]];
    const isTight = mark?.text === ':' && mark.from === word?.to && second?.from === mark.to;
    return isTight && second?.kind === 'word' && isCapital(second.latin) && isCapital(word?.latin ?? '');
  }

  /** `4USDT` is a word; `4 hit TP1` begins with the coin. */
  #digitCoin(index: number, { text, unit, tag }: Token): void {
    const next = this.tokens[index + 1];
    const isTagged = tag === '$' && /^\d{1,4}$/.test(text) && isSideKey(this.#nearest(index, -1));
    if (isTagged) this.#add(this.#withQuote(text), index, index, 'BESIDE_SIDE', true);
    if (index !== 0 || unit !== null || next?.kind !== 'key' || !/^\d{1,4}$/.test(text)) return;
    if (next.key === 'CLOSE' || next.key === 'HIT' || next.key === 'MOVE') {
      this.#add(this.#withQuote(text), index, index, 'FIRST_WORD', true);
    }
  }

  #withQuote(name: string): string {
    return isMarket(name) ? name : `${name}${this.context.quote}`;
  }

  /** Base, quote and the last token, if a pair begins here; the quote is empty for markets without one. */
  #pairAt(index: number, name: string): [string, string | null, number] {
    const separated = this.#separated(index, name);
    if (separated !== null) return separated;
    if (isForexPair(name)) return [name, '', index];
    const bare = name.endsWith('PERP') && name.length > 5 ? name.slice(0, -4) : name;
    if (bare !== name) {
      const glued = gluedQuote(bare);
      return glued === null ? [bare, this.context.quote, index] : [...glued, index];
    }
    const glued = gluedQuote(name);
    return glued === null ? [name, null, index] : [...glued, index];
  }

  #separated(index: number, name: string): [string, string, number] | null {
    const [mark, second] = [this.tokens[index + 1], this.tokens[index + 2]];
    if (mark?.kind === 'mark' && SEPARATORS.has(mark.text) && second?.kind === 'word') {
      const quote = second.latin.toUpperCase();
      const isTight = mark.from === this.tokens[index]?.to && second.from === mark.to;
      const isPair = QUOTES.has(quote) && (isTight || mark.text === '/' || mark.text === '|') && quote !== name;
      if (isPair) return [name, quote === 'PERP' ? this.context.quote : quote, index + 2];
    }
    const token = this.tokens[index] as Token;
    const isSpelled = token.tag !== null || isCapital(token.latin);
    const isName = !NO_COINS.has(name) || WORD_COINS.has(name);
    const isSpaced = mark?.text === 'usdt' && isName && isSpelled && gluedQuote(name) === null;
    return isSpaced ? [name, 'USDT', index + 1] : null;
  }

  #mentionOf(index: number, token: Token, name: string): Mention | null {
    const isWordCoin = WORD_COINS.has(name);
    if (token.tag === '$') return QUOTES.has(name) && !MAJOR_BASES.has(name) ? null : 'CASHTAG';
    const before = this.#nearest(index, -1);
    if (token.tag === '#') {
      if (!this.#isHashtag(index, name, before)) return null;
      return this.#hasPrices && !this.#hasKeyInLine(index) ? 'SIGNATURE' : 'HASHTAG';
    }
    if (before?.key === 'SYMBOL_LABEL' && token.kind === 'word' && !NO_COINS.has(name)) return 'LABELLED';
    if ((NO_COINS.has(name) && !isWordCoin) || TIMEFRAME.test(name)) return null;
    const next = this.#nearest(index, 1);
    if (name.length < 2 && index > 0) return null;
    if (isSideKey(before) || isSideKey(next))
      return this.#besideSide(index, token, before, next) ? 'BESIDE_SIDE' : null;
    if (!isCapital(token.latin)) return this.#isOnlyWord(index, before, next) ? 'ONLY_WORD' : null;
    if (before === undefined && this.#isBeforeSide(index)) return 'BESIDE_SIDE';
    if (this.#isFirst(index) && next !== undefined) return 'FIRST_WORD';
    const isAsked = before?.key !== undefined && before.key !== null && name.length > 1;
    return isAsked || next?.kind === 'key' || MAJOR_BASES.has(name) ? 'BESIDE_KEY' : null;
  }

  /** `close algo`: in small letters, in a message that says little else. */
  #isOnlyWord(index: number, before: Token | undefined, next: Token | undefined): boolean {
    const { length } = (this.tokens[index] as Token).text;
    if (this.tokens.length > MOST_TOKENS || length < 3 || length > 10) return false;
    return ACTED.has(before?.key ?? 'NONE') || (ACTED.has(next?.key ?? 'NONE') && before === undefined);
  }

  #isFirst(index: number): boolean {
    for (let at = index - 1; at >= 0 && at > index - 8; at -= 1) {
      const { kind } = this.tokens[at] as Token;
      if (kind === 'word' || kind === 'key' || kind === 'number') return false;
    }
    return index < 8;
  }

  /** `BTC scalp short`: at the beginning of a line that names the side soon. */
  #isBeforeSide(index: number): boolean {
    for (let at = index + 1; at < this.tokens.length && at <= index + 3; at += 1) {
      const token = this.tokens[at] as Token;
      if (token.kind === 'break' || token.kind === 'number') return false;
      if (token.key === 'LONG' || token.key === 'SHORT') return true;
    }
    return false;
  }

  #hasKeyInLine(index: number): boolean {
    for (const step of [-1, 1]) {
      for (let at = index + step; Math.abs(at - index) < 8; at += step) {
        const token = this.tokens[at];
        if (token === undefined || token.kind === 'break') break;
        if (token.key !== null) return true;
      }
    }
    return false;
  }

  #isHashtag(index: number, name: string, before: Token | undefined): boolean {
    if (NO_COINS.has(name) || name.length > 12 || SHORT_ID.test((this.tokens[index] as Token).latin)) return false;
    if (before?.key === 'SIGNAL_ID' || before?.key === 'SIGNAL') return false;
    const glued = this.tokens[index - 2];
    const isPartOf = glued?.kind === 'word' && (glued.to === (this.tokens[index - 1]?.from ?? 0) || name.length === 1);
    return !isPartOf && this.tokens[index + 1]?.text !== '_' && this.tokens[index + 1]?.text !== '&';
  }

  /** A word in small letters must stand in a line that says little else. */
  #besideSide(index: number, token: Token, before: Token | undefined, next: Token | undefined): boolean {
    if (isCapital(token.latin)) return true;
    let strange = 0;
    for (let at = index; at >= 0 && (this.tokens[at] as Token).kind !== 'break' && strange < 4; at -= 1) {
      if ((this.tokens[at] as Token).kind === 'word') strange += 1;
    }
    for (let at = index + 1; at < this.tokens.length && strange < 4; at += 1) {
      const { kind } = this.tokens[at] as Token;
      if (kind === 'break' || kind === 'number') break;
      if (kind === 'word') strange += 1;
    }
    const isBehind = isSideKey(next) || next?.kind === 'number' || next?.kind === 'key' || next === undefined;
    return strange <= 1 && token.latin !== '' && (isSideKey(before) ? isBehind : index === 0 || before === undefined);
  }

  /** The next word, key or number in the line. */
  #nearest(index: number, step: 1 | -1): Token | undefined {
    for (let at = index + step; at >= 0 && at < this.tokens.length && Math.abs(at - index) < 6; at += step) {
      const token = this.tokens[at] as Token;
      if (token.kind === 'break' || token.kind === 'link') return undefined;
      if (token.kind !== 'mark') return token;
    }
    return undefined;
  }

  #add(symbol: string, from: number, to: number, mention: Mention, isQuoteImplied: boolean): void {
    const { known } = this.context;
    // A bare word is a coin only where there is such a market, if we know which there are.
    if (known !== null && RANKS.indexOf(mention) < RANKS.indexOf('HASHTAG') && !known.has(symbol)) return;
    const span = [(this.tokens[from] as Token).from, (this.tokens[to] as Token).to] as const;
    this.#found.push({ symbol, span, mention, isQuoteImplied, at: from });
  }
}

/** A name that is a market by itself. */
function isMarket(name: string): boolean {
  return isForexPair(name) || name.endsWith('USD') || (/\d$/.test(name) && Object.hasOwn(ALIASES, name));
}

function gluedQuote(name: string): [string, string] | null {
  for (const quote of GLUED_QUOTES) {
    if (name.length > quote.length && name.endsWith(quote)) return [name.slice(0, -quote.length), quote];
  }
  for (const quote of COIN_QUOTES) {
    const base = name.slice(0, -quote.length);
    if (name.endsWith(quote) && MAJOR_BASES.has(base)) return [base, quote];
  }
  return null;
}

function isSideKey(token: Token | undefined): boolean {
  const key = token?.key;
  return key === 'LONG' || key === 'SHORT' || key === 'BUY' || key === 'SELL';
}

function isCapital(word: string): boolean {
  return word !== '' && word === word.toUpperCase();
}
