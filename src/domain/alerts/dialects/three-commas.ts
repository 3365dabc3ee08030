/**
 * 3Commas: signal bots on a strategy’s alerts, signal bots on alerts of one’s own, and the older messages to a DCA bot.
 * Keeps: `currency_type` decides what an amount means; `max_lag` and `timestamp` are the alert’s own staleness rule.
 */
import { BadAlert, type Level, type Reading, type Trail } from '../alert.js';
import { Fields, isRecord, shown } from '../fields.js';
import { wordOf } from '../words.js';
import type { Dialect, Given } from './dialect.js';
import { readPlain } from './plain.js';

const CUSTOM = /^(?:enter|exit)_(?:long|short)$|^disable$/i;

const isHead = ({ form, fields }: Given): boolean =>
  form === 'object' && (fields.has('botuuid') || (fields.has('tvinstrument') && fields.has('maxlag')));

const action = (fields: Fields): string => fields.remark('action') ?? '';

export const threeCommas: Dialect = {
  code: '3commas',
  detects: (given) => isHead(given) && !CUSTOM.test(action(given.fields)),
  read: ({ fields }) => ({ ...readPlain(fields), ...headOf(fields), ...amountOf(fields) }),
};

export const threeCommasCustom: Dialect = {
  code: '3commas-custom',
  detects: (given) => isHead(given) && CUSTOM.test(action(given.fields)),
  read: ({ fields }) => {
    const word = wordOf(action(fields));
    const isCancel = /^cancel$/i.test(fields.remark('positionssubaction') ?? '');
    const said = /^disable$/i.test(action(fields)) ? (isCancel ? 'cancel' : 'close') : (word?.said ?? null);
    const intent = said === 'close' || said === 'cancel' ? said : word?.intent;
    const stop = fields.group('stoploss');
    return {
      ...headOf(fields),
      ...amountOf(fields),
      said,
      ...(intent === undefined ? {} : { intent }),
      orderType: fields.remark('orderordertype')?.toLowerCase() ?? null,
      price: fields.number('bad_price', 'orderprice') ?? fields.number('bad_price', 'triggerprice'),
      isEntryPrice: fields.raw('orderprice') !== undefined,
      stop: stop?.flag('enabled') === false ? null : percentStop(stop),
      targets: targetsOf(fields.group('takeprofit')),
      trail: trailOf(stop),
      leverage: null,
    };
  },
};

function headOf(fields: Fields): Reading {
  const lag = fields.maybe('maxlag');
  return {
    symbol: fields.text('tvinstrument', 'ticker', 'symbol', 'pair'),
    exchange: fields.remark('tvexchange', 'exchange'),
    price: fields.number('bad_price', 'triggerprice'),
    secret: fields.remark('secret'),
    time: fields.text('timestamp'),
    isSendTime: true,
    maxLag: lag === null ? null : Number.parseInt(lag, 10),
    strategy: null,
    triggerPrice: null,
    isEntryPrice: false,
  };
}

function amountOf(fields: Fields): Reading {
  const amount = fields.number('bad_quantity', 'orderamount');
  const kind = (fields.remark('ordercurrencytype') ?? '').toLowerCase();
  return kind.endsWith('percent') ? { qty: null, qtyPct: amount } : { qty: amount, qtyPct: null };
}

function percentStop(stop: Fields | undefined): Level | null {
  const percent = stop?.maybe('triggerpricepercent', 'pricepercent') ?? null;
  return percent === null ? null : { kind: 'percent', value: percent.replace('-', '') };
}

function targetsOf(group: Fields | undefined): Level[] {
  if (group === undefined || group.flag('enabled') === false) return [];
  const steps = group.raw('steps');
  if (!Array.isArray(steps)) return [];
  return steps.map((step: unknown) => {
    const fields = new Fields(isRecord(step) ? step : {});
    const percent = fields.number('bad_target', 'pricepercent', 'price');
    if (percent === null) throw new BadAlert('bad_target', 'a step of take_profit has no price_percent');
    const share = fields.maybe('volumepercent');
    return { kind: 'percent', value: percent, ...(share === null ? {} : { share }) };
  });
}

function trailOf(stop: Fields | undefined): Trail | null {
  const trailing = stop?.group('trailing');
  if (trailing === undefined || trailing.flag('enabled') === false) return null;
  const offset = trailing.maybe('percent') ?? stop?.maybe('triggerpricepercent') ?? null;
  return offset === null
    ? null
    : { unit: 'percent', offset: offset.replace('-', ''), activation: null, frequency: null };
}

/** `{ message_type: 'bot', bot_id, email_token, action, pair }`; without an action it starts a deal. */
export const threeCommasBot: Dialect = {
  code: '3commas-bot',
  detects: ({ form, fields }) => form === 'object' && fields.has('messagetype') && fields.has('emailtoken', 'botid'),
  read: ({ fields }) => {
    const text = fields.text('action');
    const word = text === null ? undefined : wordOf(text.replace(/_(?:deal|and_start_deal)$/, ''));
    const isStart = text === null || /^start_(?:deal|bot_and_start_deal)$/i.test(text);
    if (!isStart && word === undefined) throw new BadAlert('unknown_action', `${shown(text)} is no action`);
    return {
      said: isStart ? 'buy' : (word?.said ?? null),
      ...(isStart ? { intent: 'open_long' as const } : word?.intent === undefined ? {} : { intent: word.intent }),
      symbol: fields.text('pair', 'ticker', 'symbol'),
      secret: fields.remark('emailtoken'),
      price: fields.maybe('price', 'triggerprice'),
    };
  },
};
