/**
 * Tables as CSV (RFC 4180) that a spreadsheet may open without danger.
 * Keeps: text that a spreadsheet would take for a formula begins with an apostrophe, also behind the signs at which
 * spreadsheets of other countries begin a cell; numbers stay numbers, decimals in text too.
 */

export type CsvValue = string | number | boolean | null | undefined;

/** Signs after which a spreadsheet reads a formula, also behind blanks; full-width forms are read alike. */
const FORMULA = /^\s*[=+\-@\t\r|%＝＋－＠]/;

const FORMULA_INSIDE = /([;\t] {0,3})(?=[=+\-@|%＝＋－＠])/g;

const DECIMAL = /^-?\d{1,40}(\.\d{1,40})?$/;

export function csvOf(names: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return csvRows([names, ...rows]);
}

/** Without a line of names. */
export function csvRows(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  if (DECIMAL.test(value)) return value;
  const inside = value.replace(FORMULA_INSIDE, "$1'");
  const safe = FORMULA.test(value) ? `'${inside}` : inside;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
