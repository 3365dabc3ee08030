/**
 * Just.Trades: futures alerts as objects, form fields or pairs, with levels in ticks, dollars, percent or prices.
 * Keeps: a quantity is a whole number of contracts; only the words of its own table are actions.
 */
import { Decimal } from '../../money/decimal.js';
import { BadAlert } from '../alert.js';
import type { Fields } from '../fields.js';
import { futuresOf } from '../pair.js';
import type { Dialect } from './dialect.js';
import { readPlain, SYMBOL } from './plain.js';

const OWN = [
  'recorder',
  'slticks',
  'tpticks',
  'dollarsl',
  'sldollar',
  'dollartp',
  'tpdollar',
  'riskdollars',
  'reduceqty',
  'trailtrigger',
  'trailstart',
  'premium',
  'optionpremium',
  'samedirectionignore',
];

export const justTrades: Dialect = {
  code: 'just-trades',
  detects: ({ form, fields }) => form !== 'line' && (fields.has(...OWN) || isFuture(fields)),
  read: ({ fields }) => {
    const reading = readPlain(fields, 'strict');
    const { qty = null, reduceQty = null } = reading;
    for (const count of [qty, reduceQty]) {
      if (count === null || Decimal.of(count).rounded(0, 'floor').eq(Decimal.of(count))) continue;
      throw new BadAlert('bad_quantity', `${count} is no whole number of contracts`);
    }
    return reading;
  },
};

/** `BTC` and `ETH` alone are coins as well as contracts. */
function isFuture(fields: Fields): boolean {
  const symbol = fields.remark(...SYMBOL);
  return symbol !== null && !/^(?:BTC|ETH)$/i.test(symbol) && futuresOf(symbol) !== undefined;
}
