/**
 * The plain dialect: an object or pairs with the names that most templates use, and what other dialects share with it.
 * Keeps: of several names for one thing the first that says something counts, in the order in which they stand here. A
 * number of the bar is never taken for one of the order.
 */
import type { DecimalText } from '../../money/decimal.js';
import { BadAlert, type PositionSide, type Reading } from '../alert.js';
import { decimalOf, type Fields, percentOf, placeholdersIn, shown } from '../fields.js';
import { readBreakEven, readStop, readTargets, readTrail } from '../levels.js';
import { readSecret } from '../secrets.js';
import { combined, plainName, positionOf, strictWordOf, type Word, wordOf } from '../words.js';

const ACTION = ['action', 'orderaction', 'side', 'orderside', 'signal', 'direction', 'cmd', 'command'];
/** Where there is no field for the action, a word for one may stand in these. */
const KINDS = [
  'ordertype',
  'type',
  'signaltype',
  'event',
  'alert',
  'order',
  'trade',
  'message',
  'alertmessage',
  'text',
];

export const SYMBOL = ['ticker', 'symbol', 'instrument', 'pair', 'tvinstrument', 'tradingpair', 'market', 'coin'];
const PRICE = [
  'price',
  'close',
  'last',
  'entry',
  'orderprice',
  'entryprice',
  'limitprice',
  'signalprice',
  'closeprice',
];
const ENTRY = ['entry', 'entryprice', 'limitprice'];
const QTY = [
  'quantity',
  'qty',
  'contracts',
  'size',
  'ordercontracts',
  'orderquantity',
  'orderqty',
  'ordersize',
  'amount',
];
const LOTS = ['lots', 'vollots', 'lotsize', 'units', 'shares'];
const QTY_PCT = [
  'qtypct',
  'qtypercent',
  'quantitypercent',
  'quantitypercentage',
  'sizepercent',
  'sizepct',
  'amountpercent',
];
const AFTER = ['positionsize', 'marketpositionsize', 'newpositionsize'];
const BEFORE = [
  'prevpositionsize',
  'prevmarketpositionsize',
  'previouspositionsize',
  'marketpreviouspositionsize',
  'previousmarketpositionsize',
];
const PREVIOUS = [
  'prevmarketposition',
  'previousmarketposition',
  'prevposition',
  'previousposition',
  'marketpreviousposition',
];
const STRATEGY = [
  'recorder',
  'strategy',
  'name',
  'strategyname',
  'strategytitle',
  'alertname',
  'botname',
  'bot',
  'system',
];

/** Words as the futures screens know them, or in all spellings. */
export type Spelling = 'strict' | 'any';

export function readPlain(fields: Fields, spelling: Spelling = 'any'): Reading {
  const position = readPosition(fields, ['marketposition', 'position', 'positionafter', 'newposition'], 'sentiment');
  const word = readWord(fields, spelling, position !== null);
  const orderType = readOrderType(fields, spelling);
  const { qty, qtyPct } = readQuantity(fields, position !== null);
  const price = readPrice(fields);
  const way = wayOf(word, position);
  // Says of an order that it is one of several that leave the position.
  const exit = fields.remark('exittype', 'customfieldsexittype');
  const isExit = position === null && way !== null && (exit !== null || saysExit(fields, spelling));
  return {
    ...(word ?? {}),
    said: word?.said ?? null,
    symbol: fields.text(...SYMBOL),
    exchange: fields.remark('exchange', 'tvexchange', 'venue', 'exchangename'),
    strategy: fields.remark(...STRATEGY, 'tag'),
    account: fields.remark('account', 'subaccount', 'stub', 'accountname', 'accountid'),
    interval: fields.remark('interval', 'timeframe', 'period', 'resolution', 'tf', 'customfieldstimeframe'),
    comment: fields.remark('comment', 'ordercomment'),
    tag: fields.remark('tag'),
    orderType,
    qty,
    qtyPct: exit === null ? qtyPct : (fields.maybe('positionpercentage', 'customfieldspositionpercentage') ?? qtyPct),
    reduceQty: fields.number('bad_quantity', 'reduceqty', 'reducequantity'),
    price: price ?? null,
    isEntryPrice: price !== null && (orderType === 'limit' || fields.maybe(...ENTRY) === price),
    triggerPrice: fields.maybe('triggerprice', 'stopprice', 'activationprice'),
    position,
    prevPosition: readPosition(fields, PREVIOUS),
    sizeAfter: fields.maybe(...AFTER),
    sizeBefore: fields.maybe(...BEFORE),
    stop: readStop(fields, way),
    targets: readTargets(fields, way),
    trail: readTrail(fields),
    breakEven: readBreakEven(fields),
    risk: readRisk(fields),
    leverage: readLeverage(fields.text('leverage', 'lev')),
    marginMode: readMarginMode(fields.remark('marginmode', 'marginmodetype', 'margintype', 'leverage', 'leveragetype')),
    ...readTime(fields),
    ...readSecret(fields),
    id: readId(fields),
    maxBudget: fields.maybe('max', 'maxbudget'),
    isReduceOnly: fields.flag('reduceonly', 'closeonly', 'orderreduceonly') === true || isExit,
    isDry:
      fields.flag('dotrade', 'live') === false || fields.flag('dryrun', 'test', 'istest', 'paper', 'validate') === true,
  };
}

/** An order whose message says that it leaves a position, though its word would enter one. */
function saysExit(fields: Fields, spelling: Spelling): boolean {
  const said = wordOf(fields.remark('message') ?? '')?.said;
  if (said !== undefined && /^(?:close|tp_hit|sl_hit)/.test(said)) return true;
  const comment = spelling === 'strict' ? undefined : wordOf(fields.remark('comment', 'ordercomment') ?? '')?.said;
  return comment === 'close_long' || comment === 'close_short';
}

/** The action. A word that is none is refused, unless a position says what is wanted. */
export function readWord(fields: Fields, spelling: Spelling, hasPosition = false): Word | undefined {
  const look = spelling === 'strict' ? strictWordOf : wordOf;
  const said = fields.text(...ACTION);
  const side = fields.text('side', 'orderside', 'direction', 'positionside');
  const positionSide = fields.text('positionside', 'posside');
  if (said !== null) {
    const order = positionSide === null ? undefined : hedged(said, positionSide);
    const word = order ?? (side === null || side === said ? undefined : combined(said, side)) ?? look(said);
    if (word !== undefined) return word;
  }
  for (const name of KINDS) {
    const kind = fields.remark(name);
    const word =
      kind === null ? undefined : (look(kind) ?? (said === null && side !== null ? combined(kind, side) : undefined));
    if (word !== undefined && said === null) return word;
  }
  if (said === null) return undefined;
  if (hasPosition && /^[-+]?\d/.test(said)) return undefined;
  throw new BadAlert('unknown_action', `${shown(said)} is no action`);
}

/** An order of `BUY` or `SELL` on the side of a position in hedge mode. */
function hedged(order: string, positionSide: string): Word | undefined {
  const [word, way] = [wordOf(order)?.said, positionOf(positionSide)];
  if ((word !== 'buy' && word !== 'sell') || way === undefined || way === 'flat') return undefined;
  const opens = (word === 'buy') === (way === 'long');
  return combined(opens ? 'open' : 'close', way);
}

export function readPosition(fields: Fields, names: readonly string[], sentiment?: string): PositionSide | null {
  for (const name of names) {
    const value = fields.text(name);
    const position = value === null ? undefined : positionOf(value);
    if (position !== undefined) return position;
  }
  const mood = sentiment === undefined ? null : fields.text(sentiment);
  return mood === null ? null : (positionOf(mood) ?? null);
}

export function wayOf(word: Word | undefined, position: PositionSide | null): 'long' | 'short' | null {
  if (position === 'long' || position === 'short') return position;
  if (position === 'flat' || word === undefined) return null;
  return word.said === 'buy' ? 'long' : word.said === 'sell' ? 'short' : null;
}

/** The kind of the order, where the field for it does not hold an action. */
function readOrderType(fields: Fields, spelling: Spelling): string | null {
  const known =
    /^(?:market|limit|stop|stop[-_ ]?(?:loss|limit|market)(?:[-_ ]?limit)?|take[-_ ]?profit(?:[-_ ]?limit)?|trailing[-_ ]?stop)$/i;
  for (const name of ['ordertype', 'type', 'entrytype', 'executiontype']) {
    const value = fields.remark(name);
    if (value === null || (spelling === 'strict' && strictWordOf(value) !== undefined)) continue;
    if (known.test(value)) return value.toLowerCase().replace(/[_ ]/g, '-');
    if (/^buy at current price$|^market price$/i.test(value)) return 'market';
  }
  const price = fields.raw('price', 'entry');
  return typeof price === 'string' && plainName(price) === 'market' ? 'market' : null;
}

export function readQuantity(
  fields: Fields,
  isFollowed: boolean,
): { qty: DecimalText | null; qtyPct: DecimalText | null } {
  const percent = fields.maybe(...QTY_PCT);
  if (percent !== null) return { qty: null, qtyPct: percent };
  const names = [...QTY, ...LOTS, ...volumeNames(fields)];
  const text = fields.text(...names);
  if (text === null) return { qty: null, qtyPct: null };
  const share = percentOf(text);
  if (share !== undefined) return { qty: null, qtyPct: positive(share, 'bad_quantity') };
  const value = decimalOf(text);
  if (value === undefined) {
    // Where the position says what is wanted, the quantity of the order is beside the point.
    if (isFollowed && !fields.has(...QTY.slice(0, 4))) return { qty: null, qtyPct: null };
    throw new BadAlert('bad_quantity', `${shown(text)} is no quantity`);
  }
  return { qty: positive(value, 'bad_quantity'), qtyPct: null };
}

/** `volume` is that of the bar where other figures of the bar stand beside it. */
const volumeNames = (fields: Fields): string[] => (fields.has('open') || fields.has('high') ? [] : ['volume', 'vol']);

export function positive(value: DecimalText, code: 'bad_quantity' | 'bad_price'): DecimalText {
  if (/[1-9]/.test(value) && !value.startsWith('-')) return value;
  throw new BadAlert(code, `${value} must be above 0`);
}

export function readPrice(fields: Fields): DecimalText | null {
  for (const name of PRICE) {
    const raw = fields.raw(name);
    if (typeof raw === 'object') continue;
    const text = fields.text(name);
    if (text === null || plainName(text) === 'market') continue;
    const value = decimalOf(text);
    if (value !== undefined) return positive(value, 'bad_price');
    // `entry` and `close` are words as often as prices.
    if ((name === 'entry' || name === 'close' || name === 'last') && placeholdersIn(text).length === 0) continue;
    throw new BadAlert('bad_price', `${shown(text)} is no price`);
  }
  return null;
}

function readRisk(fields: Fields): Reading['risk'] {
  const dollars = fields.maybe('riskdollars', 'riskamount', 'riskdollar');
  if (dollars !== null) return { dollars };
  const percent = fields.maybe('riskpercentage', 'riskpercent', 'risk');
  return percent === null ? null : { percent };
}

/** `3x`, `x3`, `Isolated (10X)`, `Cross 5`. */
export function readLeverage(text: string | null): number | null {
  if (text === null) return null;
  const digits = /\d{1,4}(?:\.\d{1,4})?/.exec(text)?.[0];
  if (digits === undefined) return null;
  const leverage = Number.parseInt(digits, 10);
  if (leverage === 0) return null;
  if (leverage < 1 || leverage > 1_000) throw new BadAlert('bad_leverage', `${shown(text)} is no leverage`);
  return leverage;
}

export function readMarginMode(text: string | null): 'CROSS' | 'ISOLATED' | null {
  if (text === null) return null;
  const word = text.toLowerCase();
  return word.includes('cross') ? 'CROSS' : word.includes('isol') ? 'ISOLATED' : null;
}

export function readTime(fields: Fields): Pick<Reading, 'time' | 'isSendTime' | 'maxLag'> {
  const sent = fields.text('timenow', 'timestamp', 'senttime', 'alerttime');
  const lag = fields.maybe('maxlag');
  const maxLag = lag === null ? null : Number.parseInt(lag, 10);
  if (sent !== null) return { time: sent, isSendTime: true, maxLag };
  return { time: fields.text('time', 'bartime', 'datetime', 'date'), isSendTime: false, maxLag };
}

/** Templates write the same word into every alert; an id that tells one alert from the next has digits to do it with. */
function readId(fields: Fields): string | null {
  for (const name of ['signalid', 'id', 'alertid', 'uuid', 'nonce', 'idempotencykey', 'clientid', 'clientorderid']) {
    const value = fields.remark(name);
    if (value !== null && isUnique(value)) return value.slice(0, 200);
  }
  return null;
}

export function isUnique(id: string): boolean {
  return /\d{6}/.test(id) || /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/i.test(id) || /^(?=.*\d{3})[\w-]{12,}$/.test(id);
}
