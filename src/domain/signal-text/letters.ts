/**
 * Letters of one script in words of another: `BTСUSDT` with a Cyrillic С, `Tейк` with a Latin T.
 * Keeps: a word of both scripts is read in the one in which all of it can be; a word of one script stays as it is.
 */

const CYRILLIC = 'АВЕКМНОРСТУХІЅЈавекмнорстухіѕјӏ';
const LATIN = 'ABEKMHOPCTYXISJabekmhopctyxisjl';

const toLatin = new Map([...CYRILLIC].map((letter, index) => [letter, LATIN[index] as string]));
const toCyrillic = new Map([...LATIN].map((letter, index) => [letter, CYRILLIC[index] as string]));

export interface Spelling {
  /** In the script that it is read in. */
  readonly word: string;
  /** In Latin letters, if all can be; of a Cyrillic word only in capitals. */
  readonly latin: string | null;
}

export function spell(word: string): Spelling {
  let [latin, cyrillic] = [0, 0];
  for (let index = 0; index < word.length; index += 1) {
    const code = word.charCodeAt(index);
    if (code < 128) latin += (code | 32) >= 97 && (code | 32) <= 122 ? 1 : 0;
    else if (code >= 0x400 && code <= 0x52f) cyrillic += 1;
  }
  if (cyrillic === 0) return { word, latin: word };
  if (latin === 0) return { word, latin: word === word.toUpperCase() ? fold(word, toLatin, isCyrillic) : null };
  const folded = fold(word, toLatin, isCyrillic);
  if (folded !== null) return { word: folded, latin: folded };
  return { word: fold(word, toCyrillic, isLatin) ?? word, latin: null };
}

const isCyrillic = (letter: string): boolean => letter >= '\u0400' && letter <= '\u052f';
const isLatin = (letter: string): boolean => (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');

function fold(word: string, table: ReadonlyMap<string, string>, isForeign: (letter: string) => boolean): string | null {
  let folded = '';
  for (const letter of word) {
    const other = isForeign(letter) ? table.get(letter) : letter;
    if (other === undefined) return null;
    folded += other;
  }
  return folded;
}
