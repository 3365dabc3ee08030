/** Text that has to be short, cut between characters. */

/** Characters of a push at most, of up to four bytes each: the services take 4,096 bytes in all, data included. */
export const PUSH_LENGTH = 500;

export function shortened(text: string, length: number): string {
  const signs = [...text];
  return signs.length <= length ? text : `${signs.slice(0, length - 1).join('')}…`;
}
