/**
 * HTML and SVG as text. Keeps: whatever comes from outside is escaped where it enters, so that no name of a symbol, a reason
 * or a setting can become markup.
 */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: unknown): string {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** Cells are text, not markup. The first column is left-aligned, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}${toneOf(cell)}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) => line(row, 'td')).join('\n');
  return `<div class="wide"><table><thead>${line(head, 'th')}</thead><tbody>${body}</tbody></table></div>`;
}

/** Losses stand out. */
function toneOf(cell: unknown): string {
  return typeof cell === 'string' && /^-\d/.test(cell) ? ' class="loss"' : '';
}

/** A figure for people: at most `places` (up to 6), without trailing zeros; a dash where it is not defined. */
export function figure(value: number | null | undefined, places = 2): string {
  if (value === null || value === undefined) return '–';
  // Without the sign of a zero that was rounded.
  return String(Number(value.toFixed(places)) + 0);
}

/** `2026-01-31 08:00`, in UTC. */
export function moment(at: Date | number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
