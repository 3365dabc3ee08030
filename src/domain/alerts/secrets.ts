/**
 * Secrets that alerts carry in their bodies: found, and taken out before anything is stored or shown.
 * Keeps: what is taken out is taken out wherever it stands in the text, whole; a template’s secret in an unknown field is
 * found by the name of the field.
 */
import { type Fields, isRecord, type Json } from './fields.js';
import { plainName } from './words.js';

const NAMES = [
  'secret',
  'passphrase',
  'password',
  'passwd',
  'passkey',
  'pass',
  'webhooksecret',
  'secretkey',
  'token',
  'signaltoken',
  'authtoken',
  'auth',
  'apisecret',
  'apikey',
  'key',
  'emailtoken',
];

/** Beside them: what lets somebody else trade by the same bot. */
const HIDDEN = new Set([...NAMES, 'botuuid', 'botid', 'accesstoken', 'license', 'licenseid', 'pin']);

export const REDACTED = '[redacted]';

/** The secret by which the alert shows that it is the source’s. */
export function readSecret(fields: Fields): { secret: string | null } {
  return { secret: fields.remark(...NAMES) };
}

/** All values that stand under names of secrets, however deep. */
export function secretsIn(value: unknown, depth = 0): string[] {
  if (depth > 8) return [];
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, depth + 1));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const isHidden = HIDDEN.has(plainName(key)) || /secret|passw|passphrase|apikey|token/.test(plainName(key));
    if (isHidden && (typeof item === 'string' || typeof item === 'number')) return [String(item)];
    return secretsIn(item, depth + 1);
  });
}

/** The text without the secrets. Short ones are taken out only where they stand by themselves. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  const longestFirst = [...new Set(secrets)]
    .filter((secret) => secret.trim() !== '')
    .sort((a, b) => b.length - a.length);
  for (const secret of longestFirst) {
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
      clean = form.length >= 6 ? clean.replaceAll(form, REDACTED) : withoutShort(clean, form);
    }
  }
  return clean;
}

/** Takes out `secret` where no letter or digit stands beside it. */
function withoutShort(text: string, secret: string): string {
  const pieces = text.split(secret);
  let clean = pieces[0] ?? '';
  for (const piece of pieces.slice(1)) {
    const isWord = /\w$/.test(clean) || /^\w/.test(piece);
    clean += `${isWord ? secret : REDACTED}${piece}`;
  }
  return clean;
}

/** A record without the values of secrets, for what is stored beside the body. */
export function withoutSecretFields(record: Json): Json {
  const clean: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(record)) {
    clean[key] = HIDDEN.has(plainName(key)) && item !== null && item !== undefined ? REDACTED : item;
  }
  return clean;
}
