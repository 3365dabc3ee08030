/**
 * The specs of the pure rules without Jest: what `describe`, `it` and `it.each` collect, as functions that can be run again
 * and again in one process. `expect` is Jest's.
 * Keeps: a test has the same id in every process. There are no hooks (`beforeEach`, ...): the specs of the domain use none.
 */
import { expect } from 'expect';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const names = [];
let tests = new Map();
let file = '';

function describe(name, body) {
  names.push(name);
  body();
  names.pop();
}

function it(name, body) {
  const full = [...names, name].join(' ');
  let id = full;
  for (let copy = 2; tests.has(id); copy += 1) id = `${full} (${copy})`;
  tests.set(id, { id, name: full, fileName: file, body });
}

it.each = (rows) => (name, body) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row];
    it(format(name, ...values), () => body(...values));
  }
};

Object.assign(globalThis, { describe, it, expect });

/** Loads the specs, and all that they import, anew: `load` is a number that no call before was given. */
export async function collect(files, load) {
  tests = new Map();
  for (file of files) await import(`${pathToFileURL(file).href}?load=${load}`);
  return tests;
}
