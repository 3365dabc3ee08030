/**
 * What a body is, before anybody asks what it means: objects, form fields, `key=value` pairs, or lines of text.
 * Keeps: the content type decides nothing that the text itself can say, because what sends alerts names it wrongly; work
 * is linear in the body; a body holds at most `MAX_ALERTS` alerts, and nothing of it is dropped silently.
 */
import { BadAlert } from './alert.js';
import { isRecord, type Json, placeholdersIn } from './fields.js';

export const MAX_ALERTS = 20;

/** Characters. What TradingView sends is a tenth of it. */
export const MAX_BODY = 65_536;

/** One alert’s part of a body. `line`: a text that is no object and no pairs. */
export type Part =
  | { readonly form: 'object'; readonly value: Json }
  | { readonly form: 'pairs'; readonly value: Json; readonly text: string }
  | { readonly form: 'line'; readonly text: string };

/** The parts of a body. Throws `BadAlert`. `isForm` where the sender says that it is URL-encoded. */
export function partsOf(body: string, isForm = false): Part[] {
  if (body.length > MAX_BODY) throw new BadAlert('body_too_large', `an alert may have ${MAX_BODY} characters`);
  const text = unwrapped(body);
  if (text === '') throw new BadAlert('empty_body', 'the body is empty');
  const parts = /^[[{]/.test(text) ? objectParts(text) : textParts(text, isForm);
  if (parts.length === 0) throw new BadAlert('empty_body', 'the body holds no alert');
  if (parts.length > MAX_ALERTS) throw new BadAlert('too_many_alerts', `a body may hold ${MAX_ALERTS} alerts`);
  return parts;
}

/** Without byte-order mark, and without the quotes and headings that mails put around an alert. */
function unwrapped(body: string): string {
  let text = body.replace(/^\uFEFF/, '').trim();
  const heading = /^(?:signal|alert|message|body) ?: ?(?=["'`])/i.exec(text);
  if (heading !== null) text = text.slice(heading[0].length);
  for (let round = 0; round < 3; round += 1) {
    const [first, last] = [text[0], text.at(-1)];
    if (text.length < 2 || first !== last || first === undefined || !'"\'`'.includes(first)) break;
    text = first === '"' ? unquoted(text) : text.slice(1, -1).trim();
  }
  return text;
}

/** A JSON text that holds a text, or a text in quotes. */
function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value.trim();
  } catch {
    // In quotes by hand.
  }
  return text.slice(1, -1).trim();
}

function objectParts(text: string): Part[] {
  const value = parsed(text);
  if (value !== undefined) return recordsOf(value).map((record) => ({ form: 'object', value: record }));
  // A sentence in braces is what a script of orders looks like; several objects may stand behind each other.
  const pieces = balanced(text);
  const values = pieces.map((piece) => parsed(piece));
  if (pieces.length > 1 && values.every((piece) => piece !== undefined)) {
    return values.flatMap((piece) => recordsOf(piece).map((record): Part => ({ form: 'object', value: record })));
  }
  const found = placeholdersIn(text);
  if (found.length > 0) {
    throw new BadAlert('unfilled_placeholders', `${found.join(', ')} was not filled in by what sent the alert`);
  }
  throw new BadAlert('unparseable_body', 'the body begins like JSON and is none');
}

/** JSON, also with what alert templates break it by: commas at the end, numbers that are `NaN` or `na`, typographic quotes. */
function parsed(text: string): unknown {
  for (const attempt of [text, mended(text)]) {
    try {
      return JSON.parse(attempt);
    } catch {
      // The next attempt.
    }
  }
  return undefined;
}

function mended(text: string): string {
  return text
    .replace(/[“”]/g, '"')
    .replace(/,(\s{0,20})([\]}])/g, '$1$2')
    .replace(/:(\s{0,20})(?:NaN|nan|na)(?=\s{0,20}[,}\]])/g, ':$1null');
}

function recordsOf(value: unknown): Json[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  const flat = list.flatMap((item) => {
    if (!isRecord(item)) throw new BadAlert('unparseable_body', 'the body holds something that is no object');
    // `{ "alerts": [ … ] }`
    const inner = Object.keys(item).length === 1 ? Object.values(item)[0] : undefined;
    return Array.isArray(inner) && inner.length > 0 && inner.every(isRecord) ? inner : [item];
  });
  if (flat.length > MAX_ALERTS) throw new BadAlert('too_many_alerts', `a body may hold ${MAX_ALERTS} alerts`);
  return flat;
}

/** The outermost braces of a text, one after the other; empty where something else stands between them. */
function balanced(text: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (isText) {
      if (char === '\\') at += 1;
      else if (char === '"') isText = false;
    } else if (char === '"') isText = true;
    else if (char === '{' || char === '[') {
      if (depth === 0) start = at;
      depth += 1;
    } else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth < 0) return [];
      if (depth === 0) pieces.push(text.slice(start, at + 1));
    } else if (depth === 0 && char !== undefined && !/[\s,;]/.test(char)) return [];
  }
  return depth === 0 ? pieces : [];
}

function textParts(text: string, isForm: boolean): Part[] {
  const form = formOf(text, isForm);
  if (form !== undefined) return [{ form: 'pairs', value: form, text }];
  // A script of orders keeps its lines together.
  if (/^[\w:./-]{1,80}\([^()\n]{1,80}\)\s{0,20}\{/.test(text)) return [{ form: 'line', text }];
  const blocks = text.split(/\r?\n[ \t]{0,20}\r?\n/).flatMap(partsOfBlock);
  return blocks.length > MAX_ALERTS ? blocks.slice(0, MAX_ALERTS + 1) : blocks;
}

function partsOfBlock(block: string): Part[] {
  const text = block.trim();
  if (text === '') return [];
  const pairs = pairsOf(text);
  if (pairs !== undefined) return [{ form: 'pairs', value: pairs, text }];
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line): Part => {
      const own = pairsOf(line);
      return own === undefined ? { form: 'line', text: line } : { form: 'pairs', value: own, text: line };
    });
}

/** `action=buy&ticker=X`, URL-encoded. */
function formOf(text: string, isForm: boolean): Json | undefined {
  const looksLikeOne = /^[\w.%[\]-]{1,60}=[^\s&]*(?:&|$)/.test(text) && !/[\s;]/.test(text);
  if (!looksLikeOne || (!isForm && !text.includes('&'))) return undefined;
  const value: Record<string, unknown> = {};
  for (const [key, item] of new URLSearchParams(text)) if (!Object.hasOwn(value, key)) put(value, key, item);
  return value;
}

const PAIR = /^"?([A-Za-z][\w .-]{0,40}?)"?[ \t]{0,8}[=:][ \t]{0,8}(.*)$/s;
const STRICT_PAIR = /^([A-Za-z][\w.-]{0,40})=(.*)$/s;

/** `KEY=VALUE` by line, comma, semicolon or blank; `key: value` by line. Undefined where something else stands there. */
function pairsOf(text: string): Json | undefined {
  const byMark = text.split(/[;\n]|,(?=[^,=;\n]{1,60}=)/).map((item) => item.trim());
  const found = collected(byMark, PAIR);
  if (found !== undefined && Object.values(found).every((value) => !/[\s]\w{1,20}=/.test(String(value)))) return found;
  const byBlank = text.split(/\s+/);
  return collected(byBlank, STRICT_PAIR) ?? found;
}

function collected(items: readonly string[], form: RegExp): Json | undefined {
  const value: Record<string, unknown> = {};
  let count = 0;
  for (const item of items) {
    if (item === '') continue;
    const match = form.exec(item);
    if (match === null) return undefined;
    const key = String(match[1]).trim();
    if (!Object.hasOwn(value, key))
      put(
        value,
        key,
        String(match[2])
          .trim()
          .replace(/^"(.*)"$/s, '$1'),
      );
    count += 1;
  }
  return count > 0 ? value : undefined;
}

/** Also for keys that reach for prototypes. */
function put(value: Record<string, unknown>, key: string, item: unknown): void {
  Object.defineProperty(value, key, { value: item, enumerable: true, configurable: true, writable: true });
}
