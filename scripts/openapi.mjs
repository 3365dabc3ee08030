/**
 * `npm run openapi`: writes the API's document to docs/openapi.json, sorted, so that equal APIs give equal files.
 * With `--check` it writes nothing and fails when the file is not what the code says.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureBuilt, ensureInstalled, fail, fromBuild, requireNode, ROOT } from './lib/project.mjs';

requireNode();
ensureInstalled();
ensureBuilt();
const path = join(ROOT, 'docs', 'openapi.json');
const { generateOpenApi } = await fromBuild('src/openapi.js');
const text = `${JSON.stringify(sorted(await generateOpenApi()), undefined, 2)}\n`;

if (process.argv.includes('--check')) {
  const written = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (written !== text)
    fail(`docs/openapi.json is not what the code says: run "npm run openapi".${firstDifference(written, text)}`);
} else {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log('Written: docs/openapi.json');
}
// Nothing that the application holds open may keep this command alive.
process.exit(0);

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

function firstDifference(written, generated) {
  const before = written.split('\n');
  const after = generated.split('\n');
  const line = after.findIndex((text, index) => text !== before[index]);
  return `\nFirst difference, line ${line + 1}:\n  file: ${before[line] ?? '(end)'}\n  code: ${after[line] ?? '(end)'}`;
}
