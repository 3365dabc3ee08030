/**
 * Finandy: a hook’s name and secret, symbol and side, and blocks `open`, `dca`, `close`, `sl`, `slx`, `tp`.
 * Keeps: without `open` nothing is opened; `close` closes; blocks of levels alone change a trade that runs. Modes other
 * than prices and percentages are noted, not guessed.
 */
import { BadAlert, type Level, type Reading } from '../alert.js';
import { decimalOf, Fields, isRecord, percentOf } from '../fields.js';
import type { Dialect } from './dialect.js';
import { readLeverage, readMarginMode, readTime } from './plain.js';
import { positionOf } from '../words.js';

const BLOCKS = ['open', 'dca', 'close', 'sl', 'slx', 'tp'];

export const finandy: Dialect = {
  code: 'finandy',
  detects: ({ form, fields }) =>
    form === 'object' &&
    fields.has('symbol') &&
    BLOCKS.some((name) => isRecord(fields.raw(name))) &&
    (fields.has('secret') || isRecord(fields.raw('open'))),
  read: ({ fields }) => {
    const open = enabled(fields.group('open'));
    const side = fields.text('side', 'positionside');
    const way = side === null ? undefined : positionOf(side);
    return {
      ...actionOf(fields, way, open !== undefined),
      symbol: fields.text('symbol'),
      strategy: fields.remark('name'),
      secret: fields.remark('secret'),
      ...readTime(fields),
      ...(open === undefined ? {} : entryOf(open)),
      stop: levelOf(enabled(fields.group('sl')), 'bad_stop'),
      targets: targetsOf(enabled(fields.group('tp'))),
      leverage: readLeverage(open?.text('leverage') ?? fields.text('leverage')),
      marginMode: readMarginMode(fields.remark('margintype', 'marginmode')),
    };
  },
};

const enabled = (group: Fields | undefined): Fields | undefined =>
  group?.flag('enabled') === false ? undefined : group;

function actionOf(fields: Fields, way: string | undefined, opens: boolean): Reading {
  const isLong = way === 'long';
  if (opens) {
    if (way === undefined) throw new BadAlert('no_action', 'open needs a side');
    return { said: isLong ? 'buy' : 'sell', intent: isLong ? 'open_long' : 'open_short' };
  }
  if (enabled(fields.group('close')) !== undefined) {
    if (way === undefined) return { said: 'close', intent: 'close' };
    // The side is the order’s, which closes the other one; words for positions name the one that closes.
    const isOrder = /^(?:buy|sell)$/i.test(fields.remark('side') ?? '');
    const closesLong = isOrder ? !isLong : isLong;
    return closesLong ? { said: 'close_long', intent: 'close_long' } : { said: 'close_short', intent: 'close_short' };
  }
  if (fields.has('sl', 'slx', 'tp')) return { said: 'modify', intent: 'modify' };
  if (enabled(fields.group('dca')) !== undefined) return { said: 'add' };
  throw new BadAlert('no_action', 'it neither opens nor closes anything');
}

function entryOf(open: Fields): Reading {
  const scaled = open.group('scaled');
  const bounds = scaled === undefined ? [] : [boundOf(scaled.group('price1')), boundOf(scaled.group('price2'))];
  const entries = bounds.filter((bound) => bound !== null);
  const price = open.maybe('price');
  const amount = open.text('amount', 'qty', 'quantity');
  const share = amount === null ? undefined : percentOf(amount);
  return {
    price: price ?? entries[0] ?? null,
    isEntryPrice: price !== null || entries.length > 0,
    entries: entries.length === 2 ? entries : [],
    entriesAre: 'zone',
    orderType:
      open.remark('ordertype', 'type')?.toLowerCase() ?? (price === null && entries.length === 0 ? 'market' : 'limit'),
    qty: share === undefined && amount !== null ? (decimalOf(amount) ?? null) : null,
    qtyPct: share ?? null,
  };
}

/** `{ mode: 'value', value }`; other modes are relative to what only the venue knows. */
function boundOf(bound: Fields | undefined): string | null {
  if (bound === undefined) return null;
  const mode = (bound.remark('mode') ?? 'value').toLowerCase();
  return ['value', 'price', 'fixed', 'abs'].includes(mode) ? bound.maybe('value', 'price') : null;
}

function levelOf(group: Fields | undefined, what: 'bad_stop' | 'bad_target'): Level | null {
  if (group === undefined) return null;
  const price = group.text('price', 'triggerprice');
  if (price !== null) {
    const [percent, value] = [percentOf(price), decimalOf(price)];
    if (percent !== undefined) return { kind: 'percent', value: percent };
    if (value === undefined) throw new BadAlert(what, 'a level has no price');
    return { kind: 'price', value };
  }
  const percent = group.maybe('ofs', 'offset', 'percent');
  return percent === null ? null : { kind: 'percent', value: percent.replace('-', '') };
}

function targetsOf(group: Fields | undefined): Level[] {
  const orders = group?.raw('orders');
  const list = isRecord(orders) || Array.isArray(orders) ? Object.values(orders) : [];
  const levels = list.flatMap((item) => {
    const fields = new Fields(isRecord(item) ? item : {});
    const level = levelOf(fields, 'bad_target');
    const share = fields.maybe('piece', 'amount');
    return level === null ? [] : [share === null ? level : { ...level, share }];
  });
  const one = list.length === 0 ? levelOf(group, 'bad_target') : null;
  return one === null ? levels : [one];
}
