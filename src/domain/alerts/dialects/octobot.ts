/**
 * OctoBot: `KEY=VALUE` by line or semicolon with `SIGNAL` and `SYMBOL`.
 * Keeps: `STOP_PRICE` is a stop-loss unless the order itself is a stop; ratios of targets are by number.
 */
import { Decimal } from '../../money/decimal.js';
import { BadAlert, type Level, type Reading } from '../alert.js';
import type { Fields } from '../fields.js';
import { decimalOf, percentOf, shown } from '../fields.js';
import { wordOf } from '../words.js';
import type { Dialect } from './dialect.js';
import { positive, readLeverage } from './plain.js';

export const octobot: Dialect = {
  code: 'octobot',
  detects: ({ form, fields }) => form === 'pairs' && fields.has('signal') && fields.has('symbol'),
  read: ({ fields }) => {
    const signal = fields.text('signal');
    const word = signal === null ? undefined : wordOf(signal);
    if (signal === null) throw new BadAlert('no_action', 'SIGNAL is empty');
    if (word === undefined) throw new BadAlert('unknown_action', `${shown(signal)} is no SIGNAL`);
    const orderType = fields.remark('ordertype')?.toLowerCase() ?? null;
    const price = relativeOr(fields.text('price'), 'bad_price');
    const stopText = fields.text('stopprice');
    const stopPercent = stopText === null ? undefined : percentOf(stopText.replace(/^[-+]/, ''));
    const stop = stopPercent === undefined ? relativeOr(stopText, 'bad_stop') : null;
    const isStopOrder = orderType === 'stop' || orderType === 'stop_limit';
    const side = wordOf(fields.remark('paramside') ?? '')?.said;
    return {
      ...word,
      symbol: fields.text('symbol'),
      exchange: fields.remark('exchange'),
      orderType,
      ...volumeOf(fields.text('volume')),
      price: price === null ? null : positive(price, 'bad_price'),
      isEntryPrice: orderType !== null && orderType !== 'market',
      stop: stopOf(stop, stopPercent, isStopOrder),
      triggerPrice: isStopOrder ? (stop ?? price) : null,
      targets: targetsOf(fields),
      isReduceOnly: fields.flag('reduceonly') === true,
      leverage: readLeverage(fields.text('leverage')),
      tag: fields.remark('tag'),
      secret: fields.remark('token'),
      cancelsSide: side === 'buy' || side === 'sell' ? side : null,
    };
  },
};

/** A price; null for what is relative to a price that only the venue knows (`-2%`). */
function relativeOr(text: string | null, code: 'bad_price' | 'bad_stop'): string | null {
  if (text === null || percentOf(text) !== undefined) return null;
  const value = decimalOf(text);
  if (value === undefined) throw new BadAlert(code, `${shown(text)} is no price`);
  return value;
}

function stopOf(price: string | null, percent: string | undefined, isStopOrder: boolean): Level | null {
  if (isStopOrder) return null;
  if (percent !== undefined) return { kind: 'percent', value: percent };
  return price === null ? null : { kind: 'price', value: price };
}

/** `0.1`, `10%`, and letters for shares of what is there: `10a%`, `50p%`. */
function volumeOf(text: string | null): Pick<Reading, 'qty' | 'qtyPct'> {
  if (text === null) return { qty: null, qtyPct: null };
  const share = /^([\d.]{1,20})[a-z]?%$/i.exec(text)?.[1];
  const qtyPct = share === undefined ? percentOf(text) : decimalOf(share);
  if (qtyPct !== undefined) return { qty: null, qtyPct };
  const qty = decimalOf(text.replace(/[a-z]$/i, ''));
  if (qty === undefined) throw new BadAlert('bad_quantity', `${shown(text)} is no VOLUME`);
  return { qty: positive(qty, 'bad_quantity'), qtyPct: null };
}

function targetsOf(fields: Fields): Level[] {
  const levels: Level[] = [];
  for (const suffix of ['', ...Array.from({ length: 10 }, (_, index) => String(index + 1))]) {
    const text = fields.text(`takeprofitprice${suffix}`);
    if (text === null) continue;
    const percent = percentOf(text);
    const value = percent ?? decimalOf(text);
    if (value === undefined) throw new BadAlert('bad_target', `${shown(text)} is no price`);
    const share = fields.maybe(`takeprofitvolumeratio${suffix}`);
    const kind = percent === undefined ? 'price' : 'percent';
    levels.push(share === null ? { kind, value } : { kind, value, share });
  }
  return inPercent(levels);
}

/** Ratios are of each other; the last takes what rounding leaves. */
function inPercent(levels: readonly Level[]): Level[] {
  const ratios = levels.map(({ share }) => (share === undefined ? Decimal.ZERO : Decimal.of(share)));
  const total = Decimal.sum(ratios);
  if (ratios.some((ratio) => !ratio.isPositive)) return levels.map(({ kind, value }) => ({ kind, value }));
  let left = Decimal.HUNDRED;
  return levels.map(({ kind, value }, index) => {
    const ratio = ratios[index] ?? Decimal.ZERO;
    const isLast = index === levels.length - 1;
    const share = isLast ? left : ratio.times(Decimal.HUNDRED).dividedBy(total, 2, 'floor');
    left = left.minus(share);
    return { kind, value, share: share.toString() };
  });
}
