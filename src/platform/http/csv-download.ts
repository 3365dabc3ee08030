/**
 * Tables for a spreadsheet that are sent as they are read, page by page by keyset, newest first.
 * Keeps: one page is held at a time, whatever the number of rows; what fails before the first page is an answer like any
 * other, what fails later cuts the connection, so that half a table never looks like a whole one.
 */
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { csvOf, csvRows, type CsvValue } from './csv.js';

/** Rows that are read at once. */
export const EXPORT_PAGE = 1_000;

export interface CsvTable<Row> {
  readonly names: readonly string[];
  /** Rows at most. */
  readonly limit: number;
  readonly beforeId: number | undefined;
  /** Rows with a smaller id than `beforeId`, newest first; beyond `limit` they are not looked at. */
  read(beforeId: number | undefined, limit: number): Promise<readonly Row[]>;
  cells(row: Row): readonly CsvValue[];
}

export async function csvDownload<Row extends { readonly id: number }>(table: CsvTable<Row>): Promise<StreamableFile> {
  const first = await page(table, table.beforeId, table.limit);
  return new StreamableFile(Readable.from(partsOf(table, first), { objectMode: false }));
}

async function* partsOf<Row extends { readonly id: number }>(
  table: CsvTable<Row>,
  first: readonly Row[],
): AsyncGenerator<string> {
  yield csvOf(
    table.names,
    first.map((row) => table.cells(row)),
  );
  let rows = first;
  for (let left = table.limit - rows.length; left > 0 && rows.length === EXPORT_PAGE; left -= rows.length) {
    rows = await page(table, rows.at(-1)?.id, left);
    if (rows.length > 0) yield csvRows(rows.map((row) => table.cells(row)));
  }
}

async function page<Row>(table: CsvTable<Row>, beforeId: number | undefined, left: number): Promise<readonly Row[]> {
  const limit = Math.min(left, EXPORT_PAGE);
  return (await table.read(beforeId, limit)).slice(0, limit);
}
