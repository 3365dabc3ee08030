/**
 * Dialects of one line of text: TradingView’s own sentence for a filled order, the futures screens’ line, cells by commas,
 * and a few words.
 * Keeps: a line is an alert only where an action and a symbol stand at their places; talk is refused.
 */
import { BadAlert, type Reading } from '../alert.js';
import { decimalOf, Fields, percentOf, placeholdersIn, shown } from '../fields.js';
import { positionOf, strictWordOf, wordOf } from '../words.js';
import type { Dialect } from './dialect.js';
import { positive } from './plain.js';

/** `Name (…): order buy @ 1.5 filled on BTCUSD. New strategy position is 1.5` */
export const orderFill: Dialect = {
  code: 'order-fill',
  detects: ({ fields, text }) =>
    /\border\b/i.test(sentenceOf(fields, text)) && / filled on /i.test(sentenceOf(fields, text)),
  read: ({ fields, text }) => {
    const line = sentenceOf(fields, text);
    const at = line.toLowerCase().lastIndexOf('order ');
    const [before, order] = [line.slice(0, at), line.slice(at)];
    const match = /^order (\S{1,40}) @ (\S{1,40})(?: for (\S{1,40}))? filled on (\S{1,60})/i.exec(order);
    const unfilled = placeholdersIn(order);
    if (unfilled.length > 0) throw new BadAlert('unfilled_placeholders', `${unfilled.join(', ')} was not filled in`);
    if (match === null) throw new BadAlert('unparseable_body', 'the sentence names no order');
    const [, action = '', first = '', second, symbol = ''] = match;
    const word = wordOf(action);
    if (word?.said !== 'buy' && word?.said !== 'sell')
      throw new BadAlert('unknown_action', `${shown(action)} is no order`);
    const after = /new strategy position is (-?[\d.,]{1,40})/i.exec(order)?.[1]?.replace(/[.,]$/, '');
    const size = after === undefined ? undefined : decimalOf(after);
    const time = / at (\d{4}-[\dTZ:.+-]{4,30})/.exec(order)?.[1]?.replace(/[.]$/, '');
    const [qty, price] = second === undefined ? [first, null] : [second, first];
    return {
      said: word.said,
      symbol: symbol.replace(/[.,]$/, ''),
      qty: quantity(qty),
      price: price === null ? null : numberIn(price, 'bad_price'),
      position: size === undefined ? null : size === '0' ? 'flat' : size.startsWith('-') ? 'short' : 'long',
      sizeAfter: size ?? null,
      strategy: nameIn(before),
      time: time ?? null,
      comment: commentIn(before),
    };
  },
};

const sentenceOf = (fields: Fields, text: string): string =>
  text === '' ? (fields.remark('message', 'text', 'alertmessage', 'comment') ?? '') : text.replaceAll('\n', ' ');

/** Without the figures of its inputs. */
function nameIn(before: string): string | null {
  const paren = before.indexOf(' (');
  const end = paren === -1 ? before.indexOf(':') : paren;
  const name = (end === -1 ? before : before.slice(0, end)).trim();
  return name === '' ? null : name;
}

function commentIn(before: string): string | null {
  const colon = before.lastIndexOf(':');
  const comment = colon === -1 ? '' : before.slice(colon + 1).trim();
  return comment === '' ? null : comment;
}

const quantity = (text: string): string => numberIn(text.replace(/[.,]$/, ''), 'bad_quantity');

function numberIn(text: string, code: 'bad_quantity' | 'bad_price'): string {
  const value = decimalOf(text);
  if (value === undefined) throw new BadAlert(code, `${shown(text)} is no number`);
  return positive(value, code);
}

const FUTURES_LINE = /^([^:,\n]{1,80}): ?([^,:=\n]{0,40})(?:,(.*))?$/s;

/** `NAME: word, Price = x, Ticker = y, Period = z, Action = long, Amount = n`: the word is the order, Action the position. */
export const justTradesLine: Dialect = {
  code: 'just-trades',
  detects: ({ form, text }) => {
    if (form === 'object') return false;
    const match = FUTURES_LINE.exec(text);
    return match !== null && /(?:^|,) ?(?:price|ticker|action|amount|period) ?=/i.test(String(match[3] ?? ''));
  },
  read: ({ text }) => {
    const [, name = '', said = '', rest = ''] = FUTURES_LINE.exec(text) ?? [];
    const fields = new Fields(Object.fromEntries(rest.split(/[,;\n]/).map(pairOf)));
    const unfilled = placeholdersIn(said);
    if (unfilled.length > 0) throw new BadAlert('unfilled_placeholders', `${unfilled.join(', ')} was not filled in`);
    const word = said.trim() === '' ? undefined : strictWordOf(said);
    if (word === undefined && said.trim() !== '') throw new BadAlert('unknown_action', `${shown(said)} is no action`);
    const after = fields.text('action', 'position');
    const position = after === null ? null : (positionOf(after) ?? null);
    if (after !== null && position === null) throw new BadAlert('unknown_action', `${shown(after)} is no position`);
    const price = fields.number('bad_price', 'price');
    return {
      ...(word ?? {}),
      said: word?.said ?? null,
      strategy: name.trim(),
      symbol: fields.text('ticker', 'symbol'),
      price: price === null ? null : positive(price, 'bad_price'),
      interval: fields.remark('period', 'interval'),
      position,
      sizeAfter: fields.number('bad_quantity', 'amount'),
      time: fields.text('timenow', 'time'),
      isSendTime: fields.has('timenow'),
    };
  },
};

function pairOf(item: string): [string, string] {
  const at = item.indexOf('=');
  return at === -1 ? ['', item.trim()] : [item.slice(0, at).trim(), item.slice(at + 1).trim()];
}

/** `ETHUSDT,sell,3000,0.2` and `buy BTCUSDT @ 64000`: symbol, action, price, quantity. */
export const plainLine: Dialect = {
  code: 'plain',
  detects: ({ form }) => form === 'line',
  read: ({ text }): Reading => {
    const unfilled = placeholdersIn(text);
    if (unfilled.length > 0) throw new BadAlert('unfilled_placeholders', `${unfilled.join(', ')} was not filled in`);
    const byComma = text.split(/[,;|]/).map((cell) => cell.trim());
    const cells =
      byComma.length > 1 ? byComma : text.split(/\s+/).filter((cell) => cell !== '@' && !/^(?:at|on)$/i.test(cell));
    const [first = '', second = '', ...rest] = cells;
    if (cells.length < 2 || cells.length > 5) throw new BadAlert('unparseable_body', 'the text is no alert');
    const isActionFirst = wordOf(first) !== undefined && wordOf(second) === undefined;
    const [action, symbol] = isActionFirst ? [first, second] : [second, first];
    const word = wordOf(action);
    if (word === undefined)
      throw new BadAlert(byComma.length > 1 ? 'unknown_action' : 'unparseable_body', 'the text is no alert');
    if (!isSymbol(symbol)) throw new BadAlert('unparseable_body', 'the text names no symbol');
    const [price, qty] = [rest[0]?.replace('@', ''), rest[1]];
    return {
      ...word,
      symbol,
      price: price === undefined || price === '' ? null : numberIn(price, 'bad_price'),
      qty: qty === undefined || qty === '' || qty.endsWith('%') ? null : numberIn(qty, 'bad_quantity'),
      qtyPct: qty === undefined ? null : (percentOf(qty) ?? null),
    };
  },
};

const isSymbol = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9_.:/!-]{1,40}$/.test(text) && !/^\d+(?:\.\d+)?$/.test(text);
