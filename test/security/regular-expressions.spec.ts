/**
 * No regular expression of the product takes more than linear time, whatever it is given: `recheck` looks at each for a
 * text that would make it backtrack. Those that are put together at run time are named here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from 'recheck';
import ts from 'typescript';
import { SECRET_PATTERNS } from '../../src/platform/logging/redaction.js';

const SOURCES = join(import.meta.dirname, '../../src');

/** What `new RegExp` makes, by the file that does: read here, or made of words that need no look. */
const MADE: Readonly<Record<string, string>> = {
  'platform/logging/redaction.ts':
    'SECRET_PATTERNS, checked below; the other holds escaped secrets, one beside the other',
  'modules/access-tokens/access-tokens.controller.ts': 'words beside each other',
  'modules/webhooks/webhooks.controller.ts': 'words beside each other',
};

const literals = new Map<string, string>();
const made = new Set<string>();

beforeAll(() => {
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
    const source = ts.createSourceFile(file, readFileSync(join(SOURCES, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) literals.set(node.text, file);
      const isMade = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp';
      if (isMade) made.add(file);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
});

async function faultOf(pattern: string, flags: string): Promise<string | undefined> {
  const result = await check(pattern, flags, { timeout: 30_000 });
  if (result.status === 'safe') return undefined;
  return result.status === 'vulnerable' ? `${result.complexity.summary}, by ${result.attack.pattern}` : 'not decided';
}

it('every regular expression of the sources is linear', async () => {
  expect(literals.size).toBeGreaterThan(100);
  const faults: string[] = [];
  for (const [literal, file] of literals) {
    const end = literal.lastIndexOf('/');
    const fault = await faultOf(literal.slice(1, end), literal.slice(end + 1));
    if (fault !== undefined) faults.push(`${file} ${literal}: ${fault}`);
  }
  expect(faults).toEqual([]);
}, 120_000);

it('so are those that are put together, and there are no others', async () => {
  expect([...made].sort()).toEqual(Object.keys(MADE).sort());
  const unread = SECRET_PATTERNS.filter((pattern) => !literals.has(String(pattern)));
  expect(unread).toHaveLength(1);
  const faults = await Promise.all(unread.map(({ source, flags }) => faultOf(source, flags)));
  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
}, 120_000);

it('what is not linear is found', async () => {
  expect(await faultOf('(a+)+$', '')).toContain('exponential');
  expect(await faultOf('\\s+$', '')).toContain('polynomial');
});
