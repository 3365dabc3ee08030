/**
 * Versions of the app, compared number by number. Keeps: what does not look like a version is not older than anything,
 * because a client that says nothing of itself is let through. Pure.
 */

const VERSION = /^v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:[-+ ][\w.+-]{0,60})?$/;

/** Whether `version` (1, 1.2 or 1.2.3, with whatever stands behind it) is below `least`. */
export function isOlder(version: string, least: string): boolean {
  const [given, wanted] = [numbersOf(version), numbersOf(least)];
  if (given === undefined || wanted === undefined) return false;
  for (const [index, number] of given.entries()) {
    const other = wanted[index] ?? 0;
    if (number !== other) return number < other;
  }
  return false;
}

function numbersOf(version: string): readonly number[] | undefined {
  return VERSION.exec(version.trim())
    ?.slice(1)
    .map((digits) => Number(digits ?? '0'));
}
