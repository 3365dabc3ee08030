/**
 * WunderTrading: a code such as `ENTER-LONG_BINANCE_BTCUSDT_Name_5M_id`, alone or in an object with what the trade wants.
 * Keeps: the last part of a code is its secret; a bot’s name may have `_` in it; `MULTIPLE-PAIRS` names no pair.
 */
import { Decimal } from '../../money/decimal.js';
import { BadAlert, type Level, type Reading } from '../alert.js';
import { decimalOf, type Fields, isRecord, placeholdersIn, shown } from '../fields.js';
import type { Dialect, Given } from './dialect.js';
import { readLeverage, readPlain } from './plain.js';
import { type Word, wordOf } from '../words.js';

const CODE = /^(enter|exit)[-_](long|short|all)(?![a-z\d])/i;

const codeOf = ({ form, fields, text }: Given): string =>
  form === 'line' ? text : form === 'object' ? (fields.remark('code', 'comment') ?? '') : '';

export const wundertrading: Dialect = {
  code: 'wundertrading',
  detects: (given) => {
    const code = codeOf(given).trim();
    if (given.form === 'line') return CODE.test(code) && !/\s/.test(code);
    return given.fields.has('code') && (CODE.test(code) || given.fields.has('amountpertradetype', 'amountpertrade'));
  },
  read: (given) => {
    const code = codeOf(given).trim();
    const unfilled = placeholdersIn(code);
    if (unfilled.length > 0)
      throw new BadAlert('unfilled_placeholders', `${unfilled.join(', ')} in code was not filled in`);
    return { ...(given.form === 'object' ? optionsOf(given.fields) : {}), ...ofCode(code) };
  },
};

function ofCode(code: string): Reading {
  const match = CODE.exec(code);
  const word: Word | undefined = match === null ? undefined : wordOf(`${match[1]}${match[2]}`);
  if (match === null || word === undefined)
    throw new BadAlert('unknown_action', `${shown(code)} begins with no action`);
  const parts = code.slice(match[0].length).replace(/^_/, '').split('_');
  if (parts.length < 4) {
    // An own code of the user: what it names is known to the bot alone.
    return { ...word, secret: parts.length > 1 ? (parts.at(-1) ?? null) : null };
  }
  const [exchange = '', symbol = ''] = parts;
  return {
    ...word,
    exchange,
    symbol: /^multiple-pairs$/i.test(symbol) ? null : symbol,
    strategy: parts.slice(2, -2).join('_') || null,
    interval: parts.at(-2) ?? null,
    secret: parts.at(-1) ?? null,
  };
}

/** Without the action, which is the code’s. */
function optionsOf(fields: Fields): Reading {
  const kind = (fields.remark('amountpertradetype') ?? '').toLowerCase();
  const amount = fields.number('bad_quantity', 'amountpertrade');
  const orders = fields.raw('takeprofits');
  const stop = fields.group('stoploss');
  const plain = readPlain(fields.without('code', 'type', 'action', 'side', 'takeprofits'));
  return {
    ...plain,
    said: null,
    intent: undefined,
    orderType: fields.remark('ordertype')?.toLowerCase() ?? null,
    qty: kind.startsWith('percent') ? null : amount,
    qtyPct: kind.startsWith('percent') ? amount : null,
    targets: Array.isArray(orders) ? orders.map(targetOf) : (plain.targets ?? []),
    stop: stop === undefined ? (plain.stop ?? null) : levelOf(stop),
    trail: trailOf(fields),
    leverage: readLeverage(fields.text('leverage')),
    isReduceOnly: fields.flag('reduceonly') === true,
  };
}

function levelOf(fields: Fields): Level | null {
  const price = fields.maybe('price');
  if (price !== null && Decimal.of(price).isPositive) return { kind: 'price', value: price };
  const deviation = fields.maybe('pricedeviation');
  return deviation === null ? null : { kind: 'percent', value: percent(deviation) };
}

/** Deviations and shares are fractions. */
const percent = (fraction: string): string => Decimal.of(fraction).abs().times(Decimal.HUNDRED).toString();

function targetOf(item: unknown): Level {
  const record = isRecord(item) ? item : {};
  const read = (key: string) => decimalOf(String(record[key] ?? ''));
  const [price, deviation, share] = [read('price'), read('priceDeviation'), read('portfolio')];
  const value = price ?? (deviation === undefined ? undefined : percent(deviation));
  if (value === undefined) throw new BadAlert('bad_target', 'a take-profit has neither price nor priceDeviation');
  const kind = price === undefined ? 'percent' : 'price';
  return share === undefined ? { kind, value } : { kind, value, share: percent(share) };
}

function trailOf(fields: Fields): Reading['trail'] {
  const offset = fields.maybe('trailingstopexecute');
  if (offset === null) return null;
  const activation = fields.maybe('trailingstopactivation');
  return { unit: 'percent', offset: percent(offset), activation: activation && percent(activation), frequency: null };
}
