/**
 * For `npm run mutation`: changes the rules about money and state one small piece at a time and asks the unit tests to
 * notice. Only pure code: what a database, a process or a fault decides is held by test/simulation and
 * `npm run prove-checker`.
 */
export default {
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    projectType: 'custom',
    configFile: 'test/mutation/jest.config.mjs',
    enableFindRelatedTests: false,
  },
  coverageAnalysis: 'perTest',
  // Constants of a module: each would cost a whole run of all tests.
  ignoreStatic: true,
  mutate: [process.env.MUTATION_FILE ?? 'src/domain/**/!(*.spec).ts'],
  ignorePatterns: ['dist', 'data', 'docs', 'docker', 'deploy', 'coverage'],
  concurrency: 1,
  maxTestRunnerReuse: 60,
  timeoutMS: 5_000,
  tempDirName: '.stryker-tmp',
  cleanTempDir: 'always',
  reporters: ['json'],
  jsonReporter: { fileName: process.env.MUTATION_REPORT ?? 'node_modules/.cache/stryker/report.json' },
  thresholds: { high: 90, low: 80, break: null },
};
