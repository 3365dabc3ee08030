/**
 * The text of a message in plain characters: one look-alike, dash, digit or symbol for the many that people send.
 * Keeps: one pass; each plain character knows where it stood in the original; zero-width characters are gone, emoji are
 * one character each, of which a check mark, a cross and a numbered key are told apart.
 */

export const CHECK = '\u2713';
export const CROSS = '\u2717';
/** Any other emoji, bullet or arrow. */
export const BULLET = '\u25cf';
/** A blank that does not break a line: what stands around it is one number. */
export const HARD_BLANK = '\u00a0';
/** Numbers on a key or in a circle, 1 to 20: never a price. */
export const FIRST_KEY = 0x2460;
const LAST_KEY = FIRST_KEY + 19;

export interface PlainText {
  readonly plain: string;
  /** Where each character of `plain` begins in the original; one more for the end. */
  readonly at: Uint32Array;
}

const [CHECK_CODE, CROSS_CODE, BULLET_CODE] = [CHECK, CROSS, BULLET].map((mark) => mark.charCodeAt(0)) as [
  number,
  number,
  number,
];
const BLANK_CODE = 32;
const KEY_CAP = 0x20e3;
const [ZERO, NINE] = [48, 57];

/** Which plain characters stand for which others. */
const ALIKE: readonly (readonly [plain: number, others: string])[] = [
  [CHECK_CODE, '✅✔☑🗸'],
  [CROSS_CODE, '❌⛔🛑🚫✖❎✗✘'],
  [45, '‐‑‒–—―−➖﹣－⁃'],
  [215, '✕⨯'],
  [126, '≈∼～'],
  [39, '’‘`´ʼ'],
  [34, '“”„«»'],
  [35, '№'],
  [44, '،٬'],
  [46, '٫'],
  [10, '\u2028\u2029\u000b\u000c\u0085'],
  [160, '\u202f'],
  [32, '…\t'],
  [46, '․'],
];

/** First digits of scripts whose digits are not plain ones in another form. */
const DIGIT_SETS = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];

const DROPPED = 0;
const known = new Map<number, number>(
  ALIKE.flatMap(([plain, others]) => [...others].map((other): [number, number] => [other.codePointAt(0) ?? 0, plain])),
);

/** How many characters of other scripts are remembered at most. */
const MOST_KNOWN = 20_000;

export function plainText(text: string): PlainText {
  const codes = new Uint16Array(text.length);
  const at = new Uint32Array(text.length + 1);
  let length = 0;
  let index = 0;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    const point = code < 0xd800 || code > 0xdfff ? code : (text.codePointAt(index) ?? code);
    const plain = code < 0x80 ? code : plainOf(point);
    if (point === KEY_CAP) pressKey(codes, length);
    else if (plain !== DROPPED) {
      codes[length] = plain;
      at[length] = index;
      length += 1;
    }
    index += point > 0xffff ? 2 : 1;
  }
  at[length] = text.length;
  return { plain: textOf(codes, length), at };
}

/** `1` and the key around it are one mark. */
function pressKey(codes: Uint16Array, length: number): void {
  const digit = codes[length - 1];
  if (digit === undefined || digit < ZERO || digit > NINE) return;
  codes[length - 1] = digit === ZERO ? BULLET_CODE : FIRST_KEY + digit - ZERO - 1;
}

function textOf(codes: Uint16Array, length: number): string {
  const PIECE = 8_192;
  let text = '';
  for (let from = 0; from < length; from += PIECE) {
    text += String.fromCharCode.apply(
      null,
      codes.subarray(from, Math.min(from + PIECE, length)) as unknown as number[],
    );
  }
  return text;
}

function plainOf(point: number): number {
  const remembered = known.get(point);
  if (remembered !== undefined) return remembered;
  const plain = classify(point);
  if (known.size < MOST_KNOWN) known.set(point, plain);
  return plain;
}

function classify(point: number): number {
  if (point >= FIRST_KEY && point <= LAST_KEY) return point;
  const character = String.fromCodePoint(point);
  const set = DIGIT_SETS.find((first) => point >= first && point <= first + 9);
  if (set !== undefined) return ZERO + point - set;
  if (point === 0x1f51f) return FIRST_KEY + 9;
  if (/^[\p{Cf}\p{Mn}\p{Cs}\p{Co}\p{Cn}]$/u.test(character) || (point >= 0x1f3fb && point <= 0x1f3ff)) return DROPPED;
  const folded = character.normalize('NFKC');
  if (folded.length === 1 && folded.charCodeAt(0) < 0x80) {
    return /^\p{No}$/u.test(character) ? BULLET_CODE : folded.charCodeAt(0);
  }
  if (/^\p{L}$/u.test(character) && point <= 0xffff) return point;
  return /^[\p{Z}]$/u.test(character) ? (point === 160 ? 160 : BLANK_CODE) : BULLET_CODE;
}
