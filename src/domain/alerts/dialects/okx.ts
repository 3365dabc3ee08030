/**
 * OKX signal bots: form A (buy or sell with the strategy’s positions), form B (`ENTER_LONG` … with an order).
 * Keeps: `maxLag` is 60 seconds where unsaid; `id` is the strategy’s name for the order, not of the alert.
 */
import { type Reading } from '../alert.js';
import type { Fields } from '../fields.js';
import type { Dialect } from './dialect.js';
import { readPosition, readWord } from './plain.js';

const USUAL_LAG = 60;

export const okx: Dialect = {
  code: 'okx',
  detects: ({ form, fields }) =>
    form === 'object' && (fields.has('signaltoken') || (fields.has('instrument') && fields.has('investmenttype'))),
  read: ({ fields }) => {
    const position = readPosition(fields, ['marketposition']);
    const word = readWord(fields, 'any', position !== null);
    const lag = fields.maybe('maxlag');
    return {
      ...(word ?? {}),
      said: word?.said ?? null,
      symbol: fields.text('instrument', 'symbol', 'ticker'),
      exchange: 'okx',
      position,
      prevPosition: readPosition(fields, ['prevmarketposition']),
      sizeAfter: fields.maybe('marketpositionsize'),
      sizeBefore: fields.maybe('prevmarketpositionsize'),
      secret: fields.remark('signaltoken'),
      time: fields.text('timestamp'),
      isSendTime: true,
      maxLag: lag === null ? USUAL_LAG : Number.parseInt(lag, 10),
      tag: fields.remark('id'),
      orderType: fields.remark('ordertype')?.toLowerCase() ?? null,
      ...amountOf(fields),
    };
  },
};

function amountOf(fields: Fields): Reading {
  const amount = fields.number('bad_quantity', 'amount');
  const kind = (fields.remark('investmenttype') ?? '').toLowerCase();
  return kind.startsWith('percentage') ? { qty: null, qtyPct: amount } : { qty: amount, qtyPct: null };
}
