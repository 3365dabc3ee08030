/**
 * What a dialect is: how it is told from the others, and how one alert of it is read.
 * Keeps: pure; `detects` looks only at what no other dialect has; `read` throws `BadAlert` for what it refuses.
 */
import type { DialectCode, Reading } from '../alert.js';
import type { Fields } from '../fields.js';

/** One alert’s part of a body, with its fields where it has any. */
export interface Given {
  readonly form: 'object' | 'pairs' | 'line';
  /** Empty for a line. */
  readonly fields: Fields;
  /** Of pairs and lines as they were written; empty for an object. */
  readonly text: string;
}

export interface Dialect {
  readonly code: DialectCode;
  detects(given: Given): boolean;
  read(given: Given): Reading;
}
