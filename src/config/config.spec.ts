/** What the environment may say, what stops the boot, and that .env.example documents every variable. */
import { readFileSync } from 'node:fs';
import { ConfigError, loadConfig } from './load-config.js';
import { KNOWN_VARIABLES } from './schema.js';

const EXAMPLE = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');

const SECRETS = {
  JWT_SECRET: 'f3b1c96de07a48255cf0a1b7d9e86324',
  API_KEY: '0a9d8f7c6b5e4f3a2d1c0b9a8f7e6d5c',
  HOUSE_ENGINE_TOKEN: 'd41c8e9b02f7a6350e9b8c7d1f2a3b4c',
  ENCRYPTION_MASTER_KEY: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0',
};

const PRODUCTION = {
  ...SECRETS,
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://db.internal/verzek',
  MAIL_CHANNEL: 'smtp',
  PUBLIC_URL: 'https://api.trading.internal',
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('.env.example', () => {
  const lines = EXAMPLE.split('\n').filter((line) => /^#?[A-Z][A-Z0-9_]*=/.test(line));
  const values = new Map(
    lines.map((line) => line.replace(/^#/, '').split(/=(.*)/s)).map(([name, value]) => [name, value]),
  );

  it('names every variable of the schema, once', () => {
    const missing = [...KNOWN_VARIABLES.keys()].filter((name) => !values.has(name));
    expect(missing).toEqual([]);
    expect(values.size).toBe(lines.length);
  });

  it('shows the defaults as they are', () => {
    const shown = Object.fromEntries([...values].filter(([name, value]) => KNOWN_VARIABLES.has(String(name)) && value));
    const examples = ['DATABASE_URL', 'PUBLIC_URL'];
    for (const name of examples) delete shown[name];
    expect({ ...loadConfig(shown), environment: {} }).toEqual({ ...loadConfig({}), environment: {} });
  });

  it('holds no secret', () => {
    for (const name of [...Object.keys(SECRETS), 'BOOTSTRAP_ADMIN_TOKEN', 'TELEGRAM_BOT_TOKEN', 'RESEND_API_KEY']) {
      expect(values.get(name)).toBe('');
    }
  });
});

describe('loadConfig', () => {
  it.each([
    'postgres://127.0.0.1/verzek',
    'postgresql://u:p@[::1]:5433/db?sslmode=require',
    'postgres:///verzek',
    'postgres://u@/verzek?host=/run/postgresql',
  ])('knows %s for an address of a database', (address) => {
    expect(problemsOf({ DATABASE_URL: address })).toEqual([]);
  });

  it.each(['foo', 'mysql://127.0.0.1/verzek', 'postgres:verzek', 'postgres://u:p@127.0.0.1:port/db'])(
    'refuses %s for one, and does not repeat it',
    (address) => {
      expect(problemsOf({ DATABASE_URL: address })).toEqual([
        'DATABASE_URL: must be an address such as postgres://verzek:the-password@127.0.0.1:5432/verzek',
      ]);
    },
  );

  it('starts from nothing, on paper, and freezes the result', () => {
    const config = loadConfig({});
    expect(config.trading).toMatchObject({ EXCHANGE_MODE: 'paper', LIVE_TRADING_ENABLED: false });
    expect(Object.isFrozen(config) && Object.isFrozen(config.trading)).toBe(true);
  });

  it('treats a blank as not set', () => {
    expect(loadConfig({ PORT: ' ', DATABASE_URL: '' })).toMatchObject({ process: { PORT: 8050 }, database: {} });
    expect(loadConfig({ DATABASE_URL: '' }).database.DATABASE_URL).toBeUndefined();
  });

  it('names a mistyped variable, and leaves those of plugins alone', () => {
    expect(problemsOf({ TELEGRAM_BOT_TOKN: 'x', TELEGRAM_COLOUR: 'x' })).toEqual([
      expect.stringContaining('TELEGRAM_BOT_TOKN is not a setting'),
      expect.stringContaining('TELEGRAM_COLOUR is not a setting'),
    ]);
    expect(() => loadConfig({ PAPER_SLIPPAGE: '1' }, ['PAPER_SLIPPAGE'])).not.toThrow();
  });

  it.each([
    ['JWT_SECERT', 'JWT_SECRET'],
    ['JWT_SCRET', 'JWT_SECRET'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['PUBLIC_URLS', 'PUBLIC_URL'],
    ['WORKER_POL_SECOND', 'WORKER_POLL_SECONDS'],
    ['APP_BANER', 'APP_BANNER'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['RESEND_APIKEY', 'RESEND_API_KEY'],
    ['EXPO_BASE_URI', 'EXPO_BASE_URL'],
  ])('takes %s for a misspelt %s', (name, meant) => {
    expect(() => loadConfig({ [name]: '1' }, ['EXPO_BASE_URL'])).toThrow(
      `${name} is not a setting of this product; did you mean ${meant}?`,
    );
  });

  it('leaves another program its name beside one that is set, or where the operator says so', () => {
    expect(problemsOf({ JWT_SECRETS: 'x' })).toEqual([expect.stringContaining('name it in FOREIGN_VARIABLES')]);
    expect(problemsOf({ JWT_SECRETS: 'of another program', JWT_SECRET: 'k'.repeat(40) })).toEqual([]);
    expect(problemsOf({ JWT_SECRETS: 'x', API_KEYS: 'y', FOREIGN_VARIABLES: 'JWT_SECRETS, API_KEYS' })).toEqual([]);
  });

  it.each(['MAX_TRADES', 'METRICS_PATH', 'PRICE_SOURCE', 'BREAKER_OFF', 'AUDIT_OFF', 'PLAN_PRICE', 'FCM_KEY_FILE'])(
    'refuses %s, which begins as settings of ours do, but where the operator says that it is another program’s',
    (name) => {
      const plugins = ['FCM_API_URL', 'FCM_TOKEN_URL'];
      expect(() => loadConfig({ [name]: '1' }, plugins)).toThrow(`${name} is not a setting`);
      expect(() => loadConfig({ [name]: '1', FOREIGN_VARIABLES: name }, plugins)).not.toThrow();
    },
  );

  it.each([
    ...['MAX_WORKERS', 'MAX_THREADS', 'METRICS_ENABLED'],
    ...['DATABASE_PRIVATE_URL', 'DATABASE_PUBLIC_URL', 'DATABASE_URL_UNPOOLED'],
  ])('starts with %s, which hosts set, and tells that it is ignored', (name) => {
    expect(loadConfig({ [name]: 'x' }).ignored).toEqual([name]);
  });

  it('leaves APP_KEY to others', () => expect(problemsOf({ APP_KEY: 'x' })).toEqual([]));

  it.each([
    ...[
      'HOME',
      'HOSTNAME',
      'HOSTS',
      'LANG',
      'LOGNAME',
      'PATH',
      'PORTS',
      'PWD',
      'OLDPWD',
      'ROLES',
      'USER',
      'XDG_DATA_DIRS',
    ],
    ...['APP_NAME', 'APP_ENV', 'LOG_DIR', 'EXPO_TOKEN', 'HTTP_PROXY', 'HTTPS_PROXY', 'NODE_OPTIONS', 'NODE_VERSION'],
    ...[
      'NODE_EXTRA_CA_CERTS',
      'PASSWORD_STORE_DIR',
      'POSTGRES_PASSWORD',
      'PGPASSWORD',
      'TEST_DATABASE_URL',
      'DATADIR2',
    ],
    ...[
      'npm_config_loglevel',
      'API_URL',
      'SMTP_HOST',
      'JWT_ISSUER',
      'STATE_DIRECTORY',
      'INVOCATION_ID',
      'MAILTO',
      'AUDIT',
    ],
  ])('leaves the foreign %s alone', (name) => expect(problemsOf({ [name]: 'x' })).toEqual([]));

  it('names every bad value at once', () => {
    const problems = problemsOf({ PORT: '70000', ROLE: 'both', DAILY_REPORT_AT: '24:00' });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(['DAILY_REPORT_AT', 'PORT', 'ROLE']);
  });

  it('refuses real money without its second flag', () => {
    expect(problemsOf({ EXCHANGE_MODE: 'binance_mainnet' })).toEqual([expect.stringContaining('LIVE_TRADING_ENABLED')]);
    expect(problemsOf({ EXCHANGE_MODE: 'binance_mainnet', LIVE_TRADING_ENABLED: 'true' })).toEqual([]);
    expect(problemsOf({ EXCHANGE_MODE: 'binance_testnet' })).toEqual([]);
  });

  it.each([
    ['PUBLIC_URL', 'api.example.com', 'must be an address'],
    ['PUBLIC_URL', 'ftp://example.com', 'must be an address'],
    ['CORS_ORIGINS', '*', 'must be origins'],
    ['CORS_ORIGINS', 'https://app.example.com,https://app.example.com/path', 'must be origins'],
    ['TRUSTED_PROXIES', 'foo', 'must be addresses or networks'],
    ['TRUSTED_PROXIES', '10.0.0.0/33', 'must be addresses or networks'],
    ['SYSTEM_PUBLIC_IP', 'example.com', 'must be an IP address'],
  ])('refuses %s=%s', (name, value, sentence) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(`^${name}.*: ${sentence}`)]);
  });

  it('takes proper addresses', () => {
    const good = {
      PUBLIC_URL: 'https://api.example.com/',
      CORS_ORIGINS: 'https://app.example.com, http://localhost:8081',
      TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8, ::1, fd00::/8, loopback',
      SYSTEM_PUBLIC_IP: '203.0.113.9',
    };
    expect(problemsOf(good)).toEqual([]);
  });

  it('kills itself on purpose in tests only', () => {
    expect(problemsOf({ NODE_ENV: 'test', VERZEK_KILL_POINT: 'work:claimed' })).toEqual([]);
    for (const environment of [{}, PRODUCTION]) {
      expect(problemsOf({ ...environment, VERZEK_KILL_POINT: 'work:claimed' })).toEqual([
        expect.stringContaining('VERZEK_KILL_POINT'),
      ]);
    }
  });

  it('refuses a master key of the wrong size', () => {
    expect(problemsOf({ ENCRYPTION_MASTER_KEY: 'abcd' })).toEqual([expect.stringContaining('32 bytes')]);
    expect(problemsOf({ ENCRYPTION_MASTER_KEYS_OLD: `${'0f'.repeat(32)},abcd` })).toEqual([
      expect.stringContaining('32 bytes each'),
    ]);
    expect(problemsOf({ ENCRYPTION_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') })).toEqual([]);
  });
});

describe('in production', () => {
  it('starts with everything set', () => expect(problemsOf(PRODUCTION)).toEqual([]));

  it.each([...Object.keys(SECRETS), 'DATABASE_URL', 'MAIL_CHANNEL', 'PUBLIC_URL'])(
    'does not start without %s',
    (name) => {
      const environment = { ...PRODUCTION, [name]: '' };
      expect(problemsOf(environment)).toEqual([expect.stringContaining(name)]);
    },
  );

  it.each([
    ['JWT_SECRET', 'short'],
    ['JWT_SECRET', 'a'.repeat(64)],
    ['API_KEY', 'change-me-change-me-change-me-change-me'],
    ['HOUSE_ENGINE_TOKEN', 'abababababababababababababababababababab'],
    ['BOOTSTRAP_ADMIN_TOKEN', 'password1234567890abcdefghijklmnop'],
    ['JWT_SECRET_PREVIOUS', 'short'],
    ['HOUSE_ENGINE_TOKEN_PREVIOUS', 'abababababababababababababababababababab'],
  ])('does not start with a weak %s (%s)', (name, value) => {
    expect(problemsOf({ ...PRODUCTION, [name]: value })).toEqual([expect.stringContaining(`${name} is too weak`)]);
  });

  it('does not start with one value for two secrets', () => {
    expect(problemsOf({ ...PRODUCTION, API_KEY: PRODUCTION.JWT_SECRET })).toEqual([
      'API_KEY must not be the same as JWT_SECRET',
    ]);
  });

  it('does not start with a secret that was not changed, or with webhooks into this machine', () => {
    expect(problemsOf({ ...PRODUCTION, JWT_SECRET_PREVIOUS: PRODUCTION.JWT_SECRET })).toEqual([
      'JWT_SECRET_PREVIOUS must not be the same as JWT_SECRET',
    ]);
    expect(problemsOf({ ...PRODUCTION, WEBHOOK_ALLOW_LOOPBACK: 'true' })).toEqual([
      'WEBHOOK_ALLOW_LOOPBACK must be false in production',
    ]);
  });

  it('does not start without mail verification', () => {
    expect(problemsOf({ ...PRODUCTION, REQUIRE_EMAIL_VERIFICATION: 'false' })).toEqual([
      expect.stringContaining('REQUIRE_EMAIL_VERIFICATION'),
    ]);
  });
});
