/**
 * `npm run mails:preview -- [folder]`: writes every kind of mail, as HTML and as plain text, into a folder (data/mails by
 * default) with a page that shows them all.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureBuilt, ensureInstalled, fromBuild, requireNode, ROOT } from './lib/project.mjs';

requireNode();
ensureInstalled();
ensureBuilt();
const folder = resolve(process.argv[2] ?? join(ROOT, 'data', 'mails'));
const { mailPreviews } = await fromBuild('src/cli/mail-previews.js');
mkdirSync(folder, { recursive: true });
const mails = Object.entries(mailPreviews('Ada <b>Lovelace</b>'));
for (const [name, { html, text }] of mails) {
  writeFileSync(join(folder, `${name}.html`), html);
  writeFileSync(join(folder, `${name}.txt`), text);
}
const frames = mails.map(([name]) => `<h2>${name}</h2><iframe src="${name}.html" width="640" height="480"></iframe>`);
writeFileSync(
  join(folder, 'index.html'),
  `<!doctype html><meta charset="utf-8"><title>Mails</title>${frames.join('')}`,
);
console.log(`Written: ${mails.length} mails in ${folder}`);
process.exit(0);
