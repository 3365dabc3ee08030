/**
 * Keeps secrets out of log lines: by the name of a key, by the look of a value, and the configured secrets by value.
 * Owns all three lists; everything that is written to a log or to an audit row passes through here.
 */

const SECRET_KEY =
  /^(authorization|cookie|set-cookie|x-api-key|x-internal-token|pin|pwd)$|pass(word|phrase|wd)|[_-]pwd$|secret|token|api_?key|listen_?key|private_?key|credential|signature|refresh|otp$|master_?key/i;

/** Variables that shells set and every line about a file holds: the folder they are in, and were in before. */
const FOLDERS: readonly string[] = ['PWD', 'OLDPWD'];

/** Names that match the pattern above and are harmless. */
const HARMLESS_KEY = /^(token_type|tokens?_count|max_tokens|has_api_key)$/i;

/** Words before `=` or `:` in a text after which a secret stands: query strings, headers, JSON that was quoted. */
const SECRET_NAME =
  '(?:pass(?:word|phrase|wd)|pwd|secret|token|api[_-]?key|listen[_-]?key|private[_-]?key|master[_-]?key|signature|credentials?|otp|x-mbx-apikey|authorization|(?<=[?&])key)';

/** What stands before the secret is kept where a pattern has a group for it. */
export const SECRET_PATTERNS: readonly RegExp[] = [
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
  // A bot token stands behind the word "bot" in the addresses of Telegram.
  /(?<!\d)\d{6,12}:[\w-]{30,}/g,
  /((?<!\w)Bearer\s{1,9})[\w.~+/-]{16,}=*/gi,
  /(authorization\W{1,6}Basic\s{1,9})[\w+/=]{4,}/gi,
  /(\bBasic\s+)(?=[A-Za-z+/]*[\d=+/])[A-Za-z0-9+/]{8,}={0,2}/gi,
  /\bre_[A-Za-z0-9_]{16,}/g,
  // A token for programs; its prefix is public.
  /(\bvzk_[0-9a-f]{10}_)[\w-]{20,}/g,
  // The address at which alerts arrive; its beginning tells it from others.
  /(\bvza_[\w-]{6})[\w-]{20,}/g,
  // What deliveries of webhooks are signed with.
  /((?<!\w)whsec_)[\w+/=-]{20,}/g,
  /\$argon2(?:id|i|d)\$[\w$=,+/.-]+/g,
  /\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}/g,
  new RegExp(
    `((?<![\\w-])[\\w-]*${SECRET_NAME}\\\\?["']?\\s*[:=]\\s*\\\\?["']?)(?!Bearer\\b|Basic\\b)[^\\s"'&,;}\\\\]{4,}`,
    'gi',
  ),
  /((?<!\w)\w+:\/\/[^:/\s]{0,300}:)[^@/\s]{1,1000}(?=@)/g,
];

export const REDACTED = '[redacted]';

const MAX_DEPTH = 8;

/** Shorter texts are words, not secrets; taking them out would make lines unreadable. */
const SHORTEST_SECRET = 8;

let known: RegExp | undefined;
const kept = new Set<string>();

/** Takes the secrets out of an environment: by name, and the passwords of addresses. No line shows them from now on. */
export function keepSecretsOf(environment: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value = ''] of Object.entries(environment)) {
    if (isSecretKey(name) && !FOLDERS.includes(name))
      for (const secret of new Set([value, ...value.split(',')])) keep(secret.trim());
    const password = /^\w+:\/\/[^:/\s]*:(.+)@[^@]+$/.exec(value)?.[1];
    if (password !== undefined) keep(password);
  }
  const longestFirst = [...kept].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((secret) => secret.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'));
  known = escaped.length === 0 ? undefined : new RegExp(escaped.join('|'), 'g');
}

function keep(secret: string): void {
  for (const form of [secret, encodeURIComponent(secret), decoded(secret)]) {
    if (form.length >= SHORTEST_SECRET) kept.add(form);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function redactText(text: string): string {
  let clean = known === undefined ? text : text.replace(known, REDACTED);
  for (const pattern of SECRET_PATTERNS) {
    clean = clean.replace(pattern, (_match, prefix: unknown) =>
      typeof prefix === 'string' ? `${prefix}${REDACTED}` : REDACTED,
    );
  }
  return clean;
}

/** A copy of `value` without secrets; errors become plain objects, cycles and great depth are cut. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return REDACTED;
  if (depth >= MAX_DEPTH) return '[…]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const clean: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const isSecret = isSecretKey(key) && item !== null && item !== undefined && typeof item !== 'boolean';
    clean[key] = isSecret ? REDACTED : redact(item, depth + 1);
  }
  return clean;
}

function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) && !HARMLESS_KEY.test(key);
}

function redactError(error: Error, depth: number): unknown {
  const code: unknown = Reflect.get(error, 'code');
  return {
    name: error.name,
    message: redactText(error.message),
    ...(code === undefined ? {} : { code: redact(code, depth + 1) }),
    stack: error.stack === undefined ? undefined : redactText(error.stack),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
