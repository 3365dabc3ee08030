/**
 * The test runner of `npm run mutation`, a plugin of Stryker: the specs of `MUTATION_TESTS` (folders of src/domain) are
 * loaded once and run again for every mutant in the same process, the fastest first, up to the first that fails. Jest as
 * the runner takes one to six seconds for every mutant, because each is a whole run with all its modules loaded anew.
 * Keeps: what a module remembers of the runs before (a cache) decides nothing. A mutant that survives, and one whose test
 * fails without it as well, is tried once more with all modules loaded anew.
 */
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { collect } from './specs.mjs';

const PASSED = 0;
const FAILED = 1;
const stryker = (globalThis.__stryker__ ??= {});

class SpecRunner {
  #files = process.env.MUTATION_TESTS.split(',').flatMap(specsOf);
  #tests;
  #times = new Map();
  #loads = 0;

  capabilities() {
    return { reloadEnvironment: true };
  }

  init() {
    register('./hooks.mjs', import.meta.url, { data: { root: pathToFileURL(`${process.cwd()}/`).href } });
  }

  async dryRun() {
    await this.#load();
    const results = [];
    for (const test of this.#tests.values()) {
      stryker.currentTestId = test.id;
      const failure = await this.#run(test);
      const { id, name, fileName } = test;
      const status = failure === undefined ? PASSED : FAILED;
      const timeSpentMs = this.#times.get(id) ?? 0;
      results.push({ id, name, fileName, timeSpentMs, status, failureMessage: failure });
    }
    stryker.currentTestId = undefined;
    return { status: 'complete', tests: results, mutantCoverage: stryker.mutantCoverage };
  }

  async mutantRun(options) {
    const tried = await this.#try(options);
    return (await this.#isDoubtful(tried)) ? this.#try(options, true) : tried;
  }

  /** A mutant may have been hidden, or a test broken, by what a module remembers of the runs before. */
  async #isDoubtful({ status, killedBy }) {
    if (this.#tests === undefined) return false;
    return (
      status === 'survived' || (status === 'killed' && (await this.#run(this.#tests.get(killedBy[0]))) !== undefined)
    );
  }

  /** A static mutant changes what modules compute while they are loaded; any other acts in the tests alone. */
  async #try({ activeMutant: { id }, testFilter, hitLimit, mutantActivation }, anew = false) {
    const isStatic = mutantActivation === 'static';
    try {
      if (isStatic) stryker.activeMutant = id;
      if (isStatic || anew || this.#tests === undefined) await this.#load();
      Object.assign(stryker, { activeMutant: id, hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
      return await this.#firstFailure(testFilter ?? [...this.#tests.keys()]);
    } catch (error) {
      return { status: 'error', errorMessage: String(error) };
    } finally {
      Object.assign(stryker, { activeMutant: undefined, hitCount: undefined });
      if (isStatic) this.#tests = undefined;
    }
  }

  async #firstFailure(ids) {
    const time = (id) => this.#times.get(id) ?? 0;
    const ordered = ids.toSorted((a, b) => time(a) - time(b));
    for (const [index, id] of ordered.entries()) {
      const failureMessage = await this.#run(this.#tests.get(id));
      if (stryker.hitCount > stryker.hitLimit) return { status: 'timeout', reason: 'it ran a hundred times as often' };
      if (failureMessage === undefined) continue;
      return { status: 'killed', killedBy: [id], failureMessage, nrOfTests: index + 1 };
    }
    return { status: 'survived', nrOfTests: ids.length };
  }

  async #run({ id, body }) {
    const begun = performance.now();
    try {
      await body();
    } catch (error) {
      return String(error?.message ?? error);
    }
    this.#times.set(id, performance.now() - begun);
    return undefined;
  }

  async #load() {
    this.#loads += 1;
    this.#tests = await collect(this.#files, this.#loads);
  }
}

function specsOf(folder) {
  const files = readdirSync(join('src/domain', folder), { recursive: true }).filter((file) =>
    file.endsWith('.spec.ts'),
  );
  return files.sort().map((file) => join(process.cwd(), 'src/domain', folder, file));
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'specs', injectableClass: SpecRunner }];
