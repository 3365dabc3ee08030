/**
 * Stops, targets, trailing and break-even, in the many names that alerts have for them.
 * Keeps: a level says of what kind it is; where the alert leaves that open, a number is read as a price only where it can be
 * one, and refused where two readings are as good.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import { BadAlert, type BreakEven, type Level, type Trail } from './alert.js';
import { decimalOf, type Fields, isRecord, percentOf } from './fields.js';

type Way = 'long' | 'short' | null;

interface Names {
  readonly what: 'bad_stop' | 'bad_target';
  readonly ticks: readonly string[];
  readonly pips: readonly string[];
  readonly dollar: readonly string[];
  readonly percent: readonly string[];
  readonly price: readonly string[];
  readonly bare: readonly string[];
}

const STOP: Names = {
  what: 'bad_stop',
  ticks: ['slticks', 'stopticks', 'stoplossticks', 'losssticks', 'stoplosslossticks'],
  pips: ['slpips', 'stoppips', 'stoplosspips'],
  dollar: ['dollarsl', 'sldollar'],
  percent: [
    'percentagesl',
    'slpercent',
    'slpercentage',
    'slpct',
    'slperc',
    'stoplosspercent',
    'stoplosspercentage',
    'stoplosspct',
    'stoppercent',
    'stoppct',
    'customfieldsstoplosspercentage',
    'customfieldsstoplosspercent',
  ],
  price: ['slprice', 'stoplossprice', 'stoplossstopprice', 'stoplosstriggerprice'],
  bare: ['sl', 'stoploss', 'stop'],
};

const TARGET: Names = {
  what: 'bad_target',
  ticks: ['tpticks', 'targetticks', 'takeprofitticks'],
  pips: ['tppips', 'targetpips', 'takeprofitpips'],
  dollar: ['dollartp', 'tpdollar'],
  percent: [
    'percentagetp',
    'tppercent',
    'tppercentage',
    'tppct',
    'tpperc',
    'takeprofitpercent',
    'takeprofitpercentage',
    'takeprofitpct',
    'targetpercent',
    'targetpct',
    'customfieldstakeprofitpercentage',
    'customfieldstakeprofitpercent',
  ],
  price: ['tpprice', 'takeprofitprice', 'takeprofitlimitprice', 'targetprice'],
  bare: ['tp', 'takeprofit', 'target'],
};

function named(fields: Fields, names: Names): Level | null {
  for (const kind of ['ticks', 'pips', 'dollar', 'percent', 'price', 'bare'] as const) {
    const text = fields.text(...names[kind]);
    if (text === null) continue;
    const percent = percentOf(text);
    if (percent !== undefined) return positive({ kind: 'percent', value: percent }, names.what);
    const value = decimalOf(text);
    if (value === undefined) {
      if (/^nan?$/i.test(text)) continue;
      throw new BadAlert(names.what, `${JSON.stringify(text.slice(0, 40))} is no number`);
    }
    // A stop of zero is how templates say that there is none.
    if (Decimal.of(value).isZero) continue;
    return positive({ kind, value }, names.what);
  }
  return null;
}

function positive(level: Level, what: Names['what']): Level {
  if (Decimal.of(level.value).isPositive) return level;
  throw new BadAlert(what, `${level.value} must be above 0`);
}

const price = (value: DecimalText): Level => ({ kind: 'price', value });

/** The stop. `side`: some templates name levels for both sides. */
export function readStop(fields: Fields, side: Way): Level | null {
  const own = side === null ? null : fields.maybe(`${side}sl`, `${side}stop`, `${side}stoploss`, `sl${side}`);
  if (own !== null && Decimal.of(own).isPositive) return price(own);
  const several = fields.raw('stoptargets', 'stops');
  const first = isRecord(several) || Array.isArray(several) ? Object.values(several)[0] : undefined;
  if (first !== undefined) return listed([first], 'bad_stop')[0] ?? null;
  return named(fields, STOP);
}

/** The targets, nearest first as the alert has them. */
export function readTargets(fields: Fields, side: Way): Level[] {
  const own = side === null ? null : fields.maybe(`${side}tp`, `${side}target`, `${side}takeprofit`, `tp${side}`);
  if (own !== null && Decimal.of(own).isPositive) return [price(own)];
  const list = fields.raw('takeprofittargets', 'takeprofits', 'takeprofit', 'targets', 'tps', 'tp');
  const byWay = side === null ? undefined : fields.raw(side === 'long' ? 'targetsup' : 'targetsdown');
  if (Array.isArray(list)) return listed(list as unknown[], 'bad_target');
  if (Array.isArray(byWay)) return listed(byWay as unknown[], 'bad_target');
  if (isRecord(list) && Object.keys(list).every((key) => /^(?:tp)?\d{1,2}$/i.test(key))) {
    return listed(Object.values(list), 'bad_target');
  }
  const numbered: Level[] = [];
  for (let number = 1; number <= 10; number += 1) {
    const names = ['tp', 'target', 'takeprofit', 'takeprofitprice'].map((name) => `${name}${number}`);
    const value = fields.maybe(...names);
    if (value !== null && Decimal.of(value).isPositive) numbered.push(price(value));
  }
  if (numbered.length > 0) return numbered;
  const one = named(fields, TARGET);
  return one === null ? [] : [one];
}

const PARTS: readonly [Level['kind'], readonly string[]][] = [
  ['ticks', ['gain_ticks', 'ticks', 'loss_ticks']],
  ['percent', ['percent', 'price_percent', 'gain_percent', 'priceDeviationPercent']],
  ['price', ['price', 'limitPrice', 'limit_price', 'stopPrice', 'value', 'target']],
];
const SHARES = ['trim_percent', 'volume_percent', 'piece', 'share', 'amount_percent', 'close_percent', 'qty_percent'];

/** Prices, or objects that name one. */
function listed(items: readonly unknown[], what: Names['what']): Level[] {
  const levels: Level[] = [];
  for (const item of items) {
    const level = isRecord(item) ? ofObject(item) : ofScalar(item);
    if (level === undefined) throw new BadAlert(what, 'has an item without a price');
    levels.push(positive(level, what));
  }
  return levels;
}

function ofScalar(item: unknown): Level | undefined {
  const text = typeof item === 'number' || typeof item === 'string' ? String(item) : '';
  const percent = percentOf(text);
  if (percent !== undefined) return { kind: 'percent', value: percent };
  const value = decimalOf(text);
  return value === undefined ? undefined : price(value);
}

function ofObject(item: Readonly<Record<string, unknown>>): Level | undefined {
  const share = SHARES.map((name) => ofScalar(item[name])).find((found) => found !== undefined)?.value;
  for (const [kind, names] of PARTS) {
    const found = names.map((name) => ofScalar(item[name])).find((level) => level !== undefined);
    if (found === undefined) continue;
    const level: Level = { kind: found.kind === 'percent' ? 'percent' : kind, value: found.value };
    return share === undefined ? level : { ...level, share };
  }
  return undefined;
}

export function readTrail(fields: Fields): Trail | null {
  const group = fields.group('trail', 'trailingstop', 'trailing');
  if (group !== undefined) {
    const percent = group.maybe('percent', 'trailpercent', 'callbackrate');
    if (percent !== null) return trail('percent', percent, group.maybe('activationpercent', 'activation'), null);
    const offset = group.maybe('offsetticks', 'offset', 'ticks');
    return trail('ticks', offset, group.maybe('activationticks', 'trigger'), group.maybe('frequencyticks', 'freq'));
  }
  const percent = fields.maybe('trailpercent', 'trailingstoppercent', 'trailpct', 'trailingpercent');
  if (percent !== null) return trail('percent', percent, fields.maybe('trailactivationpercent'), null);
  const offset = fields.maybe('trail', 'trailingstop', 'trailticks');
  const activation = fields.maybe('trailtrigger', 'trailstart');
  const frequency = fields.maybe('trailfreq', 'trailfrequency', 'trailinterval');
  return offset === null && activation === null ? null : trail('ticks', offset, activation, frequency);
}

const trail = (
  unit: Trail['unit'],
  offset: DecimalText | null,
  activation: DecimalText | null,
  frequency: DecimalText | null,
): Trail => ({ unit, offset, activation, frequency });

export function readBreakEven(fields: Fields): BreakEven | null {
  const activation = fields.maybe('breakeven', 'breakevenpoint', 'be', 'breakeventicks');
  const offset = fields.maybe('breakevenoffset', 'beoffset');
  return activation === null && offset === null ? null : { unit: 'ticks', activation, offset };
}

/** Stops and targets lie within half and one and a half of the price. */
const NEAR = [Decimal.of('0.5'), Decimal.of('1.5')] as const;

const TEN = Decimal.ofInteger(10);

/**
 * What a bare level is: a price where it lies near `near` on its right side, else a distance in ticks where it is whole.
 * Where `tick` makes both possible the nearer one counts if it is ten times nearer. It stays bare without a price, and
 * where nothing decides.
 */
export function resolved(
  level: Level,
  near: DecimalText | null,
  side: Way,
  isStop: boolean,
  tick: string | null,
): Level {
  if (level.kind !== 'bare' || near === null) return level;
  const value = Decimal.of(level.value);
  const at = Decimal.of(near);
  const isNear = value.gte(at.times(NEAR[0])) && value.lte(at.times(NEAR[1]));
  const isBelow = side === null ? null : (side === 'long') === isStop;
  const isPrice = isNear && (isBelow === null || (isBelow ? value.lt(at) : value.gt(at)));
  const isTicks = value.rounded(0, 'floor').eq(value) && (!isNear || (isPrice && tick !== null));
  if (isPrice && isTicks && tick !== null) return nearer(level, value.minus(at).abs(), value.times(Decimal.of(tick)));
  if (isPrice) return { ...level, kind: 'price' };
  if (isTicks) return { ...level, kind: 'ticks' };
  const what = isStop ? 'bad_stop' : 'bad_target';
  throw new BadAlert(what, `${level.value} is on the wrong side of ${near}, or too far from it`);
}

function nearer(level: Level, asPrice: Decimal, asTicks: Decimal): Level {
  if (asPrice.times(TEN).lte(asTicks)) return { ...level, kind: 'price' };
  return asTicks.times(TEN).lte(asPrice) ? { ...level, kind: 'ticks' } : level;
}
