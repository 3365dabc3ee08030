/**
 * Reads a body into alerts: which dialect, what it says, what that comes to.
 * Keeps: pure and total: every body is either read whole or refused with one reason; nothing of a body that is refused in
 * part is carried out. Secrets are in `secrets` and in `Alert.secret`, and nowhere else.
 */
import {
  type Alert,
  type AlertAction,
  type AlertIntent,
  type AlertRefusal,
  BadAlert,
  type DialectCode,
  type Reading,
  SILENT,
} from './alert.js';
import { type Part, partsOf } from './body.js';
import type { Given } from './dialects/dialect.js';
import { wayOf } from './dialects/plain.js';
import { dialectOf } from './dialects/table.js';
import { Fields, placeholdersIn } from './fields.js';
import { resolved } from './levels.js';
import { futuresOf, isDelayed, pairOf, venueOf } from './pair.js';
import { secretsIn } from './secrets.js';
import { intentOf } from './meaning.js';

export interface ReadOptions {
  /** From the content type: the body is URL-encoded. */
  readonly isForm?: boolean;
  /** What the source is set to; without it the dialect is found out. */
  readonly dialect?: DialectCode | null;
  /** Stands in where an alert names none. */
  readonly symbol?: string | null;
}

export interface ReadAlerts {
  /** Empty where the body is refused. */
  readonly alerts: readonly Alert[];
  readonly refusal: AlertRefusal | null;
  readonly dialect: DialectCode | null;
  /** Everything that must not be stored or shown. */
  readonly secrets: readonly string[];
}

export function readAlerts(body: string, options: ReadOptions = {}): ReadAlerts {
  const secrets: string[] = [];
  let dialect: DialectCode | null = null;
  try {
    const alerts = partsOf(body, options.isForm).map((part) => {
      const given = givenOf(part);
      secrets.push(...secretsIn(given.fields.record));
      const reader = dialectOf(given, options.dialect);
      dialect = reader.code;
      const reading = reader.read(given);
      for (const secret of [reading.secret, reading.license]) if (typeof secret === 'string') secrets.push(secret);
      return alertOf(reader.code, reading, given, options.symbol ?? null);
    });
    return { alerts, refusal: null, dialect, secrets };
  } catch (error) {
    if (!(error instanceof BadAlert)) throw error;
    return { alerts: [], refusal: { code: error.code, says: error.message }, dialect, secrets };
  }
}

function givenOf(part: Part): Given {
  if (part.form === 'object') return { form: 'object', fields: new Fields(part.value), text: '' };
  const fields = new Fields(part.form === 'pairs' ? part.value : {});
  return { form: part.form, fields, text: part.text };
}

function alertOf(dialect: DialectCode, reading: Reading, given: Given, fallback: string | null): Alert {
  const said = { ...SILENT, ...reading };
  if (said.said === null && said.position === null && said.sizeAfter === null) {
    refuseUnfilled(given);
    throw new BadAlert('no_action', 'it says neither what to do nor what position there is');
  }
  const symbol = written(said.symbol ?? fallback);
  const exchange = said.exchange === null ? (symbol === null ? null : venueOf(symbol)) : venueWord(said.exchange);
  const tick = symbol === null ? null : (futuresOf(symbol)?.tick ?? null);
  const way = wayOf(said.said === null ? undefined : { said: said.said }, said.position);
  const intent = closing(reading.intent ?? intentOf(said), said.isReduceOnly);
  return {
    ...said,
    ...conditional(said),
    dialect,
    action: actionOf(said.said, intent),
    intent,
    symbol,
    pair: symbol === null ? null : pairOf(symbol),
    exchange,
    stop: said.stop === null ? conditional(said).stop : resolved(said.stop, said.price, way, true, tick),
    targets: said.targets.map((target) => resolved(target, said.price, way, false, tick)),
    notes: [...said.notes, ...(isDelayed(exchange) ? ['delayed_quotes'] : [])],
  };
}

/** An order that may only close does not open. */
function closing(intent: AlertIntent, isReduceOnly: boolean): AlertIntent {
  if (!isReduceOnly || !intent.startsWith('open_')) return intent;
  return intent === 'open_long' ? 'close_short' : 'close_long';
}

/** What a `stop_price` is: the stop, unless the order itself waits for that price. */
function conditional({ orderType, triggerPrice, stop }: typeof SILENT): Pick<Alert, 'stop' | 'triggerPrice'> {
  const waits = orderType !== null && /^(?:stop(?![-_ ]?loss)|take|trailing|buystop|sellstop)/.test(orderType);
  if (triggerPrice === null || waits || stop !== null) return { stop, triggerPrice };
  return { stop: { kind: 'price', value: triggerPrice }, triggerPrice: null };
}

/** Words in no field of their own may still be what is missing. */
function refuseUnfilled({ fields, text }: Given): void {
  const found = placeholdersIn(`${JSON.stringify(fields.record)} ${text}`);
  if (found.length === 0) return;
  throw new BadAlert('unfilled_placeholders', `${found.join(', ')} was not filled in by what sent the alert`);
}

/** Small letters are the habit of a dialect; mixed ones belong to the name. */
function written(symbol: string | null): string | null {
  if (symbol === null) return null;
  const trimmed = symbol.trim();
  if (!/^[\w.:/!$&\- ]{1,60}$/.test(trimmed)) throw new BadAlert('bad_symbol', 'the symbol is none');
  return /[A-Z]/.test(trimmed) ? trimmed : trimmed.toUpperCase();
}

/** `Binance Futures` and `BINANCE` are `binance`. */
const venueWord = (exchange: string): string => exchange.trim().toLowerCase().split(/\s+/)[0]?.slice(0, 40) ?? '';

function actionOf(said: Alert['said'], intent: AlertIntent): AlertAction | null {
  switch (said) {
    case null:
      return ofPosition(intent);
    case 'close_long':
    case 'close_short':
      return 'close';
    case 'reverse':
      return ofPosition(intent);
    default:
      return said;
  }
}

function ofPosition(intent: AlertIntent): AlertAction | null {
  if (intent.endsWith('_long') && !intent.startsWith('close')) return 'buy';
  if (intent.endsWith('_short') && !intent.startsWith('close')) return 'sell';
  return intent.startsWith('close') ? 'close' : null;
}
