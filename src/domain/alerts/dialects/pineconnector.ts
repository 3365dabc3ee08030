/**
 * PineConnector: `license,command,symbol,key=value,…` on one line.
 * Keeps: the license is a secret like any other; prices and distances are told apart by the key (`sl_pips`); two ways of
 * saying the quantity are refused.
 */
import { BadAlert, type AlertIntent, type AlertWord, type Level, type Reading } from '../alert.js';
import { Fields, placeholdersIn, shown } from '../fields.js';
import { readStop, readTargets } from '../levels.js';
import { plainName, wordOf } from '../words.js';
import type { Dialect, Given } from './dialect.js';

interface Command {
  readonly said: AlertWord;
  readonly intent?: AlertIntent;
  readonly orderType?: string;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  buylimit: { said: 'buy', intent: 'open_long', orderType: 'limit' },
  buystop: { said: 'buy', intent: 'open_long', orderType: 'stop' },
  selllimit: { said: 'sell', intent: 'open_short', orderType: 'limit' },
  sellstop: { said: 'sell', intent: 'open_short', orderType: 'stop' },
  closelongvol: { said: 'close_long', intent: 'close_long' },
  closeshortvol: { said: 'close_short', intent: 'close_short' },
  closelongpct: { said: 'reduce', intent: 'reduce_long' },
  closeshortpct: { said: 'reduce', intent: 'reduce_short' },
  closelongshort: { said: 'close', intent: 'close' },
  clol: { said: 'buy', intent: 'restart_long' },
  csos: { said: 'sell', intent: 'restart_short' },
  clos: { said: 'sell', intent: 'reverse_to_short' },
  csol: { said: 'buy', intent: 'reverse_to_long' },
  clsol: { said: 'buy', intent: 'restart_long' },
  clsos: { said: 'sell', intent: 'restart_short' },
  closelongbuy: { said: 'buy', intent: 'restart_long' },
  closelongsell: { said: 'sell', intent: 'reverse_to_short' },
  closeshortbuy: { said: 'buy', intent: 'reverse_to_long' },
  closeshortsell: { said: 'sell', intent: 'restart_short' },
  closelongopenlong: { said: 'buy', intent: 'restart_long' },
  closelongopenshort: { said: 'sell', intent: 'reverse_to_short' },
  closeshortopenlong: { said: 'buy', intent: 'reverse_to_long' },
  closeshortopenshort: { said: 'sell', intent: 'restart_short' },
  ol: { said: 'buy', intent: 'open_long' },
  os: { said: 'sell', intent: 'open_short' },
  cl: { said: 'close_long', intent: 'close_long' },
  cs: { said: 'close_short', intent: 'close_short' },
  cls: { said: 'close', intent: 'close' },
  newsltplong: { said: 'modify', intent: 'modify' },
  newsltpshort: { said: 'modify', intent: 'modify' },
  newsltpbuystop: { said: 'modify', intent: 'modify' },
  newsltpsellstop: { said: 'modify', intent: 'modify' },
};

const cellsOf = ({ text }: Given): string[] => text.split(',').map((cell) => cell.trim());

const isLicense = (cell: string): boolean => /^[A-Z0-9_-]{4,64}$/i.test(cell) && wordOf(cell) === undefined;

export const pineconnector: Dialect = {
  code: 'pineconnector',
  detects: (given) => {
    const cells = cellsOf(given);
    const [license = '', command = '', symbol = ''] = cells;
    if (given.form === 'object' || cells.length < 3 || license.includes('=') || command.includes('=')) return false;
    const isOption = cells.slice(3).some((cell) => cell.includes('='));
    return isLicense(license) && symbol !== '' && !symbol.includes('=') && (/^\d{8,}$/.test(license) || isOption);
  },
  read: (given) => {
    const [license = '', text = '', symbol = '', ...rest] = cellsOf(given);
    const unfilled = placeholdersIn([text, symbol].join(' '));
    if (unfilled.length > 0) throw new BadAlert('unfilled_placeholders', `${unfilled.join(', ')} was not filled in`);
    const command: Command | undefined = COMMANDS[plainName(text)] ?? wordOf(text);
    if (command === undefined) throw new BadAlert('unknown_action', `${shown(text)} is no command`);
    return { license, symbol, ...command, ...optionsOf(new Fields(pairsOf(rest)), command) };
  },
};

function pairsOf(cells: readonly string[]): Record<string, unknown> {
  const entries = cells.flatMap((cell) => {
    const at = cell.indexOf('=');
    return at < 1 ? [] : [[cell.slice(0, at).trim(), cell.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(entries);
}

const VOLUMES = ['vollots', 'lots', 'vol', 'volume', 'voldollar', 'volpctbalequity', 'volpctballoss', 'risk'];

function optionsOf(fields: Fields, { said }: Command): Reading {
  const named = VOLUMES.filter((name) => fields.has(name));
  if (named.length > 1) throw new BadAlert('duplicate_quantity', `${named.join(' and ')} both say the quantity`);
  const way = said === 'buy' ? 'long' : said === 'sell' ? 'short' : null;
  const share = said === 'reduce' ? fields.maybe('closepct', 'pct', 'risk') : null;
  const risk = fields.maybe('risk', 'volpctballoss');
  const price = fields.number('bad_price', 'price', 'entry', 'entryprice');
  return {
    qty: fields.number('bad_quantity', 'vollots', 'lots', 'vol', 'volume'),
    qtyPct: share ?? fields.maybe('volpctbalequity'),
    risk: risk === null || said === 'reduce' ? null : { percent: risk },
    price,
    isEntryPrice: price !== null,
    stop: distance(readStop(fields, way)),
    targets: readTargets(fields, way).map((level) => distance(level) ?? level),
    comment: fields.remark('comment'),
    secret: fields.remark('secret'),
    cancelsSide: null,
  };
}

/** Without a unit in its name a level is a price here. */
function distance(level: Level | null): Level | null {
  return level?.kind === 'bare' ? { ...level, kind: 'price' } : level;
}
