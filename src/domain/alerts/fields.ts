/**
 * The fields of one alert, found by their names whatever the spelling (`stop_loss`, `stopLoss`, `Stop Loss`).
 * Keeps: a field that is read and still holds a placeholder refuses the alert by the placeholder’s name; one that nobody
 * reads does not matter. Nested objects that only group (`general`, `strategy`) are looked through; others are reached by
 * their path run together (`order.action` is `orderaction`). Numbers become plain decimal text.
 */
import Big from 'big.js';
import type { DecimalText } from '../money/decimal.js';
import { BadAlert, type RefusalCode } from './alert.js';
import { plainName } from './words.js';

export type Json = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Groups without a meaning of their own. */
const GROUPS = new Set(
  'general strategy strategyinfo tv data payload alert signal trade info params body content executionintent'.split(
    ' ',
  ),
);

const EMPTY = new Set(['', 'null', 'none', 'undefined']);

const MAX_DEPTH = 5;

export class Fields {
  readonly #values = new Map<string, unknown>();

  constructor(readonly record: Json) {
    this.#take(record, '', '', 0);
  }

  has(...names: string[]): boolean {
    return names.some((name) => this.#values.has(name));
  }

  /** The first value that is there, as it came. */
  raw(...names: string[]): unknown {
    for (const name of names) {
      const value = this.#values.get(name);
      if (value !== undefined && value !== null && !(typeof value === 'string' && EMPTY.has(plain(value))))
        return value;
    }
    return undefined;
  }

  /** The first text or number that is not empty. Throws where it is a placeholder. */
  text(...names: string[]): string | null {
    for (const name of names) {
      const value = scalar(this.#values.get(name));
      if (value === undefined || EMPTY.has(plain(value))) continue;
      refuseUnfilled(value, name);
      return value;
    }
    return null;
  }

  /** As `text`, without looking at what it says. */
  remark(...names: string[]): string | null {
    for (const name of names) {
      const value = scalar(this.#values.get(name));
      if (value !== undefined && !EMPTY.has(plain(value))) return value;
    }
    return null;
  }

  /** A decimal number. Throws `code` for what is none. */
  number(code: RefusalCode, ...names: string[]): DecimalText | null {
    const value = this.text(...names);
    if (value === null) return null;
    const number = decimalOf(value);
    if (number === undefined) throw new BadAlert(code, `${shown(value)} is no number`);
    return number;
  }

  /** A number where there is one. */
  maybe(...names: string[]): DecimalText | null {
    for (const name of names) {
      const value = this.text(name);
      const number = value === null ? undefined : decimalOf(value);
      if (number !== undefined) return number;
    }
    return null;
  }

  flag(...names: string[]): boolean | null {
    const value = this.raw(...names);
    if (typeof value === 'boolean') return value;
    const word = typeof value === 'string' || typeof value === 'number' ? plain(String(value)) : '';
    if (['true', 'yes', 'on', '1'].includes(word)) return true;
    return ['false', 'no', 'off', '0'].includes(word) ? false : null;
  }

  /** The same fields without some. */
  without(...names: string[]): Fields {
    const rest = Object.entries(this.record).filter(([key]) => !names.includes(plainName(key)));
    return new Fields(Object.fromEntries(rest));
  }

  /** The fields of an object within. */
  group(...names: string[]): Fields | undefined {
    const value = this.raw(...names);
    return isRecord(value) ? new Fields(value) : undefined;
  }

  #take(record: Json, path: string, bare: string, depth: number): void {
    const nested: [string, Json][] = [];
    for (const [key, value] of Object.entries(record)) {
      const name = plainName(key);
      if (!this.#values.has(`${path}${name}`)) this.#values.set(`${path}${name}`, value);
      // Of two groups the first to say something is heard, and none before what stands outside of groups.
      if (bare !== path && !this.#values.has(`${bare}${name}`)) this.#values.set(`${bare}${name}`, value);
      if (isRecord(value)) nested.push([name, value]);
    }
    if (depth >= MAX_DEPTH) return;
    for (const [name, value] of nested) {
      this.#take(value, `${path}${name}`, GROUPS.has(name) ? bare : `${bare}${name}`, depth + 1);
    }
  }
}

const plain = (text: string): string => text.trim().toLowerCase();

function scalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The placeholders in a text, each once: `{{close}}`. */
export function placeholdersIn(text: string): string[] {
  return [...new Set(text.match(/\{\{[^{}]{0,80}\}\}/g) ?? (text.includes('{{') ? ['{{'] : []))].slice(0, 10);
}

function refuseUnfilled(value: string, name: string): void {
  const found = placeholdersIn(value);
  if (found.length === 0 && !/^\{[a-z][\w.]{2,60}\}$/i.test(value)) return;
  const names = found.length === 0 ? value : found.join(', ');
  throw new BadAlert('unfilled_placeholders', `${names} in ${name} was not filled in by what sent the alert`);
}

/** A value as it may be repeated to whoever reads the log. */
export function shown(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}

const NUMBER = /^[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:e[+-]?\d{1,2})?$/i;
const GROUPED = /^[+-]?\d{1,3}(?:,\d{3}){1,8}(?:\.\d{1,30})?$/;

/** `1,234.50`, `1e-7`, `$12`, `3x` … as plain decimal text; undefined for what is no number. */
export function decimalOf(text: string): DecimalText | undefined {
  const bare = text.trim().replace(/^\$/, '');
  const ungrouped = GROUPED.test(bare) ? bare.replaceAll(',', '') : bare;
  if (!NUMBER.test(ungrouped)) return undefined;
  const clean = ungrouped.replace(/^\+/, '').replace(/\.(?=e|$)/i, '');
  return new Big(clean).toFixed();
}

/** `5%` and `5 %`; undefined for what is no percentage. */
export function percentOf(text: string): DecimalText | undefined {
  const trimmed = text.trim();
  return trimmed.endsWith('%') ? decimalOf(trimmed.slice(0, -1)) : undefined;
}
