/**
 * How PostgreSQL's types come back: `bigint` as a number (our ids and counts), `numeric` as text, never as a float;
 * times as dates. Hot reads spend most of their time here, so the usual forms are read directly.
 * Keeps: a bigint beyond 2^53 throws instead of losing digits; an unusual form is left to the driver's own parser.
 */
import pg from 'pg';

const OID = {
  int8: 20,
  text_array: 1009,
  int8_array: 1016,
  timestamptz: 1184,
  timestamptz_array: 1185,
  numeric_array: 1231,
} as const;

type Parser<T> = (text: string) => T;

const driver = pg.types.getTypeParser as unknown as (oid: number) => Parser<unknown>;
const driverTextArray = driver(OID.text_array) as Parser<(string | null)[]>;
const driverTime = driver(OID.timestamptz) as Parser<Date>;

export function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit an exact number`);
  return value;
}

/** `2026-11-21 01:15:02.5+00`; other zones, eras and infinities are the driver's. */
export function parseTime(text: string): Date {
  const isUtc = text.length >= 22 && text.charCodeAt(4) === 45 && text.endsWith('+00');
  return isUtc ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : driverTime(text);
}

/** Parses arrays whose elements hold no comma, brace or backslash: numbers and times. */
export function arrayOf<T>(parse: Parser<T>): Parser<(T | null)[]> {
  const element = (text: string | null) =>
    text === null || text === 'NULL' ? null : parse(text.startsWith('"') ? text.slice(1, -1) : text);
  return (text) => {
    if (text === '{}') return [];
    const isPlain = text.startsWith('{') && text.charCodeAt(1) !== 123;
    return (isPlain ? text.slice(1, -1).split(',') : driverTextArray(text)).map(element);
  };
}

export function installPgTypes(): void {
  const set = pg.types.setTypeParser as unknown as (oid: number, parse: Parser<unknown>) => void;
  set(OID.int8, parseInteger);
  set(
    OID.numeric_array,
    arrayOf((text) => text),
  );
  set(OID.int8_array, arrayOf(parseInteger));
  set(OID.timestamptz, parseTime);
  set(OID.timestamptz_array, arrayOf(parseTime));
}
