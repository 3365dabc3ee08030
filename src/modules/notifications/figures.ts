/** The data of a notification as apps read it: its figures, stored as exact text, are JSON numbers at the edge. */
import { toJsonNumber } from '../../domain/money/money.js';

const FIGURES: ReadonlySet<string> = new Set(['entry_price', 'price', 'pnl', 'pnl_percentage']);

export function figuresAsNumbers(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = ([name, value]: [string, unknown]) =>
    [name, FIGURES.has(name) && typeof value === 'string' ? toJsonNumber(value) : value] as const;
  return Object.fromEntries(Object.entries(data).map(shown));
}
