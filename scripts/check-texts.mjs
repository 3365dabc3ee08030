/**
 * `npm run check:texts -- FILE.jsonl... [--all]`: builds, and reads labelled messages with `dist/src/cli/check-texts.js`, which
 * needs no database. Its exit code is ours.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, requireNode, ROOT } from './lib/project.mjs';

requireNode();
ensureInstalled();
ensureBuilt();
const script = join(ROOT, 'dist', 'src', 'cli', 'check-texts.js');
const { status } = spawnSync(process.execPath, ['--enable-source-maps', script, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
