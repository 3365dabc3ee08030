/**
 * Small dialects of objects and pairs: Alertatron Lite, Altrady, TradingView Alerts Processor, Autoview, Cornix as JSON.
 * Keeps: each is the plain dialect with a few meanings of its own.
 */
import type { PlanSpec } from '../../plan/parse-plan.js';
import { type AlertIntent, BadAlert, type Level, type Reading } from '../alert.js';
import { decimalOf, Fields, percentOf, shown } from '../fields.js';
import { combined, plainName, positionOf, wordOf } from '../words.js';
import type { Dialect } from './dialect.js';
import { readLeverage, readMarginMode, readPlain, readQuantity } from './plain.js';

/** `side: long | short | close`; levels are prices, or percentages as offsets. */
export const alertatronLite: Dialect = {
  code: 'alertatron-lite',
  detects: ({ form, fields }) =>
    form !== 'line' &&
    fields.has('side') &&
    fields.has('closeexisting', 'usehedgemode', 'stoplossoffset', 'takeprofitoffset'),
  read: ({ fields }) => {
    const plain = readPlain(fields.without('entry', 'stoplossoffset', 'takeprofitoffset'));
    const stop = fields.text('stoplossoffset');
    const target = fields.text('takeprofitoffset');
    const intents: Readonly<Record<string, AlertIntent>> = { buy: 'reverse_to_long', sell: 'reverse_to_short' };
    const closes = fields.flag('closeexisting') === true ? intents[plain.said ?? ''] : undefined;
    return {
      ...plain,
      ...(closes === undefined ? {} : { intent: closes }),
      orderType: plain.orderType ?? fields.remark('entry')?.toLowerCase() ?? null,
      stop: plain.stop ?? (stop === null ? null : offsetOf(stop)),
      targets: target === null || (plain.targets ?? []).length > 0 ? (plain.targets ?? []) : [offsetOf(target)],
    };
  },
};

/** In percent from the entry, with or without the sign for it. */
function offsetOf(text: string): Level {
  const level = levelOf(text.replace(/^-/, ''));
  return { ...level, kind: 'percent' };
}

/** `api_key`, `api_secret` and an action on a position or a bot. */
export const altrady: Dialect = {
  code: 'altrady',
  detects: ({ form, fields }) =>
    form === 'object' && fields.has('apikey') && fields.has('apisecret') && fields.has('action'),
  read: ({ fields }) => {
    const action = fields.text('action') ?? '';
    const side = fields.text('side', 'direction', 'positionside');
    // Where no side is said, a spot position is meant, which is long.
    const word = side === null ? unsided(action) : (combined(action, side) ?? wordOf(action));
    if (word === undefined) throw new BadAlert('unknown_action', `${shown(action)} is no action`);
    const plain = readPlain(fields.without('action', 'side', 'direction', 'signal'));
    return {
      ...plain,
      intent: undefined,
      ...word,
      secret: fields.remark('apisecret'),
      license: fields.remark('apikey'),
    };
  },
};

const OPENS: Readonly<Record<string, Pick<Reading, 'said' | 'intent'>>> = {
  open: { said: 'buy', intent: 'open_long' },
  start_and_open: { said: 'buy', intent: 'open_long' },
  stop_and_close: { said: 'close', intent: 'close' },
  increase: { said: 'add' },
};

function unsided(action: string): Pick<Reading, 'said' | 'intent'> | undefined {
  return OPENS[action.toLowerCase()] ?? wordOf(action);
}

/** `{ stub, direction, symbol, size, mode }`. */
export const alertsProcessor: Dialect = {
  code: 'alerts-processor',
  detects: ({ form, fields }) => form === 'object' && fields.has('stub') && fields.has('direction'),
  read: ({ fields }) => {
    const plain = readPlain(fields);
    const way = plain.said === 'buy' ? 'long' : plain.said === 'sell' ? 'short' : null;
    const isReverse = /^reverse$/i.test(fields.remark('mode') ?? '');
    const share = plain.said === 'close' ? plain.qtyPct : null;
    return {
      ...plain,
      ...(way !== null && isReverse ? { intent: `reverse_to_${way}` as const } : {}),
      // A part of the position is closed.
      ...(share !== null && share !== undefined && share !== '100' ? { intent: 'reduce' as const } : {}),
    };
  },
};

/** Autoview: `e=binance s=btcusdt b=buy q=10% t=market l=5 p=3%`. */
export const autoview: Dialect = {
  code: 'autoview',
  detects: ({ form, fields }) => form === 'pairs' && fields.has('s') && (fields.has('b') || fields.has('c')),
  read: ({ fields }) => {
    const side = fields.text('b', 'side');
    const cancels = fields.text('c');
    const word = side === null ? undefined : wordOf(side);
    if (cancels === null && word === undefined) throw new BadAlert('unknown_action', `${shown(side ?? '')} is no side`);
    const target = fields.text('tp');
    const stop = fields.text('sl', 'fsl');
    const closes = cancels === null ? undefined : ({ said: cancelled(cancels), intent: cancelled(cancels) } as const);
    return {
      ...(closes ?? word),
      symbol: fields.text('s'),
      exchange: fields.remark('e'),
      account: fields.remark('a'),
      orderType: fields.remark('t')?.toLowerCase() ?? null,
      ...readQuantity(new Fields({ qty: fields.text('q') }), false),
      price: priceOf(fields.text('p', 'fp')),
      isEntryPrice: true,
      leverage: readLeverage(fields.text('l')),
      stop: stop === null ? null : levelOf(stop),
      targets: target === null ? [] : [levelOf(target)],
      isReduceOnly: fields.flag('ro') === true,
    };
  },
};

function levelOf(text: string): Level {
  const percent = percentOf(text);
  const value = percent ?? decimalOf(text);
  if (value === undefined) throw new BadAlert('bad_target', `${shown(text)} is no price`);
  return { kind: percent === undefined ? 'price' : 'percent', value };
}

/** `@64000` or `64000`; a percentage is from a price that only the venue knows. */
function priceOf(text: string | null): string | null {
  return text === null ? null : (decimalOf(text.replace(/^@/, '')) ?? null);
}

const cancelled = (what: string): 'close' | 'cancel' => (/^position$/i.test(what) ? 'close' : 'cancel');

/** Cornix’s fields as JSON. */
export const cornix: Dialect = {
  code: 'cornix',
  detects: ({ form, fields }) =>
    form === 'object' && fields.has('pair') && fields.has('takeprofittargets', 'signaltype', 'stoptargets'),
  read: ({ fields }) => {
    const own = fields.remark('side', 'direction', 'tradesignalside') ?? '';
    const kind = fields.remark('signaltype') ?? '';
    const named = /\((long|short)\)/i.exec(kind)?.[1] ?? own;
    const way = positionOf(named);
    if (way === undefined || way === 'flat')
      throw new BadAlert('no_action', 'neither signal_type nor side names a side');
    const size = fields.text('positionsize', 'amount', 'amountpertrade', 'tradesignalsize');
    const plain = readPlain(fields.without('signaltype', 'positionsize', 'tradesignal', 'trailingconfiguration'));
    const isLong = way === 'long';
    const isMarket = /current price|market/i.test(fields.remark('entrytype') ?? '');
    return {
      ...plain,
      said: isLong ? 'buy' : 'sell',
      intent: isLong ? 'open_long' : 'open_short',
      qty: null,
      qtyPct: size === null ? null : (percentOf(size) ?? null),
      sizeAfter: null,
      position: null,
      strategy: fields.remark('strategy', 'strategyname'),
      orderType: isMarket ? 'market' : (plain.orderType ?? null),
      ...(isMarket ? {} : entriesOf(fields.raw('entrytargets', 'entries'), plain)),
      leverage: readLeverage(fields.text('leverage')),
      marginMode: readMarginMode(fields.remark('leverage')),
      tag: fields.remark('tag', 'tradesignaltag'),
      plan: trailingOf(fields.group('trailingconfiguration')),
    };
  },
};

/** `{ 1: 3000, 2: 3050 }` or a list. */
function entriesOf(value: unknown, plain: Reading): Reading {
  const items = typeof value === 'object' && value !== null ? Object.values(value) : [];
  const entries = items.map((item) => decimalOf(String(item))).filter((price) => price !== undefined);
  if (entries.length < items.length) throw new BadAlert('bad_price', 'an entry has no price');
  return entries.length === 0 ? {} : { price: plain.price ?? entries[0] ?? null, isEntryPrice: true, entries };
}

const STOP_MOVES: Readonly<Record<string, 'BREAKEVEN' | 'MOVING_TARGET' | 'MOVING_2_TARGET'>> = {
  breakeven: 'BREAKEVEN',
  movingtarget: 'MOVING_TARGET',
  moving2target: 'MOVING_2_TARGET',
};

/** `{ take_profit: 'Percentage (0.5%)', stop: 'Moving Target', trigger: 'Target (1)' }` */
function trailingOf(group: Fields | undefined): PlanSpec {
  const behind = /\(([\d.]{1,8})%\)/.exec(group?.remark('takeprofit') ?? '')?.[1];
  const action = STOP_MOVES[plainName(group?.remark('stop') ?? '')];
  const trigger = /\((\d{1,2})\)/.exec(group?.remark('trigger') ?? '')?.[1];
  return {
    ...(behind === undefined ? {} : { 'targets.trailing_percent': behind }),
    ...(action === undefined || trigger === undefined
      ? {}
      : { 'stop.rules': [{ action, at_target: Number.parseInt(trigger, 10) }] }),
  };
}
