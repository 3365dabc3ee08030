/**
 * Lint: the house rules that a machine can hold. Each restriction says in its message what to use instead.
 * Comments cannot switch a rule off (`noInlineConfig`); an exception is a block below, with its reason.
 */
import tseslint from 'typescript-eslint';

const AMBIENT_GLOBALS = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Use the injected Clock (src/platform/clock), so that tests own the time.',
}));

const AMBIENT_PROPERTIES = [
  { object: 'Date', property: 'now', message: 'Use the injected Clock, or take `now` as an argument.' },
  { object: 'performance', property: 'now', message: 'Use Clock.monotonicMs().' },
  { object: 'Math', property: 'random', message: 'Use the injected Randomness (src/platform/ids).' },
  { object: 'crypto', property: 'randomUUID', message: 'Use the injected Randomness (src/platform/ids).' },
];

const ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'Only src/config reads the environment: inject CONFIG.',
};

const AMBIENT_IMPORTS = {
  paths: [
    {
      name: 'node:crypto',
      importNames: ['randomUUID', 'randomBytes', 'randomInt'],
      message: 'Use the injected Randomness (src/platform/ids).',
    },
    { name: 'node:timers', message: 'Use the injected Clock (src/platform/clock).' },
    { name: 'node:timers/promises', message: 'Use the injected Clock (src/platform/clock).' },
    { name: 'crypto', message: 'Write node:crypto.' },
    { name: 'timers', message: 'Use the injected Clock (src/platform/clock).' },
  ],
};

const AMBIENT_DATE = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Use the injected Clock, or take `now` as an argument.',
  },
  {
    selector: "CallExpression[callee.name='Date']",
    message: 'Use the injected Clock, or take `now` as an argument.',
  },
];

const SHAPES = [
  {
    selector: "MethodDefinition[kind='constructor'] > FunctionExpression[params.length>6]",
    message: 'A constructor has at most 6 dependencies: split the class.',
  },
];

const FLOATS = [
  { selector: "CallExpression[callee.name='parseFloat']", message: 'Money is text and exact: use src/domain/money.' },
  {
    selector: "CallExpression[callee.property.name='parseFloat']",
    message: 'Money is text and exact: use src/domain/money.',
  },
];

const NUMBERS = [
  {
    selector: "CallExpression[callee.name='Number']",
    message: 'An amount never becomes a JS number: use src/domain/money.',
  },
  {
    selector: "UnaryExpression[operator='+']",
    message: 'An amount never becomes a JS number: use src/domain/money.',
  },
];

/** Where amounts are computed; the trigger book and the indicators compare doubles on purpose. */
const EXACT_DOMAIN = ['money', 'sizing', 'risk', 'order', 'position', 'exit-plan', 'pnl', 'ledger', 'margin'].map(
  (folder) => `src/domain/${folder}/**/*.ts`,
);

export default tseslint.config(
  { ignores: ['dist/', 'data/', 'node_modules/', 'coverage/', 'docs/', '.stryker-tmp/'] },
  ...tseslint.configs.recommended,
  {
    linterOptions: { noInlineConfig: true },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-param-reassign': 'error',
      'no-debugger': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-return-assign': ['error', 'except-parens'],
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      'no-throw-literal': 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 4],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      'no-console': 'error',
      'no-restricted-globals': ['error', ...AMBIENT_GLOBALS],
      'no-restricted-properties': ['error', ...AMBIENT_PROPERTIES, ENVIRONMENT],
      'no-restricted-imports': ['error', AMBIENT_IMPORTS],
      'no-restricted-syntax': ['error', ...AMBIENT_DATE, ...SHAPES, ...FLOATS],
    },
  },
  {
    // src/domain/money itself converts, in one named place, for the answers of the mobile contract.
    files: EXACT_DOMAIN,
    ignores: ['**/*.spec.ts', 'src/domain/money/**'],
    rules: { 'no-restricted-syntax': ['error', ...AMBIENT_DATE, ...SHAPES, ...FLOATS, ...NUMBERS] },
  },
  {
    // The platform is where time and randomness enter the product.
    files: ['src/platform/**/*.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-properties': ['error', ENVIRONMENT],
      'no-restricted-syntax': ['error', ...SHAPES],
    },
  },
  {
    // The edge of the process: these read the environment and talk to the terminal.
    files: ['src/config/**/*.ts', 'src/main.ts', 'src/cli/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', ...AMBIENT_PROPERTIES], 'no-console': 'off' },
  },
  {
    // Outside the product time is ambient, and a test or a migration is as long as its story.
    files: ['**/*.spec.ts', 'test/**', 'bench/**', 'scripts/**', 'migrations/**', '*.mjs'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-syntax': 'off',
      'no-console': 'off',
    },
  },
  { files: ['migrations/**'], rules: { 'max-lines': 'off' } },
);
