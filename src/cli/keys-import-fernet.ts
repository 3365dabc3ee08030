/**
 * `npm run keys:import-fernet -- --file accounts.json [--dry-run]`: takes over exchange keys of the old system, encrypted with
 * the keys in FERNET_SECRET_KEYS. The file is a JSON list, or one object per line. Exit code 1 when a row was refused.
 */
import { readFile } from 'node:fs/promises';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/schema.js';
import { FernetImport } from '../modules/accounts/fernet-import.service.js';
import { fernetKey } from '../platform/crypto/fernet.js';
import { Database } from '../platform/database/database.js';
import { withApplication } from './command-application.js';
import { optionsOf } from './command-options.js';

const USAGE = 'FERNET_SECRET_KEYS=… npm run keys:import-fernet -- --file accounts.json [--dry-run]';

const values = optionsOf(USAGE, { file: { type: 'string' }, 'dry-run': { type: 'boolean' } });

await withApplication(async (app) => {
  const texts = app.get<Config>(CONFIG).secrets.FERNET_SECRET_KEYS;
  if (values.file === undefined || texts.length === 0) throw new TypeError(`Usage: ${USAGE}`);
  const isTrial = values['dry-run'] === true;
  const rows = rowsOf(await readFile(values.file, 'utf8'));
  const keys = texts.map(fernetKey);
  const run = () => app.get(FernetImport).run(rows, keys, isTrial);
  const { imported, present, refused } = await app.get(Database).inLane('worker', run);
  for (const { row, reason } of refused) console.log(`REFUSED  row ${row}: ${reason}`);
  const verb = isTrial ? 'would be imported' : 'imported';
  console.log(`${imported} ${verb}, ${present} there already, ${refused.length} refused`);
  if (refused.length > 0) process.exitCode = 1;
});

/** Throws a sentence without the file's content, which holds secrets. */
function rowsOf(text: string): unknown[] {
  const isList = text.trimStart().startsWith('[');
  const lines = isList ? [text] : text.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw new TypeError(isList ? 'The file is not JSON.' : `Line ${index + 1} of the file is not JSON.`);
    }
  });
}
