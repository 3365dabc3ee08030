/**
 * Keeps secrets out of log lines, by the name of a key and by the look of a value.
 * Owns both lists; everything that is written to a log or to an audit row passes through here.
 */

const SECRET_KEY =
  /^(authorization|cookie|set-cookie|x-api-key|x-internal-token)$|pass(word|phrase|wd)|secret|token|api_?key|private_?key|credential|refresh|otp|master_?key/i;

/** Names that match the pattern above and are harmless. */
const HARMLESS_KEY = /^(token_type|tokens?_count|max_tokens|has_api_key)$/i;

const SECRET_PATTERNS: readonly RegExp[] = [
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
  /\b\d{8,10}:[\w-]{30,}/g,
  /\bBearer\s+[\w.~+/-]{16,}=*/gi,
  /\bre_[A-Za-z0-9_]{16,}/g,
  /([?&](?:token|key|signature|api_key)=)[^&\s"]{6,}/gi,
  /(\w+:\/\/[^:/\s]+:)[^@/\s]+(?=@)/g,
];

export const REDACTED = '[redacted]';

const MAX_DEPTH = 8;

export function redactText(text: string): string {
  let clean = text;
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
    clean[key] = isSecretKey(key) && item !== null && item !== undefined ? REDACTED : redact(item, depth + 1);
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
