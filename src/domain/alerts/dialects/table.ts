/**
 * All dialects, in the order in which they are tried: what has marks of its own before what is plain.
 * Keeps: every body of objects, pairs or lines belongs to one; `plain` takes what nobody else knows.
 */
import type { DialectCode } from '../alert.js';
import { alertatron } from './alertatron.js';
import type { Dialect, Given } from './dialect.js';
import { finandy } from './finandy.js';
import { justTrades } from './just-trades.js';
import { justTradesLine, orderFill, plainLine } from './lines.js';
import { octobot } from './octobot.js';
import { okx } from './okx.js';
import { pineconnector } from './pineconnector.js';
import { readPlain } from './plain.js';
import { alertatronLite, alertsProcessor, altrady, autoview, cornix } from './short-forms.js';
import { threeCommas, threeCommasBot, threeCommasCustom } from './three-commas.js';
import { traderspost } from './traderspost.js';
import { wundertrading } from './wundertrading.js';

const plainObject: Dialect = {
  code: 'plain',
  detects: ({ form }) => form !== 'line',
  read: ({ fields }) => readPlain(fields),
};

const TABLE: readonly Dialect[] = [
  threeCommasCustom,
  threeCommas,
  threeCommasBot,
  wundertrading,
  okx,
  finandy,
  altrady,
  cornix,
  alertsProcessor,
  alertatronLite,
  traderspost,
  alertatron,
  justTradesLine,
  pineconnector,
  octobot,
  autoview,
  justTrades,
];

/** These come where no action stands in a field of its own. */
const LAST: readonly Dialect[] = [plainLine, plainObject];

/** The dialect of a part; `wanted` where its source is set to one, which counts unless the part cannot be of it. */
export function dialectOf(given: Given, wanted: DialectCode | null = null): Dialect {
  const isSentence =
    given.form === 'line' || !given.fields.has('action', 'side', 'signal', 'orderaction', 'strategyorderaction');
  const all = [...(isSentence ? [orderFill] : []), ...TABLE, ...LAST];
  const own = wanted === null ? undefined : all.find(({ code, detects }) => code === wanted && detects(given));
  const found = own ?? all.find(({ detects }) => detects(given));
  if (found === undefined) throw new Error('a part of an alert belongs to no dialect');
  return found;
}
