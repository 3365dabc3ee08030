/**
 * TradersPost: ticker, action (buy, sell, exit, cancel, add) and sentiment, the position that is wanted after it.
 * Keeps: `quantityType` decides what a quantity is; levels are prices, percentages or amounts, by the name of their field.
 */
import type { Level, Reading } from '../alert.js';
import type { Fields } from '../fields.js';
import { readQuantity } from './plain.js';
import type { Dialect } from './dialect.js';
import { readPlain } from './plain.js';

const OWN = ['quantitytype', 'signalprice', 'ignoretradingwindows', 'trailpercent', 'trailamount', 'timeinforce'];

export const traderspost: Dialect = {
  code: 'traderspost',
  detects: ({ form, fields }) =>
    form === 'object' && fields.has('ticker') && fields.has('action') && (fields.has(...OWN) || isBracket(fields)),
  read: ({ fields }) => {
    const plain = readPlain(fields.without('takeprofit', 'stoploss', 'quantity', 'trailpercent', 'trailamount'));
    const price = fields.number('bad_price', 'limitprice') ?? plain.price ?? fields.number('bad_price', 'signalprice');
    return {
      ...plain,
      ...quantityOf(fields),
      price,
      isEntryPrice: fields.has('limitprice') || plain.orderType === 'limit',
      triggerPrice: fields.maybe('stopprice'),
      stop: levelOf(fields.group('stoploss'), ['stopprice', 'limitprice'], fields, 'stoploss'),
      targets: [levelOf(fields.group('takeprofit'), ['limitprice', 'price'], fields, 'takeprofit')].filter(
        (level) => level !== null,
      ),
      trail: trailOf(fields.group('stoploss') ?? fields),
    };
  },
};

/** Levels as TradersPost nests them. */
function isBracket(fields: Fields): boolean {
  const [stop, target] = [fields.group('stoploss'), fields.group('takeprofit')];
  return (
    (stop?.has('stopprice', 'percent', 'amount', 'trailpercent') === true && !stop.has('lossticks')) ||
    target?.has('limitprice', 'percent', 'amount') === true
  );
}

function quantityOf(fields: Fields): Reading {
  const kind = (fields.remark('quantitytype') ?? '').toLowerCase();
  const { qty, qtyPct } = readQuantity(fields, false);
  if (kind.startsWith('percent')) return { qty: null, qtyPct: qtyPct ?? qty };
  if (kind === 'risk_dollar_amount') return { qty: null, qtyPct: null, risk: qty === null ? null : { dollars: qty } };
  return { qty, qtyPct };
}

function levelOf(group: Fields | undefined, prices: string[], fields: Fields, name: string): Level | null {
  if (group === undefined) {
    const value = fields.maybe(name);
    return value === null ? null : { kind: 'price', value };
  }
  const price = group.maybe(...prices);
  if (price !== null) return { kind: 'price', value: price };
  const percent = group.maybe('percent');
  if (percent !== null) return { kind: 'percent', value: percent };
  const dollar = group.maybe('amount');
  return dollar === null ? null : { kind: 'dollar', value: dollar };
}

function trailOf(group: Fields): Reading['trail'] {
  const percent = group.maybe('trailpercent');
  if (percent !== null) return { unit: 'percent', offset: percent, activation: null, frequency: null };
  const offset = group.maybe('trailamount');
  return offset === null ? null : { unit: 'price', offset, activation: null, frequency: null };
}
