/**
 * Turns an environment into a `Config`, or into one sentence per mistake.
 * Keeps: names close to one of ours or beginning as ours do, weak or missing secrets in production and real-money modes
 * without their second flag stop the boot; what is known to be set by hosts for programs of all kinds is told instead. Does
 * not read files and does not print: `main.ts` and the scripts do.
 */
import { firstWord, nearestName } from './near-names.js';
import { KNOWN_VARIABLES, SLICES, type Config } from './schema.js';

/** Set by hosts, unasked, beside what they are asked to set. */
const HOST_NAMES: ReadonlySet<string> = new Set([
  ...['DATABASE_PRIVATE_URL', 'DATABASE_PUBLIC_URL', 'DATABASE_URL_UNPOOLED'],
  ...['MAX_THREADS', 'MAX_WORKERS', 'METRICS_ENABLED'],
]);

/** First words that names of other programs' variables often have: under them only a near miss is a mistake. */
const SHARED_WORDS: readonly string[] = ['APP', 'EXPO', 'JWT', 'LOG'];

/** First words of ours that a single setting has so far. */
const SINGLE_WORDS: readonly string[] = ['AUDIT', 'PLAN'];

const MINIMUM_SECRET_LENGTH = 32;

const WEAK_SECRET = /^(.)\1*$|secret|password|changeme|change-me|example|default|verzek|12345678|your[-_ ]/i;

/** All that is wrong with the environment, one sentence each, ready to print. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** `pluginVariables` are the names that plugins read themselves. Throws a `ConfigError` with every problem found. */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  pluginVariables: readonly string[] = [],
): Config {
  const set = withoutBlanks(environment);
  const problems = unknownNames(set, pluginVariables);
  const ignored = Object.freeze(Object.keys(set).filter((name) => HOST_NAMES.has(name)));
  const config: Record<string, unknown> = { environment: Object.freeze(set), ignored };
  for (const [slice, schema] of SLICES) {
    const parsed = schema.safeParse(set);
    if (parsed.success) config[slice] = Object.freeze(parsed.data);
    else problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const result = Object.freeze(config) as Config;
  const refused = [...productionProblems(result), ...crossProblems(result)];
  if (refused.length > 0) throw new ConfigError(refused);
  return result;
}

/** A blank value means "not set", as a line `NAME=` in an .env file does. */
function withoutBlanks(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value.trim() !== '') kept[name] = value;
  }
  return kept;
}

function unknownNames(set: Readonly<Record<string, string>>, pluginVariables: readonly string[]): string[] {
  const known = new Set([...KNOWN_VARIABLES.keys(), ...pluginVariables]);
  const own = ownWords(known);
  const remedy = 'If it belongs to another program, name it in FOREIGN_VARIABLES';
  return othersNames(set, known).flatMap((name) => {
    const meant = nearestName(name, known);
    // Another program's name may be near to one that is set: nobody has mistyped that.
    if (meant !== undefined && set[meant] === undefined)
      return [`${name} is not a setting of this product; did you mean ${meant}? ${remedy}`];
    if (HOST_NAMES.has(name) || !name.includes('_') || !own.has(firstWord(name))) return [];
    return [`${name} is not a setting of this product; look for its right name in .env.example. ${remedy}`];
  });
}

/** What is set and not ours, but for what the operator says is another program's. */
function othersNames(set: Readonly<Record<string, string>>, known: ReadonlySet<string>): string[] {
  const foreign = new Set((set.FOREIGN_VARIABLES ?? '').split(',').map((name) => name.trim()));
  return Object.keys(set).filter((name) => !known.has(name) && !foreign.has(name));
}

/** The first words that two or more settings share: another name under one of them is a typing mistake. */
function ownWords(known: ReadonlySet<string>): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const name of known) counts.set(firstWord(name), (counts.get(firstWord(name)) ?? 0) + 1);
  const families = [...counts].filter(([word, count]) => count > 1 && !SHARED_WORDS.includes(word));
  return new Set([...families.map(([word]) => word), ...SINGLE_WORDS]);
}

function productionProblems(config: Config): string[] {
  if (config.process.NODE_ENV !== 'production') return [];
  const problems: string[] = [];
  for (const name of ['JWT_SECRET', 'API_KEY', 'HOUSE_ENGINE_TOKEN', 'ENCRYPTION_MASTER_KEY'] as const) {
    const value = config.secrets[name];
    if (value === undefined) problems.push(`${name} must be set in production (for example: openssl rand -hex 32)`);
    else if (isWeak(value))
      problems.push(`${name} is too weak for production: use ${MINIMUM_SECRET_LENGTH}+ random characters`);
  }
  problems.push(...equalSecrets(config.secrets));
  for (const name of ['BOOTSTRAP_ADMIN_TOKEN', 'JWT_SECRET_PREVIOUS', 'HOUSE_ENGINE_TOKEN_PREVIOUS'] as const) {
    const value = config.secrets[name];
    if (value !== undefined && isWeak(value)) problems.push(`${name} is too weak for production`);
  }
  if (config.webhooks.WEBHOOK_ALLOW_LOOPBACK) problems.push('WEBHOOK_ALLOW_LOOPBACK must be false in production');
  if (config.database.DATABASE_URL === undefined) problems.push('DATABASE_URL must be set in production');
  if (!config.auth.REQUIRE_EMAIL_VERIFICATION) problems.push('REQUIRE_EMAIL_VERIFICATION must be true in production');
  if (config.mail.MAIL_CHANNEL === 'log') problems.push('MAIL_CHANNEL must be smtp or resend in production');
  if (config.process.PUBLIC_URL === undefined)
    problems.push('PUBLIC_URL must be set in production (it stands in mails)');
  return problems;
}

/** One value for two purposes: whoever may know the one (API_KEY stands in the app) would hold the other. */
function equalSecrets(secrets: Config['secrets']): string[] {
  const named = Object.entries(secrets).filter(([, value]) => value !== undefined);
  return named.flatMap(([name, value], index) => {
    const same = named.slice(0, index).find(([, earlier]) => earlier === value);
    return same === undefined ? [] : [`${name} must not be the same as ${same[0]}`];
  });
}

function isWeak(secret: string): boolean {
  return secret.length < MINIMUM_SECRET_LENGTH || WEAK_SECRET.test(secret) || new Set(secret).size < 10;
}

/** What listening to Telegram cannot do without. */
function listeningProblems({ telegram, process: { PUBLIC_URL, NODE_ENV } }: Config): string[] {
  const { TELEGRAM_LISTEN: mode, TELEGRAM_BOT_TOKEN, TELEGRAM_WEBHOOK_SECRET: secret } = telegram;
  if (mode === 'off') return [];
  const problems: string[] = [];
  if (TELEGRAM_BOT_TOKEN === undefined) problems.push(`TELEGRAM_LISTEN=${mode} needs TELEGRAM_BOT_TOKEN`);
  if (mode === 'polling') return problems;
  if (secret === undefined || !/^[\w-]{32,256}$/.test(secret))
    problems.push(
      'TELEGRAM_WEBHOOK_SECRET must be 32 to 256 letters, digits, _ and - (for example: openssl rand -hex 32)',
    );
  const isReachable = NODE_ENV === 'production' ? PUBLIC_URL?.startsWith('https://') : PUBLIC_URL !== undefined;
  if (isReachable !== true) problems.push('TELEGRAM_LISTEN=webhook needs PUBLIC_URL, beginning with https://');
  return problems;
}

function crossProblems(config: Config): string[] {
  const problems: string[] = [];
  const { trading } = config;
  if (trading.EXCHANGE_MODE.endsWith('_mainnet') && !trading.LIVE_TRADING_ENABLED) {
    problems.push(`EXCHANGE_MODE=${trading.EXCHANGE_MODE} spends real money: set LIVE_TRADING_ENABLED=true as well`);
  }
  if (trading.DEFAULT_MAX_CONCURRENT_TRADES > trading.MAX_CONCURRENT_TRADES) {
    problems.push('DEFAULT_MAX_CONCURRENT_TRADES must not be above MAX_CONCURRENT_TRADES');
  }
  if (config.process.VERZEK_KILL_POINT !== undefined && config.process.NODE_ENV !== 'test') {
    problems.push('VERZEK_KILL_POINT kills the process on purpose: it is for crash tests, with NODE_ENV=test');
  }
  problems.push(...listeningProblems(config));
  const keys = { ENCRYPTION_MASTER_KEY: [config.secrets.ENCRYPTION_MASTER_KEY ?? []].flat() };
  const old = { ENCRYPTION_MASTER_KEYS_OLD: config.secrets.ENCRYPTION_MASTER_KEYS_OLD };
  for (const [name, texts] of Object.entries({ ...keys, ...old })) {
    const isKey = (text: string) => /^[0-9a-f]{64}$/i.test(text) || Buffer.from(text, 'base64').length === 32;
    if (!texts.every(isKey))
      problems.push(`${name} must be 32 bytes${name.endsWith('OLD') ? ' each' : ''}, as 64 hex characters or base64`);
  }
  return problems;
}
