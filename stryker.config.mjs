/**
 * For `npm run mutation`: changes the rules about money and state one small piece at a time and asks the unit tests to
 * notice. Only pure code: what a database, a process or a fault decides is held by test/simulation and
 * `npm run prove-checker`. The specs are run by test/mutation/runner.mjs.
 */
export default {
  testRunner: 'specs',
  plugins: ['./test/mutation/runner.mjs'],
  coverageAnalysis: 'perTest',
  // Constants of a module: most are words, or tables that a spec would only repeat.
  ignoreStatic: true,
  mutate: process.env.MUTATION_FILES?.split(',') ?? ['src/domain/**/!(*.spec).ts'],
  ignorePatterns: ['dist', 'data', 'docs', 'docker', 'deploy', 'coverage'],
  concurrency: 1,
  // Modules that were loaded are never given back.
  maxTestRunnerReuse: 200,
  timeoutMS: 5_000,
  tempDirName: '.stryker-tmp',
  cleanTempDir: 'always',
  reporters: ['json'],
  jsonReporter: { fileName: process.env.MUTATION_REPORT ?? 'node_modules/.cache/stryker/report.json' },
  thresholds: { high: 90, low: 80, break: null },
};
