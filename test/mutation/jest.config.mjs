/** Jest for mutation testing: the specs of the pure rules alone; `MUTATION_TESTS` names the folder of src/domain. */
import config from '../../jest.config.mjs';

const [unit] = config.projects;
const folder = process.env.MUTATION_TESTS ?? '**';

export default {
  ...unit,
  displayName: undefined,
  testMatch: [`<rootDir>/src/domain/${folder}/**/*.spec.ts`],
  moduleNameMapper: { ...unit.moduleNameMapper, '^fast-check$': '<rootDir>/test/mutation/fast-check.ts' },
  // Stryker wraps it, and resolves it before Jest would fill in the folder.
  testEnvironment: new URL('../support/environment.mjs', import.meta.url).pathname,
  testTimeout: 20_000,
};
