/**
 * Looks through whatever came from outside for what PostgreSQL cannot keep: the character NUL, halves of characters, and
 * structures nested beyond sense. Pure; answers the first problem with the path of its field.
 */
import type { FieldProblem } from '../errors/app-error.js';

const MAX_DEPTH = 32;

export function inputProblem(value: unknown, path: string, depth = 0): FieldProblem | undefined {
  if (typeof value === 'string') return textProblem(value, path);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return { field: path, rule: `must not be nested deeper than ${MAX_DEPTH} levels` };
  for (const [key, item] of Object.entries(value)) {
    const field = path === '' ? key : `${path}.${key}`;
    const problem = textProblem(key, path === '' ? 'body' : path) ?? inputProblem(item, field, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function textProblem(text: string, field: string): FieldProblem | undefined {
  if (text.includes('\0')) return { field, rule: 'must not contain the character NUL' };
  return text.isWellFormed() ? undefined : { field, rule: 'must be well-formed Unicode' };
}
