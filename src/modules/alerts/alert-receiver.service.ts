/**
 * Takes an alert at the door: whose address it is, whether it may come from there, whether it can be read, and stores it.
 * Keeps: nothing is answered before it is stored; secrets are compared in constant time and stored nowhere; an address that
 * is unknown, revoked, or a name without its guard is answered alike. What an address stands for is remembered for moments
 * and held against the database when the alert is stored.
 */
import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Alert, AlertRefusal, DialectCode } from '../../domain/alerts/alert.js';
import { timeOf } from '../../domain/alerts/freshness.js';
import { readAlerts } from '../../domain/alerts/read-alerts.js';
import { withoutSecrets } from '../../domain/alerts/secrets.js';
import { Clock } from '../../platform/clock/clock.js';
import { addressKey } from '../../platform/http/address-key.js';
import { ApiLimits } from '../../platform/http/api-limits.js';
import { redactText } from '../../platform/logging/redaction.js';
import { AlertInbox, type StoredAnswer } from './alert-inbox.service.js';
import { type ArrivedAlert, cleanText, type Dedup } from './alert-inbox.repository.js';
import { AlertLimits } from './alert-limits.js';
import { AlertTokensRepository, type KnownToken } from './alert-tokens.repository.js';
import { hashOf, secretHashOf, TOKEN_MARK } from './alert-tokens.service.js';
import { alertError } from './alerts.errors.js';
import { isFrom } from './sender-addresses.js';

export interface Call {
  /** The last part of the path: a token, or a name. */
  readonly place: string;
  readonly text: string;
  readonly contentType: string;
  readonly userAgent: string;
  readonly address: string;
}

export interface Receipt {
  readonly alertId: number;
  readonly status: 'queued' | 'duplicate';
}

const REMEMBERED_MS = 30_000;
const MAX_REMEMBERED = 10_000;

/** An alert stored in the log, and a little more: what is beyond was no alert. */
const MAX_STORED = 65_536;

export interface ReceiverParts {
  readonly tokens: AlertTokensRepository;
  readonly inbox: AlertInbox;
  readonly limits: AlertLimits;
  readonly strangers: ApiLimits;
  readonly clock: Clock;
}

@Injectable()
export class AlertReceiver {
  readonly #known = new Map<string, { readonly token: KnownToken; readonly untilMs: number }>();

  constructor(private readonly parts: ReceiverParts) {}

  /** Throws 400 for what is no alert, 401 and 403 for what the address asks for, 404 for no address, 429 beyond the limit. */
  async receive(call: Call): Promise<Receipt> {
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#find(call);
      await this.parts.limits.require(`alerts:${token.id}`);
      const { arrived, failure } = judge(call, token, this.parts.clock.now());
      if (failure === 'stranger') return this.#stranger(call);
      const stored = await this.parts.inbox.store(arrived);
      if (stored.is !== 'gone') return answer(stored, arrived, failure);
      this.#known.delete(keyOf(call.place));
      if (attempt >= 3) throw alertError('UNKNOWN_ALERT_ADDRESS');
    }
  }

  async #find(call: Call): Promise<KnownToken> {
    const key = keyOf(call.place);
    const known = this.#known.get(key);
    if (known !== undefined && known.untilMs > this.parts.clock.monotonicMs()) return known.token;
    const isToken = call.place.startsWith(TOKEN_MARK);
    const { tokens } = this.parts;
    const token = await (isToken ? tokens.byHash(hashOf(call.place)) : tokens.byOldName(call.place.toLowerCase()));
    if (token === undefined) return this.#stranger(call);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(key, { token, untilMs: this.parts.clock.monotonicMs() + REMEMBERED_MS });
    return token;
  }

  /** Whoever tries out addresses pays from the points of their own. */
  async #stranger({ address }: Call): Promise<never> {
    await this.parts.strangers.require(addressKey(address));
    throw alertError('UNKNOWN_ALERT_ADDRESS');
  }
}

const keyOf = (place: string): string =>
  place.startsWith(TOKEN_MARK) ? hashOf(place).toString('base64') : place.toLowerCase();

type Failure = 'stranger' | 'sender' | 'secret' | AlertRefusal | null;

function judge(call: Call, token: KnownToken, now: Date): { arrived: ArrivedAlert; failure: Failure } {
  const isForm = /urlencoded/i.test(call.contentType);
  const dialect = token.dialect as DialectCode | null;
  const read = readAlerts(call.text, { isForm, dialect, symbol: token.symbol });
  const failure = failureOf(call, token, read.alerts, read.refusal);
  const alerts = failure === null ? read.alerts : [];
  const body = cleanText(redactText(withoutSecrets(call.text.slice(0, MAX_STORED), read.secrets)));
  const arrived: ArrivedAlert = {
    sourceId: token.source_id,
    token: { id: token.id, version: token.version },
    receivedAt: now,
    address: call.address,
    contentType: call.contentType.slice(0, 100),
    userAgent: cleanText(call.userAgent.slice(0, 200)),
    body,
    dedup: failure === null ? dedupOf(alerts, body, now, token.repeat_seconds) : null,
    dialect: read.dialect,
    symbols: symbolsOf(read.alerts),
    verdict: failure === null ? 'QUEUED' : 'REFUSED',
    reasons: reasonsOf(failure),
    alerts: alerts.map(withoutSecret),
    replayOf: null,
  };
  return { arrived, failure };
}

function failureOf(call: Call, token: KnownToken, alerts: readonly Alert[], refusal: AlertRefusal | null): Failure {
  const isGuess = !call.place.startsWith(TOKEN_MARK);
  if (!isFrom(token.addresses, call.address)) return isGuess ? 'stranger' : 'sender';
  const { secret_hash: wanted } = token;
  const shown = refusal === null ? alerts : [];
  const isShown = wanted === null || (shown.length > 0 && shown.every(({ secret }) => isSecret(secret, wanted)));
  if (isShown) return refusal;
  // What could not be read could not show anything either, and is told as what it is to those who have the address.
  if (isGuess) return 'stranger';
  return refusal ?? 'secret';
}

/** In constant time. */
function isSecret(given: string | null, wanted: Buffer): boolean {
  return timingSafeEqual(secretHashOf(given ?? ''), wanted) && given !== null;
}

export const withoutSecret = (alert: Alert): Alert => ({ ...alert, secret: null, license: null });

export function symbolsOf(alerts: readonly Alert[]): string[] {
  return [...new Set(alerts.flatMap(({ pair, symbol }) => pair ?? symbol ?? []))];
}

/** One name for the body, where each alert in it has one. */
function ownIdOf(alerts: readonly Alert[]): string | null {
  const ids = alerts.map(({ id }) => id);
  return ids.length === 0 || ids.includes(null) ? null : cleanText(ids.join(' ').slice(0, 500));
}

/**
 * An own id is one for ever, and a body that carries a time is the same one whenever it comes again; any other only for
 * moments, which are counted from 1970.
 */
function dedupOf(alerts: readonly Alert[], body: string, now: Date, seconds: number): Dedup | null {
  const own = ownIdOf(alerts);
  if (own !== null) return { key: `id ${own}`, before: null };
  const hash = hashOf(body).toString('base64');
  const isTimed = alerts.every(({ time }) => time !== null && timeOf(time) !== undefined);
  if (isTimed) return { key: `body ${hash}`, before: null };
  if (seconds === 0) return null;
  const moment = Math.floor(now.getTime() / (seconds * 1_000));
  const since = new Date(now.getTime() - seconds * 1_000);
  return { key: `moment ${hash} ${moment}`, before: { key: `moment ${hash} ${moment - 1}`, since } };
}

function reasonsOf(failure: Failure): object[] {
  if (failure === null || failure === 'stranger') return [];
  if (failure === 'sender') return [{ code: 'sender', says: 'alerts are not taken from this address' }];
  if (failure === 'secret') return [{ code: 'bad_secret', says: 'the body does not show the secret of this address' }];
  return [{ code: failure.code, says: redactText(failure.says) }];
}

function answer(stored: Exclude<StoredAnswer, { is: 'gone' }>, { reasons }: ArrivedAlert, failure: Failure): Receipt {
  if (failure === null) {
    return stored.is === 'repeat'
      ? { alertId: stored.of, status: 'duplicate' }
      : { alertId: stored.id, status: 'queued' };
  }
  const details = { alert_id: stored.id };
  if (failure === 'sender') throw alertError('ALERT_SENDER', details);
  if (failure === 'secret') throw alertError('ALERT_SECRET', details);
  throw alertError('ALERT_UNUSABLE', { ...details, reasons });
}
