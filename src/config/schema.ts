/**
 * The one schema of the environment: every variable the product reads, its type, its default and its rule.
 * Keeps: nothing outside `src/config` reads `process.env`; the parsed result is frozen.
 * `.env.example` documents the same names; `config.spec.ts` holds the two against each other.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'])
    .default(fallback ? 'true' : 'false')
    .transform((text) => ['true', '1', 'yes', 'on'].includes(text));

const integer = (min: number, max: number, fallback: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

const decimal = (rule: RegExp, fallback: string) => z.string().regex(rule, 'must be a plain decimal').default(fallback);

const positiveDecimal = (fallback: string) => decimal(/^(?=.*[1-9])\d{1,18}(\.\d{1,18})?$/, fallback);

const nonNegativeDecimal = (fallback: string) => decimal(/^\d{1,18}(\.\d{1,18})?$/, fallback);

const list = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );

const tiers = (fallback: string) => list(fallback).pipe(z.array(z.enum(['FREE', 'TRIAL', 'VIP', 'PREMIUM'])).min(1));

const optional = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text.trim() === '' ? undefined : text.trim()));

const webAddress = optional.refine(
  (text) => text === undefined || isWebAddress(text),
  'must be an address such as https://api.example.com',
);

const databaseAddress = optional.refine(
  (text) => text === undefined || isDatabaseAddress(text),
  'must be an address such as postgres://verzek:the-password@127.0.0.1:5432/verzek',
);

/** Without a host, as in `postgres://verzek@/verzek?host=/run/postgresql`, the driver reads it, and `URL` alone does not. */
function isDatabaseAddress(text: string): boolean {
  return /^postgres(ql)?:\/\//i.test(text) && URL.canParse(text.replace('@/', '@host/'));
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Origins as a browser names them: nothing behind the port, no pattern. */
const origins = list('').pipe(
  z.array(
    z
      .string()
      .refine(
        (text) => isWebAddress(text) && new URL(text).origin === text,
        'must be origins such as https://app.example.com',
      ),
  ),
);

/** Names of hosts, in lower case; with a dot before it, all below a name. */
const hosts = list('').pipe(
  z.array(z.string().regex(/^\.?[a-z\d-]{1,63}(\.[a-z\d-]{1,63}){0,10}$/, 'must be hosts such as api.example.com')),
);

const proxies = list('').pipe(
  z.array(z.string().refine(isProxy, 'must be addresses or networks such as 127.0.0.1 or 10.0.0.0/8')),
);

/** What the HTTP server believes as a proxy: an address, a network, or a name of one of the private ranges. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

const ipAddress = optional.refine((text) => text === undefined || isIP(text) > 0, 'must be an IP address');

/** Hours and minutes in UTC, as `23:00`. */
const timeOfDay = (fallback: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a UTC time like 23:00')
    .default(fallback);

const symbols = list('').pipe(
  z.array(z.string().regex(/^[A-Z0-9]{2,20}$/, 'must be symbols such as BTCUSDT,ETHUSDT')).max(500),
);

/** What may be archived is bounded by the same number in `domain/archive`. */
const LEAST_DAYS_KEPT = 45;

export const ENVIRONMENT_SCHEMA = {
  process: {
    NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
    ROLE: z.enum(['all', 'api', 'worker']).default('all'),
    HOST: z.string().default('127.0.0.1'),
    PORT: integer(0, 65_535, 8050),
    METRICS_PORT: integer(0, 65_535, 9464),
    METRICS_HOST: z.string().default('127.0.0.1'),
    DATA_DIR: z.string().trim().min(1).default('./data'),
    FOREIGN_VARIABLES: list(''),
    PUBLIC_URL: webAddress,
    SYSTEM_PUBLIC_IP: ipAddress,
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    LOG_FORMAT: z.enum(['auto', 'json', 'pretty']).default('auto'),
    SHUTDOWN_TIMEOUT_SECONDS: integer(1, 300, 20),
    VERZEK_KILL_POINT: optional,
  },
  database: {
    DATABASE_URL: databaseAddress,
    DATABASE_POOL_HTTP: integer(1, 200, 10),
    DATABASE_POOL_WORKER: integer(2, 200, 10),
    DATABASE_CONNECT_TIMEOUT_MS: integer(100, 60_000, 5_000),
    DATABASE_STATEMENT_TIMEOUT_MS: integer(100, 600_000, 30_000),
    DATABASE_LOCK_TIMEOUT_MS: integer(100, 600_000, 10_000),
    DATABASE_IDLE_TX_TIMEOUT_MS: integer(1_000, 600_000, 30_000),
  },
  http: {
    CORS_ORIGINS: origins,
    TRUSTED_PROXIES: proxies,
    BODY_LIMIT_BYTES: integer(1_024, 10_485_760, 262_144),
    RATE_LIMIT_ENABLED: flag(true),
    RATE_LIMIT_LOGIN_PER_MINUTE: integer(1, 10_000, 10),
    RATE_LIMIT_REGISTER_PER_HOUR: integer(1, 10_000, 20),
    RATE_LIMIT_MAIL_PER_HOUR: integer(1, 10_000, 3),
    RATE_LIMIT_API_PER_MINUTE: integer(10, 1_000_000, 600),
  },
  alerts: {
    ALERTS_PER_MINUTE: integer(1, 1_000_000, 300),
    ALERT_ENTRY_SECONDS: integer(1, 3_600, 30),
    ALERT_LOG_DAYS: integer(1, 3_650, 90),
  },
  house: {
    HOUSE_BOTS: list('').pipe(z.array(z.string().regex(/^[a-z0-9-]+$/, 'must be codes such as scalping,trend'))),
    HOUSE_ENGINE_URL: webAddress,
    HOUSE_ENGINE_WEBHOOK_SECRET: optional,
  },
  secrets: {
    JWT_SECRET: optional,
    JWT_SECRET_PREVIOUS: optional,
    API_KEY: optional,
    HOUSE_ENGINE_TOKEN: optional,
    HOUSE_ENGINE_TOKEN_PREVIOUS: optional,
    ENCRYPTION_MASTER_KEY: optional,
    ENCRYPTION_MASTER_KEYS_OLD: list(''),
    BOOTSTRAP_ADMIN_TOKEN: optional,
    FERNET_SECRET_KEYS: list(''),
  },
  audit: {
    AUDIT_NEW_KEY: flag(false),
  },
  auth: {
    REQUIRE_EMAIL_VERIFICATION: flag(true),
    ACCESS_TOKEN_SECONDS: integer(60, 86_400, 3_600),
    REFRESH_TOKEN_DAYS: integer(1, 365, 30),
    PASSWORD_MIN_LENGTH: integer(6, 64, 8),
    STEP_UP_FOR_KEYS: z.enum(['second_factor', 'always']).default('second_factor'),
  },
  captcha: {
    CAPTCHA_AT: list('').pipe(z.array(z.enum(['register', 'login']))),
    CAPTCHA_PROVIDER: z.string().default('proof-of-work'),
  },
  mail: {
    MAIL_CHANNEL: z.string().default('log'),
    MAIL_FROM: z.string().default('VerzekAutoTrader <no-reply@localhost>'),
    SMTP_URL: optional,
    RESEND_API_KEY: optional,
    RESEND_API_URL: z.string().default('https://api.resend.com'),
  },
  telegram: {
    TELEGRAM_BOT_TOKEN: optional,
    TELEGRAM_VIP_CHAT_ID: optional,
    TELEGRAM_TRIAL_CHAT_ID: optional,
    TELEGRAM_ADMIN_CHAT_ID: optional,
    TELEGRAM_PER_GROUP_PER_MINUTE: integer(1, 10_000, 20),
    TELEGRAM_PER_SECOND: integer(1, 30, 25),
    BROADCAST_GROUPS_SIGNALS: list('VIP,TRIAL').pipe(z.array(z.enum(['VIP', 'TRIAL', 'ADMIN']))),
    BROADCAST_APPROVAL_ABOVE: integer(0, 1_000_000, 100),
    BROADCAST_GROUPS_REPORT: list('TRIAL').pipe(z.array(z.enum(['VIP', 'TRIAL', 'ADMIN']))),
    TELEGRAM_LISTEN: z.enum(['off', 'polling', 'webhook']).default('off'),
    TELEGRAM_WEBHOOK_SECRET: optional,
    TELEGRAM_SIGNAL_MAX_AGE_SECONDS: integer(10, 86_400, 300),
    TELEGRAM_MESSAGES_KEEP_DAYS: integer(1, 3_650, 90),
  },
  trading: {
    EXCHANGE_MODE: z.string().default('paper'),
    LIVE_TRADING_ENABLED: flag(false),
    BINANCE_API_KEY: optional,
    BINANCE_API_SECRET: optional,
    WORKER_POLL_SECONDS: integer(1, 3_600, 10),
    MAX_LEVERAGE: integer(1, 125, 25),
    MAX_CONCURRENT_TRADES: integer(1, 500, 50),
    DEFAULT_MAX_CONCURRENT_TRADES: integer(1, 500, 50),
    AUTO_TRADE_TIERS_PAPER: tiers('TRIAL,VIP,PREMIUM'),
    AUTO_TRADE_TIERS_LIVE: tiers('VIP,PREMIUM'),
    TRIAL_DAYS: integer(1, 365, 4),
    ENTRY_TOLERANCE_PERCENT: nonNegativeDecimal('0.5'),
    SIGNAL_REPEAT_SECONDS: integer(0, 86_400, 60),
    PAPER_STARTING_BALANCE_USDT: positiveDecimal('10000'),
    FANOUT_PAGE_SIZE: integer(10, 10_000, 2_000),
  },
  prices: {
    PRICE_FEED: z.string().default('simulated'),
    PRICE_STALE_SECONDS: integer(1, 3_600, 30),
    PRICE_QUOTE_WAIT_MS: integer(100, 60_000, 1_500),
    PRICE_SPIKE_PERCENT: nonNegativeDecimal('10'),
    PRICE_BAND_PERCENT: nonNegativeDecimal('50'),
    PRICE_CONFIRM_SECONDS: integer(1, 3_600, 10),
    PRICE_PERSIST_SECONDS: integer(1, 3_600, 3),
  },
  candles: {
    CANDLE_SOURCE: z.string().default('feed'),
    CANDLE_WATCHLIST: symbols,
    CANDLE_BACKFILL_DAYS: integer(1, 365, 21),
    CANDLE_POLL_SECONDS: integer(1, 60, 5),
    CANDLE_KEEP_MONTHS: integer(2, 120, 12),
  },
  safety: {
    BREAKER_WINDOW_MINUTES: integer(1, 1_440, 60),
    BREAKER_LOSS_PERCENT: nonNegativeDecimal('10'),
    BREAKER_LOSSES_IN_A_ROW: integer(0, 100, 5),
    BREAKER_COOLOFF_MINUTES: integer(1, 10_080, 60),
    BREAKER_HALF_OPEN_ENTRIES: integer(1, 100, 1),
    BREAKER_PLATFORM_LOSS_PERCENT: nonNegativeDecimal('10'),
    BREAKER_PLATFORM_LOSSES_IN_A_ROW: integer(0, 100, 10),
    BREAKER_PLATFORM_DRAWDOWN_PERCENT: nonNegativeDecimal('35'),
  },
  push: {
    PUSH_CHANNELS: list(''),
  },
  app: {
    APP_VERSION_MIN: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/, 'must be a version such as 1.0.0')
      .default('1.0.0'),
    APP_FORCE_UPDATE: flag(false),
    APP_UPDATE_URL: optional,
    APP_CONFIG_HOSTS: hosts,
    APP_MAINTENANCE: flag(false),
    APP_MAINTENANCE_MESSAGE: optional,
    APP_BANNER: optional,
    APP_ANNOUNCEMENT: optional,
  },
  archive: {
    TRADE_ARCHIVE_AFTER_DAYS: z.coerce
      .number()
      .int()
      .max(3_650)
      .refine(
        (days) => days === 0 || days >= LEAST_DAYS_KEPT,
        `must be 0 (never) or at least ${LEAST_DAYS_KEPT}: funding, reports and limits look back as far`,
      )
      .default(90),
    TRADE_ARCHIVE_AT: timeOfDay('03:30'),
  },
  payments: {
    PAYMENT_CHAIN: z.string().default('manual'),
    /** The same as the chain's plugin reads; without it nothing is sold. */
    PAYMENT_WALLET_TRC20: optional,
    PAYMENT_INVOICE_HOURS: integer(1, 168, 24),
    PAYMENT_WATCH_SECONDS: integer(5, 3_600, 20),
    PLAN_GRACE_DAYS: integer(0, 30, 3),
    REFERRAL_PERCENT: decimal(/^(\d{1,2}(\.\d{1,4})?|100)$/, '10'),
    REFERRAL_PAYMENTS: z.enum(['all', 'first']).default('all'),
    REFERRAL_PAYOUT_MINIMUM_USDT: decimal(/^\d{1,6}(\.\d{1,6})?$/, '10'),
    REFERRAL_PAYOUT_FEE_USDT: decimal(/^\d{1,6}(\.\d{1,6})?$/, '1'),
    PAYMENTS_SECOND_APPROVAL_ABOVE: decimal(/^\d{1,9}(\.\d{1,6})?$/, '0'),
  },
  webhooks: {
    WEBHOOK_ALLOW_LOOPBACK: flag(false),
    WEBHOOK_RETRY_SECONDS: integer(0, 3_600, 30),
    WEBHOOK_DISABLE_AFTER: integer(1, 1_000, 20),
  },
  reports: {
    DAILY_REPORT_AT: timeOfDay('23:00'),
  },
} as const;

type Shape = typeof ENVIRONMENT_SCHEMA;

/** The parsed environment, in slices: `config.trading.MAX_LEVERAGE`. Frozen. */
export type Config = { readonly [Slice in keyof Shape]: z.infer<z.ZodObject<Shape[Slice]>> } & {
  /** All variables that are set, for the settings schemas of plugins. Never log it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names that begin as settings do and are none. */
  readonly ignored: readonly string[];
};

/** Every variable name the product knows, with the slice it belongs to. */
export const KNOWN_VARIABLES: ReadonlyMap<string, keyof Shape> = new Map(
  Object.entries(ENVIRONMENT_SCHEMA).flatMap(([slice, fields]) =>
    Object.keys(fields).map((name): [string, keyof Shape] => [name, slice as keyof Shape]),
  ),
);

export const SLICES: ReadonlyMap<keyof Shape, z.ZodObject> = new Map(
  Object.entries(ENVIRONMENT_SCHEMA).map(([slice, fields]) => [slice as keyof Shape, z.object(fields)]),
);
