/** `npm run build`: makes `dist` when a source or a build setting has changed since the last build. */
import { ensureBuilt, ensureInstalled, requireNode } from './lib/project.mjs';

requireNode();
ensureInstalled();
console.log(ensureBuilt() ? 'Built dist.' : 'dist is up to date.');
