/**
 * Keyset pages, newest first: `limit` and `before_id` in, `next_before_id` out.
 * Keeps: a page deep in the list costs what the first one costs; nothing is counted.
 */
import { IntegerField } from './fields.js';

export const MAX_PAGE = 200;

export class PageQuery {
  @IntegerField({ required: false, fromText: true, min: 1, max: MAX_PAGE, description: 'How many rows', example: 50 })
  limit?: number;

  @IntegerField({
    required: false,
    fromText: true,
    min: 1,
    description: 'Only rows with a smaller id: the `next_before_id` of the page before',
  })
  before_id?: number;
}

/** Rows of a table for a spreadsheet, where no limit is named; and at most. */
export const USUAL_EXPORT = 10_000;
const MAX_EXPORT = 1_000_000;

export class ExportQuery {
  @IntegerField({
    required: false,
    fromText: true,
    min: 1,
    max: MAX_EXPORT,
    description: `How many rows; ${USUAL_EXPORT} by default`,
    example: USUAL_EXPORT,
  })
  limit?: number;

  @IntegerField({ required: false, fromText: true, min: 1, description: 'Only rows with a smaller id' })
  before_id?: number;
}

/** Cuts `rows` (read with one row more than `limit`) to the page and names where the next one starts. */
export function pageOf<Row extends { id: number }>(
  rows: readonly Row[],
  limit: number,
): { items: Row[]; next_before_id: number | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next_before_id: rows.length > limit && last !== undefined ? last.id : null };
}
