/**
 * Which known name a mistyped one was meant to be. Keeps: one slip in a name of 6 letters or more, two in one of 10 or
 * more; shorter names are near to too much that is right. A first word that settings begin with is not misspelt: APP_KEY is
 * not a slip of API_KEY.
 */

const SHORTEST = 6;
const LONG = 10;

/** The nearest of `known` that `name` may be a misspelling of; undefined for a name that is like none of them. */
export function nearestName(name: string, known: ReadonlySet<string>): string | undefined {
  const isWordOfOurs = [...known].some((candidate) => firstWord(candidate) === firstWord(name));
  let best: { readonly name: string; readonly slips: number } | undefined;
  for (const candidate of known) {
    const length = Math.min(name.length, candidate.length);
    if (length < SHORTEST || (isWordOfOurs && firstWord(candidate) !== firstWord(name))) continue;
    const slips = slipsBetween(name, candidate, Math.min(best?.slips ?? 2, length < LONG ? 1 : 2));
    if (slips !== undefined && (best === undefined || slips < best.slips)) best = { name: candidate, slips };
  }
  return best?.name;
}

export function firstWord(name: string): string {
  return name.split('_', 1)[0] ?? name;
}

/**
 * How many letters were left out, added, mistaken for another or swapped with their neighbour; undefined beyond `limit`.
 * The optimal string alignment distance.
 */
function slipsBetween(a: string, b: string, limit: number): number | undefined {
  if (Math.abs(a.length - b.length) > limit) return undefined;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const changed = at(last, column - 1) + (isSame ? 0 : 1);
      const moved = Math.min(at(last, column), at(next, column - 1)) + 1;
      next.push(Math.min(changed, moved, isSwapped ? at(beforeLast, column - 2) + 1 : Infinity));
    }
    [beforeLast, last] = [last, next];
  }
  const slips = at(last, b.length);
  return slips <= limit ? slips : undefined;
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
