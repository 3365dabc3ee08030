/**
 * Tables as CSV (RFC 4180) that a spreadsheet may open without danger.
 * Keeps: text that a spreadsheet would take for a formula begins with an apostrophe; numbers stay numbers.
 */

export type CsvValue = string | number | boolean | null | undefined;

/** Signs after which a spreadsheet reads a formula, also behind blanks; full-width forms are read alike. */
const FORMULA = /^\s*[=+\-@\t\r|%＝＋－＠]/;

export function csvOf(names: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return [names, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
