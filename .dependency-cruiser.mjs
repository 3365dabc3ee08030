/**
 * Imports go one way: domain <- ports <- plugins, config <- platform <- modules, and the module graph of the
 * architecture page. Each rule's comment is what a person reads when it fails.
 */

/** What each module may import of the others. */
const MODULES = {
  plans: [],
  users: ['plans'],
  accounts: ['plans', 'users', 'mail'],
  mail: [],
  'app-config': ['plans', 'users'],
  auth: ['users', 'accounts', 'mail'],
  'access-tokens': ['users', 'accounts', 'auth', 'mail'],
  safety: ['users', 'auth'],
  'market-data': [],
  signals: ['users', 'auth', 'market-data'],
  intake: ['users', 'auth', 'signals', 'market-data'],
  'house-signals': ['users', 'auth', 'signals', 'market-data', 'intake'],
  alerts: ['users', 'auth', 'signals', 'intake'],
  'trade-plans': ['users', 'auth', 'signals', 'market-data'],
  payments: ['plans', 'users', 'auth', 'mail'],
  positions: ['users', 'auth', 'accounts', 'signals', 'trade-plans', 'payments', 'market-data', 'safety'],
  trading: [
    'users',
    'auth',
    'accounts',
    'signals',
    'trade-plans',
    'payments',
    'plans',
    'positions',
    'market-data',
    'safety',
  ],
};

/** These read and listen; nothing imports them. */
const LISTENERS = [
  'broadcast',
  'notifications',
  'reports',
  'realtime',
  'analytics',
  'admin',
  'ops',
  'paper',
  'privacy',
  'recorders',
  'strategies',
  'telegram',
  'webhooks',
];

const moduleRules = Object.entries(MODULES).map(([name, allowed]) => ({
  name: `module-${name}`,
  severity: 'error',
  comment: `src/modules/${name} may import only ${allowed.length === 0 ? 'no other module' : allowed.join(', ')}.`,
  from: { path: `^src/modules/${name}/`, pathNot: '[.]spec[.]ts$' },
  to: { path: '^src/modules/', pathNot: `^src/modules/(${[name, ...allowed].join('|')})/` },
}));

const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

export default {
  forbidden: [
    rule('no-cycles', 'No cycles: move what both need to where both may import it.', {}, { circular: true }),
    rule(
      'domain-is-pure',
      'src/domain imports nothing of ours, of packages only big.js, and of Node only hashes.',
      { path: '^src/domain/', pathNot: '[.]spec[.]ts$' },
      { pathNot: '^src/domain/|node_modules/(@types/)?big[.]js/|^crypto$' },
    ),
    rule('ports', 'src/ports imports src/domain only.', { path: '^src/ports/' }, { path: '^src/(?!ports/|domain/)' }),
    rule(
      'plugins',
      'src/plugins imports src/ports and src/domain only.',
      { path: '^src/plugins/', pathNot: '[.]spec[.]ts$' },
      { path: '^src/(?!plugins/|ports/|domain/)' },
    ),
    rule(
      'plugins-apart',
      'A plugin never imports another plugin.',
      { path: '^src/plugins/([^/]+)/([^/]+)/' },
      { path: '^src/plugins/', pathNot: '^src/plugins/$1/$2/' },
    ),
    rule('config-alone', 'src/config imports nothing of ours.', { path: '^src/config/' }, { path: '^src/(?!config/)' }),
    rule(
      'platform',
      'src/platform imports src/config, src/domain and src/ports only.',
      { path: '^src/platform/', pathNot: '[.]spec[.]ts$' },
      { path: '^src/(?!platform/|config/|domain/|ports/)' },
    ),
    rule(
      'modules-know-no-plugin',
      'Only src/app.module.ts and the plugin loader know plugins.',
      { path: '^src/(modules|domain|ports|config)/', pathNot: '[.]spec[.]ts$' },
      { path: '^src/plugins/' },
    ),
    rule(
      'modules-know-no-root',
      'A module does not import the composition root.',
      { path: '^src/(modules|platform|domain|ports|plugins|config)/' },
      { path: '^src/[^/]+[.]ts$' },
    ),
    rule(
      'nobody-imports-listeners',
      `${LISTENERS.join(', ')} read and listen: nothing imports them.`,
      { path: '^src/modules/([^/]+)/' },
      { path: `^src/modules/(${LISTENERS.join('|')})/`, pathNot: '^src/modules/$1/' },
    ),
    rule(
      'typeorm-at-the-edge',
      'Only entities, repositories, platform/database and migrations import TypeORM.',
      {
        path: '^src/',
        // platform.module.ts wires the data sources; the rate limiter's library takes the connection pool itself.
        pathNot:
          '[.](entity|repository|spec)[.]ts$|^src/platform/(database/|platform[.]module[.]ts$|http/rate-limits[.]ts$)',
      },
      { path: 'node_modules/typeorm/' },
    ),
    rule(
      'product-needs-no-test-code',
      'src and migrations do not import tests, benches or scripts.',
      { path: '^(src|migrations)/', pathNot: '[.]spec[.]ts$' },
      { path: '^(test|bench|scripts)/|[.]spec[.]ts$' },
    ),
    rule(
      'no-development-packages',
      'What runs in production is a dependency, not a development dependency.',
      { path: '^(src|migrations)/', pathNot: '[.]spec[.]ts$' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    ),
    rule(
      'resolvable',
      'Every import can be resolved.',
      { path: '^(src|migrations|test|bench)/' },
      {
        couldNotResolve: true,
        path: '^[.]|^#',
      },
    ),
    ...moduleRules,
    {
      name: 'no-orphans',
      severity: 'warn',
      comment: 'Nothing imports this file: is it still needed?',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: '[.](spec|d)[.]ts$|^src/(main|openapi|schema-tool)[.]ts$|^src/cli/',
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data|node_modules/[.]cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
  },
};
