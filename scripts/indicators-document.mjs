/** `npm run indicators:document`: writes docs/indicators.md from the registry; a test says when it has to be run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, fromBuild, requireNode, ROOT } from './lib/project.mjs';

requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();
const { indicatorsPage } = await fromBuild('src/domain/indicators/document.js');
writeFileSync(join(ROOT, 'docs', 'indicators.md'), indicatorsPage());
