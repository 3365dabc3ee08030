/**
 * Module hooks of the mutation runs: the sources and specs are loaded by Node itself, compiled on the way as .swcrc says,
 * with test/mutation/fast-check.ts for fast-check.
 * Keeps: a query on a module's address (`?load=2`) is handed on to all of ours that it imports, so that a number which was
 * not used before gives a whole new set of modules; a file is compiled once.
 */
import { transformFile } from '@swc/core';
import { fileURLToPath } from 'node:url';

let root = '';
const compiled = new Map();

export function initialize(data) {
  root = data.root;
}

export function resolve(specifier, context, next) {
  const { parentURL } = context;
  if (!isOurs(parentURL)) return next(specifier, context);
  if (specifier === 'fast-check') return found('test/mutation/fast-check.ts', root, parentURL);
  if (!specifier.startsWith('.') || specifier.includes('/node_modules/')) return next(specifier, context);
  return found(specifier.replace(/\.js$/, '.ts'), parentURL, parentURL);
}

export async function load(url, context, next) {
  if (!isOurs(url)) return next(url, context);
  const file = fileURLToPath(url.replace(/\?.*$/, ''));
  if (!compiled.has(file)) compiled.set(file, (await transformFile(file, { sourceMaps: 'inline' })).code);
  return { format: 'module', source: compiled.get(file), shortCircuit: true };
}

const isOurs = (url) => url !== undefined && url.startsWith(root) && /\.ts(\?|$)/.test(url);

function found(path, base, parentURL) {
  const url = new URL(path, base);
  url.search = new URL(parentURL).search;
  return { url: url.href, format: 'module', shortCircuit: true };
}
