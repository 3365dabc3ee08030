/**
 * Finds the longest phrase of the tables of keywords that begins at a token.
 * Keeps: a look-up costs at most as many steps as the longest phrase has words; exact words come before stems.
 */
import { KEYS, type Key, ORDINALS, PLAIN_PHRASES } from './keys.js';

/** `null` is a phrase that means nothing. */
type Meaning = { readonly key: Key | null; readonly nth: number | null };

interface Node {
  readonly next: Map<string, Node>;
  /** Words that end in `*`. */
  readonly stems: Map<string, Node>;
  meaning: Meaning | undefined;
}

export interface Match {
  readonly meaning: Meaning;
  /** How many tokens it takes. */
  readonly length: number;
}

/** What a book reads of: word after word. */
export interface Words {
  /** In small letters; undefined behind the end of the line. */
  at(index: number): string | undefined;
  /** The other script's form of a word that looks like one of it. */
  alike(index: number): string | undefined;
}

const [SHORTEST_STEM, LONGEST_STEM] = [3, 12];

const node = (): Node => ({ next: new Map(), stems: new Map(), meaning: undefined });

export class PhraseBook {
  readonly #root = node();
  readonly #words = new Set<string>();

  /** `additions` are phrases of a source's own. */
  constructor(additions: Readonly<Partial<Record<Key, readonly string[]>>> = {}) {
    for (const phrase of PLAIN_PHRASES.split('|')) this.#add(phrase, { key: null, nth: null });
    for (const [word, nth] of Object.entries(ORDINALS)) this.#add(word, { key: null, nth });
    for (const [key, phrases] of Object.entries(KEYS)) {
      for (const phrase of phrases.split('|')) this.#add(phrase, { key: key as Key, nth: null });
    }
    for (const [key, phrases] of Object.entries(additions)) {
      for (const phrase of phrases ?? []) this.#add(phrase.toLowerCase(), { key: key as Key, nth: null });
    }
  }

  /** Whether a word alone is a phrase. */
  knows(word: string): boolean {
    return this.#words.has(word);
  }

  keyOf(word: string): Key | null {
    return this.#step(this.#root, word)?.meaning?.key ?? null;
  }

  match(words: Words, from: number): Match | undefined {
    let at: Node | undefined = this.#root;
    let found: Match | undefined;
    let index = from;
    while (at !== undefined) {
      const word = words.at(index);
      if (word === undefined) break;
      let next = this.#step(at, word);
      const alike = next === undefined ? words.alike(index) : undefined;
      if (alike !== undefined) next = this.#step(at, alike);
      if (next === undefined && isJoint(word) && index > from) {
        index += 1;
        continue;
      }
      at = next;
      index += 1;
      if (next?.meaning !== undefined) found = { meaning: next.meaning, length: index - from };
    }
    return found;
  }

  #step(at: Node, word: string): Node | undefined {
    const exact = at.next.get(word);
    if (exact !== undefined || at.stems.size === 0) return exact;
    for (let length = Math.min(word.length, LONGEST_STEM); length >= SHORTEST_STEM; length -= 1) {
      const stem = at.stems.get(word.slice(0, length));
      if (stem !== undefined) return stem;
    }
    return undefined;
  }

  #add(phrase: string, meaning: Meaning): void {
    let at = this.#root;
    const words = wordsOf(phrase);
    for (const word of words) {
      const [edges, name] = word.endsWith('*') ? [at.stems, word.slice(0, -1)] : [at.next, word];
      const next = edges.get(name) ?? node();
      edges.set(name, next);
      at = next;
    }
    at.meaning ??= meaning;
    if (words.length === 1) this.#words.add(words[0] as string);
  }
}

/** Between words of a phrase they may stand or not. */
function isJoint(word: string): boolean {
  return word === '-' || word === '_';
}

/** Words and marks, as the tokenizer parts them. */
function wordsOf(phrase: string): string[] {
  return phrase.split(/ |(?<=[/:&@=#])|(?=[/:&@=#])/).filter((word) => word !== '');
}

export const COMMON_BOOK = new PhraseBook();
