/**
 * Parts a message into clauses, each of which says at most a few things of a trade.
 * Keeps: every token belongs to one clause; commas between numbers part nothing.
 */
import type { Key } from './keys.js';
import { CHECK } from './plain-text.js';
import type { Token } from './token.js';

export interface Clause {
  readonly tokens: readonly Token[];
  readonly keys: ReadonlySet<Key>;
  /** Words that are in no table. */
  readonly strange: number;
  readonly isTicked: boolean;
  /** Ends its line. */
  readonly isLast: boolean;
}

const JOINING = new Set(['and', 'then', 'и', 'затем', 'потом', 'also']);

export function clausesOf(tokens: readonly Token[]): Clause[] {
  const clauses: Clause[] = [];
  let from = 0;
  for (let index = 0; index <= tokens.length; index += 1) {
    if (index < tokens.length && !isEnd(tokens, index)) continue;
    const part = tokens.slice(from, index);
    const isLast = index === tokens.length || tokens[index]?.kind === 'break';
    if (part.some(({ kind }) => kind !== 'mark')) clauses.push(clauseOf(part, isLast));
    from = index + 1;
  }
  return clauses;
}

function clauseOf(tokens: readonly Token[], isLast: boolean): Clause {
  const keys = new Set<Key>();
  let strange = 0;
  for (const { key, kind, tag } of tokens) {
    if (key !== null) keys.add(key);
    if (kind === 'word' && tag === null) strange += 1;
  }
  const first = tokens.findIndex(({ key }) => key !== null);
  const isTicked = tokens.some(({ text }, index) => text === CHECK && index > first);
  return { tokens, keys, strange, isTicked, isLast };
}

function isEnd(tokens: readonly Token[], index: number): boolean {
  const { kind, text, key } = tokens[index] as Token;
  if (kind === 'break') return true;
  const [before, next] = [tokens[index - 1], tokens[index + 1]];
  const isBetweenNumbers = before?.kind === 'number' && next?.kind === 'number';
  if (key === 'AND' && JOINING.has(text)) return !isBetweenNumbers;
  if (kind !== 'mark') return false;
  if (text === ';' || text === '|' || text === '!' || text === '?') return true;
  if (text === ',') return !isBetweenNumbers && next?.text !== '}';
  if (text === '.') return next === undefined || next.from > (tokens[index] as Token).to || next.kind === 'break';
  // A dash between blanks.
  if (text !== '-' || isBetweenNumbers || before === undefined || next === undefined) return false;
  const { from, to } = tokens[index] as Token;
  return before.to < from && next.from > to && next.kind !== 'number';
}
