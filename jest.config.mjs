/**
 * Jest's projects. `unit` runs beside the sources without a database; `medium` and `e2e` run on a PostgreSQL that the
 * global setup starts, each file on its own clone of a migrated template database. The same files in groups, for speed:
 * `unit-groups` and `database-groups`. `proof` is what takes too long for `npm test`: scripts/simulation.mjs runs it.
 */

import { ALONE } from './test/support/groups.mjs';

// The sources are ES modules, which Jest can only load under this flag. It works in the workers, so tests always run
// in workers: `workerIdleMemoryLimit` makes Jest do that even for one file, and bounds what a long run may keep.
if (!process.execArgv.includes('--experimental-vm-modules')) {
  const given = process.env.NODE_OPTIONS ?? '';
  if (!given.includes('--experimental-vm-modules')) {
    process.env.NODE_OPTIONS = `${given} --experimental-vm-modules --no-warnings=ExperimentalWarning`.trim();
  }
}

const shared = {
  rootDir: import.meta.dirname,
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json', 'node'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/', '<rootDir>/.stryker-tmp/'],
  // @fastify/static requires this ES module, which Jest cannot do before Node 24.9.
  transformIgnorePatterns: ['/node_modules/(?!content-disposition/)'],
  transform: {
    '/node_modules/content-disposition/.+\\.js$': ['@swc/jest', { swcrc: false, module: { type: 'commonjs' } }],
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
          keepClassNames: true,
          experimental: { keepImportAttributes: true },
        },
      },
    ],
  },
};

const onDatabase = {
  ...shared,
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

const simulations = (...folders) => folders.map((folder) => `test/simulation/${folder}`);

const files = (...folders) => folders.map((folder) => `<rootDir>/${folder}/**/*spec.ts`);

export default {
  testSequencer: '<rootDir>/test/support/sequencer.mjs',
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: files('src') },
    {
      ...onDatabase,
      displayName: 'medium',
      testMatch: files('test'),
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(e2e|groups|simulation/(faults|chaos))/'],
    },
    { ...onDatabase, displayName: 'e2e', testMatch: files('test/e2e') },
    { ...shared, displayName: 'unit-groups', testMatch: ['<rootDir>/test/groups/unit/*.spec.mjs'] },
    {
      ...onDatabase,
      displayName: 'database-groups',
      testMatch: ['<rootDir>/test/groups/database/*.spec.mjs', ...ALONE.map((file) => `<rootDir>/${file}`)],
    },
    { ...onDatabase, displayName: 'proof', testMatch: files(...simulations('faults', 'chaos')) },
  ],
};
