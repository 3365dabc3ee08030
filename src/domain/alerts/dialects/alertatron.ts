/**
 * Alertatron’s scripts: `Keys(SYMBOL) { market(side=buy, amount=1); stopOrder(side=sell, amount=100%p, offset=e2%); } #bot`.
 * Keeps: the first order is what the script is about, orders behind it on the other side are its stop and targets; what
 * cannot be carried out as one trade (several entries, conditions other than on the position) is refused.
 */
import { type Alert, BadAlert, type Level, type PositionSide, type Reading } from '../alert.js';
import { decimalOf, percentOf, placeholdersIn, shown } from '../fields.js';
import type { Dialect } from './dialect.js';

interface Command {
  readonly name: string;
  readonly args: ReadonlyMap<string, string>;
}

const HEAD = /^([\w.-]{1,60})\(([^()\n]{1,60})\)\s{0,20}\{/;

export const alertatron: Dialect = {
  code: 'alertatron',
  detects: ({ form, text }) => form !== 'object' && HEAD.test(text) && text.includes('}'),
  read: ({ text }) => {
    const unfilled = placeholdersIn(text);
    if (unfilled.length > 0) throw new BadAlert('unfilled_placeholders', `${unfilled.join(', ')} was not filled in`);
    const match = HEAD.exec(text);
    const end = text.lastIndexOf('}');
    if (match === null || end === -1) throw new BadAlert('unparseable_body', 'the script has no end');
    const body = text.slice(match[0].length, end);
    if (body.includes('{')) throw new BadAlert('unparseable_body', 'one script at a time');
    const commands = commandsOf(body);
    const tag = /#([\w-]{1,60})/.exec(text.slice(end))?.[1] ?? null;
    return { account: match[1] ?? null, symbol: (match[2] ?? '').trim(), tag, ...meaningOf(commands) };
  },
};

function commandsOf(body: string): Command[] {
  const bare = body
    .split('\n')
    .map((line) => line.split('//')[0]?.split(/(?:^|\s)#/)[0] ?? '')
    .join('\n');
  const commands: Command[] = [];
  for (const piece of bare.split(';').map((item) => item.trim())) {
    if (piece === '') continue;
    const match = /^(\w{1,40})\(([^()]{0,400})\)$/s.exec(piece);
    if (match === null) throw new BadAlert('unparseable_body', `${shown(piece)} is no command`);
    const args = (match[2] ?? '').split(',').flatMap((arg): [string, string][] => {
      const at = arg.indexOf('=');
      return at === -1 ? [] : [[arg.slice(0, at).trim().toLowerCase(), arg.slice(at + 1).trim()]];
    });
    commands.push({ name: (match[1] ?? '').toLowerCase(), args: new Map(args) });
  }
  return commands;
}

const ENTRIES = ['market', 'limit', 'limitonly', 'aggressive', 'aggressiveentry', 'stopormarketorder', 'waitinglimit'];
const STOPS = ['stoporder', 'stopormarketorder', 'stoploss'];
const IDLE = [
  'wait',
  'cancel',
  'continue',
  'stop',
  'notify',
  'exchangesettings',
  'oncancelsother',
  'onecancelsother',
  'balance',
];

function meaningOf(commands: readonly Command[]): Reading {
  const orders = commands.filter(({ name }) => !IDLE.includes(name));
  const onlyIf = conditionsOf(commands);
  const [main, ...others] = orders;
  if (main === undefined) {
    if (!commands.some(({ name }) => name === 'cancel')) throw new BadAlert('no_action', 'the script orders nothing');
    const which = commands.find(({ name }) => name === 'cancel')?.args.get('which') ?? '';
    const side = /^buys?$/i.test(which) ? 'buy' : /^sells?$/i.test(which) ? 'sell' : null;
    return { said: 'cancel', intent: 'cancel', cancelsSide: side, onlyIf };
  }
  if (!ENTRIES.includes(main.name)) return { ...protections(orders, null), said: 'modify', intent: 'modify', onlyIf };
  const said = sideOf(main);
  const rest = protections(others, said === 'buy' ? 'sell' : said === 'sell' ? 'buy' : null);
  return { ...rest, ...orderOf(main, said), onlyIf };
}

function sideOf({ args }: Command): 'buy' | 'sell' | 'close' {
  const side = args.get('side')?.toLowerCase();
  if (side === 'buy' || side === 'sell') return side;
  const position = args.get('position');
  const target = position === undefined ? undefined : decimalOf(position.replace(/[%a-z]{1,4}$/i, ''));
  if (target === undefined) throw new BadAlert('no_action', 'an order has neither side nor position');
  return target === '0' ? 'close' : target.startsWith('-') ? 'sell' : 'buy';
}

function orderOf({ name, args }: Command, said: 'buy' | 'sell' | 'close'): Reading {
  if (said === 'close') return { said, intent: 'close', position: 'flat', orderType: 'market' };
  const amount = args.get('amount') ?? '';
  const share = percentIn(amount);
  const ofPosition = /%p$/i.test(amount);
  const isReduceOnly = args.get('reduceonly')?.toLowerCase() === 'true' || ofPosition;
  const offset = args.get('offset') ?? '';
  const price = offset.startsWith('@') ? (decimalOf(offset.slice(1)) ?? null) : null;
  const target = args.get('position');
  return {
    said,
    ...(isReduceOnly ? closing(said, share) : {}),
    orderType: name === 'market' || offset === '' || offset === '0' ? 'market' : 'limit',
    qty: share === undefined ? (decimalOf(amount) ?? null) : null,
    qtyPct: share ?? null,
    price,
    isEntryPrice: price !== null,
    isReduceOnly,
    position: target === undefined ? null : said === 'buy' ? 'long' : 'short',
    sizeAfter: target === undefined ? null : (decimalOf(target) ?? null),
  };
}

function closing(said: 'buy' | 'sell', share: string | undefined): Reading {
  const way = said === 'sell' ? 'long' : 'short';
  return share === undefined || share === '100'
    ? { said: `close_${way}`, intent: `close_${way}` }
    : { said: 'reduce', intent: `reduce_${way}` };
}

/** Orders behind the main one: its stop, its targets, its trailing stop. */
function protections(orders: readonly Command[], side: 'buy' | 'sell' | null): Reading {
  let [stop, trail]: [Level | null, Alert['trail']] = [null, null];
  const targets: Level[] = [];
  for (const { name, args } of orders) {
    const own = args.get('side')?.toLowerCase();
    if (side !== null && own !== undefined && own !== side)
      throw new BadAlert('unparseable_body', 'several entries in one script');
    const offset = args.get('offset') ?? args.get('trailingoffset') ?? '';
    if (name === 'trailingstop' || name === 'trailingstoploss') trail = trailOf(offset);
    else if (STOPS.includes(name)) stop = levelOf(offset, 'bad_stop');
    else if (name === 'limit' || name === 'takeprofit')
      targets.push(withShare(levelOf(offset, 'bad_target'), args.get('amount')));
    else throw new BadAlert('unparseable_body', `${shown(name)} is not carried out here`);
  }
  return { stop, targets, trail };
}

/** `@105` is a price, `e2%` and `2%` are percentages from the entry, a number is a distance. */
function levelOf(offset: string, code: 'bad_stop' | 'bad_target'): Level {
  const text = offset.replace(/^e/i, '').replace(/^-/, '');
  const percent = percentIn(text);
  const value = percent ?? decimalOf(text.replace(/^@/, ''));
  if (value === undefined) throw new BadAlert(code, `${shown(offset)} is no offset`);
  return { kind: percent !== undefined ? 'percent' : text.startsWith('@') ? 'price' : 'distance', value };
}

function withShare(level: Level, amount: string | undefined): Level {
  const share = percentIn(amount ?? '');
  return share === undefined ? level : { ...level, share };
}

const percentIn = (text: string): string | undefined => percentOf(text.replace(/%[a-z]{1,2}$/i, '%'));

function trailOf(offset: string): Alert['trail'] {
  const level = levelOf(offset, 'bad_stop');
  const unit = level.kind === 'percent' ? 'percent' : 'price';
  return { unit, offset: level.value, activation: null, frequency: null };
}

const CONDITIONS: Readonly<Record<string, readonly PositionSide[]>> = {
  positionlong: ['long'],
  positionshort: ['short'],
  positionnone: ['flat'],
  positionflat: ['flat'],
  position: ['long', 'short'],
  positionopen: ['long', 'short'],
};

/** `continue(if=…)` and `stop(if=…)` at the beginning; null where there is none. */
function conditionsOf(commands: readonly Command[]): PositionSide[] | null {
  let allowed: PositionSide[] | null = null;
  for (const { name, args } of commands) {
    if (name !== 'continue' && name !== 'stop') continue;
    const condition = CONDITIONS[(args.get('if') ?? '').toLowerCase()];
    if (condition === undefined)
      throw new BadAlert('unparseable_body', `${name} has a condition that is not known here`);
    const every: readonly PositionSide[] = ['long', 'short', 'flat'];
    const holds = (side: PositionSide) => condition.includes(side) === (name === 'continue');
    allowed = (allowed ?? every).filter(holds);
  }
  return allowed;
}
