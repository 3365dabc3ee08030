/**
 * How PostgreSQL's types come back: `bigint` as a number (our ids and counts), `numeric` as text, never as a float.
 * Keeps: a bigint beyond 2^53 throws instead of losing digits; numeric arrays stay text, element by element.
 */
import pg from 'pg';

const INT8 = 20;
const INT8_ARRAY = 1016;
const NUMERIC_ARRAY = 1231;
const TEXT_ARRAY = 1009;

function exactInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit an exact number`);
  return value;
}

type TextArrayParser = (text: string) => (string | null)[];

export function installPgTypes(): void {
  const getParser = pg.types.getTypeParser as unknown as (oid: number) => TextArrayParser;
  const parseTextArray = getParser(TEXT_ARRAY);
  const setParser = pg.types.setTypeParser as unknown as (oid: number, parse: (text: string) => unknown) => void;
  setParser(INT8, exactInteger);
  setParser(NUMERIC_ARRAY, parseTextArray);
  setParser(INT8_ARRAY, (text) => parseTextArray(text).map((item) => (item === null ? null : exactInteger(item))));
}
