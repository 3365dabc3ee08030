/**
 * A word as rules compare it, in whatever case and between whatever blanks it was sent.
 * Keeps: one function for whoever reads the word, so that no guard reads another than the rules of the body; only letters
 * of ASCII have two cases, because Unicode turns signs such as `ﬂ` or `ſ` into letters that nobody typed.
 */
export function plainWord(text: string): string {
  return text.trim().replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
