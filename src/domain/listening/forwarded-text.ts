/**
 * A provider's post as it is passed on: the platform's header, whose words they are, and the words, cleaned.
 * Keeps: pure, and linear in the length of the text; prices are never touched; what leads people elsewhere is left out.
 */
import { BRAND } from './loop-guard.js';

export interface ForwardedLine {
  readonly text: string;
  readonly bold?: boolean;
}

/** `Leverage: 10x`, `Lev x10`, `Leverage: Cross (10x)`, `плечо 10`. */
const NAMED =
  /(?<!\p{L})(?:leverage|lev|плечо)(?!\p{L})[ \t]?[:=-]?[ \t]?(?:(?:cross|isolated)[ \t]?\(?)?(?:[xх]\s?\d{1,3}|\d{1,3}\s?[xх]|\d{1,3}(?![\d.,]))?\)?/giu;

/** A multiple that stands alone, as in `LONG 10x`. */
const BARE = /(?<![\p{L}\d.,])(?:[xх]\s?\d{1,3}|\d{1,3}\s?[xх])(?![\p{L}\d])/giu;

const LEADS_AWAY = /https?:\/\/|(?<![\p{L}\d])t(?:elegram)?\.me\/|(?<![\p{L}\d.])@[A-Za-z]\w{3,31}/iu;

/** Only marks and spaces: nothing is said. */
const EMPTY = /^[^\p{L}\d]*$/u;

/** Lines to be shown as they are, escaped by whoever shows them. */
export function forwardedLines(text: string, sourceName: string): ForwardedLine[] {
  const said = text
    .split('\n')
    .filter((line) => !LEADS_AWAY.test(line))
    .map(cleaned)
    .filter((line) => line !== '');
  return [
    { text: `📡 ${BRAND}`, bold: true },
    { text: `Source: ${sourceName}` },
    ...said.map((line) => ({ text: line })),
  ];
}

function cleaned(line: string): string {
  const without = line.replaceAll('#', '').replace(NAMED, '').replace(BARE, '');
  if (EMPTY.test(without)) return '';
  return without.replace(/[ \t]{2,}/g, ' ').trim();
}
