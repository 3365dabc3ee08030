/**
 * `npm start`: installs and builds when needed, then runs the product in this same process, so that Ctrl-C, SIGTERM
 * and the exit code need no passing on.
 */
import { ensureBuilt, ensureInstalled, fromBuild, requireNode, ROOT } from './lib/project.mjs';

requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();
await fromBuild('src/main.js');
