/** What each month of a run made of the equity that it began with, in percent. */
import type { EquityFigures } from '../equity.js';

export interface YearOfMonths {
  readonly year: number;
  /** January first; null where the run was not there. */
  readonly months: readonly (number | null)[];
  readonly total: number;
}

/** `start` is the equity before the first day. A day belongs to the month in which it began. */
export function monthsOf({ days }: Pick<EquityFigures, 'days'>, start: number): YearOfMonths[] {
  const ends = new Map<string, number>();
  for (const { at, equity } of days) ends.set(new Date(at - 1).toISOString().slice(0, 7), equity);
  const years = new Map<number, { months: (number | null)[]; start: number; end: number }>();
  let before = start;
  for (const [month, equity] of ends) {
    const year = Number(month.slice(0, 4));
    const entry = years.get(year) ?? { months: Array.from({ length: 12 }, () => null), start: before, end: equity };
    years.set(year, entry);
    entry.months[Number(month.slice(5)) - 1] = change(before, equity);
    entry.end = equity;
    before = equity;
  }
  return [...years].map(([year, entry]) => ({ year, months: entry.months, total: change(entry.start, entry.end) }));
}

function change(from: number, to: number): number {
  return from > 0 ? (to / from - 1) * 100 : 0;
}
