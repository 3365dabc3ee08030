/**
 * Steps become intents, the form in which everything is carried out.
 * Keeps: what the alert says of stop and targets is in the intent or the entry is refused; a distance in ticks, pips or
 * dollars is never taken for a price or a percentage.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { Side } from '../instrument/side.js';
import type { Change, EnterIntent, Intent } from '../intent/intent.js';
import { parsePlan, planText, type PlanSpec } from '../plan/parse-plan.js';
import type { Alert, Level } from './alert.js';
import { isProtection, type Step } from './held.js';

export interface IntentRefusal {
  readonly code: 'NO_SYMBOL' | 'NOT_A_PAIR' | 'LEVEL_UNIT' | 'NO_PRICE' | 'BAD_PLAN' | 'NOTHING_SAID';
  readonly says: string;
}

export interface Intents {
  readonly intents: readonly Intent[];
  readonly refusals: readonly IntentRefusal[];
}

/** One intent for each step; a step that cannot be one is refused, and the others go on. */
export function intentsOf(alert: Alert, steps: readonly Step[]): Intents {
  if (steps.length === 0) return { intents: [], refusals: [] };
  if (alert.symbol === null || alert.pair === null) {
    const code = alert.symbol === null ? 'NO_SYMBOL' : 'NOT_A_PAIR';
    const says =
      alert.symbol === null
        ? 'neither alert nor source names a symbol'
        : `${alert.symbol} is no pair that is traded here`;
    return { intents: [], refusals: [{ code, says }] };
  }
  const intents: Intent[] = [];
  const refusals: IntentRefusal[] = [];
  for (const step of steps) {
    const made = intentOf(alert, alert.pair, step);
    if ('code' in made) refusals.push(made);
    else intents.push(made);
  }
  return { intents, refusals };
}

function intentOf(alert: Alert, symbol: string, step: Step): Intent | IntentRefusal {
  switch (step.kind) {
    case 'enter':
      return enter(alert, symbol, step.side);
    case 'close':
      return change(symbol, step.side, [{ kind: 'CLOSE' }]);
    case 'reduce':
      return change(symbol, step.side, [{ kind: 'REDUCE', percent: step.percent }]);
    case 'cancel':
      return change(symbol, null, [{ kind: 'CANCEL' }]);
    case 'modify':
      return modify(alert, symbol, step.side);
  }
}

function change(symbol: string, side: 'long' | 'short' | null, changes: readonly Change[]): Intent {
  // A source may have several trades of one side: it speaks of its position.
  const about = side === null ? { symbol, all: true } : { symbol, side: sideOf(side), all: true };
  return { kind: 'CHANGE', about, changes };
}

const sideOf = (side: 'long' | 'short'): Side => (side === 'long' ? 'LONG' : 'SHORT');

function modify(alert: Alert, symbol: string, side: 'long' | 'short'): Intent | IntentRefusal {
  const orders: { stop: Level | null; targets: readonly Level[] } =
    isProtection(alert) && alert.triggerPrice !== null && alert.orderType?.startsWith('take-profit') === true
      ? { stop: null, targets: [{ kind: 'price', value: alert.triggerPrice }] }
      : alert;
  const stop = orders.stop === null ? null : priceOf(orders.stop, alert, side, true);
  const targets = orders.targets.map((level) => priceOf(level, alert, side, false));
  const prices = [stop, ...targets];
  if (prices.includes(undefined)) return units();
  const changes: Change[] = [];
  if (typeof stop === 'string') changes.push({ kind: 'MOVE_STOP', to: { at: 'PRICE', price: stop } });
  if (targets.length > 0)
    changes.push({ kind: 'SET_TARGETS', targets: targets.filter((price) => price !== undefined) });
  if (changes.length === 0) return { code: 'NOTHING_SAID', says: 'it names neither a stop nor targets' };
  return change(symbol, side, changes);
}

const units = (): IntentRefusal => ({
  code: 'LEVEL_UNIT',
  says: 'stop or targets are distances in ticks, pips or dollars, which are not known for this symbol: say prices or percent',
});

/** A level as a price; undefined where that cannot be known. */
function priceOf(level: Level, { price }: Alert, side: 'long' | 'short', isStop: boolean): DecimalText | undefined {
  if (level.kind === 'price') return level.value;
  if (level.kind !== 'distance' || price === null) return undefined;
  const [at, distance] = [Decimal.of(price), Decimal.of(level.value)];
  const found = (side === 'long') === isStop ? at.minus(distance) : at.plus(distance);
  return found.isPositive ? found.toString() : undefined;
}

function enter(alert: Alert, symbol: string, side: 'long' | 'short'): EnterIntent | IntentRefusal {
  if (waits(alert) && entryOf(alert) === null) {
    return { code: 'NO_PRICE', says: 'its order waits at a price that it does not say' };
  }
  const stopPrice = alert.stop === null ? null : priceOf(alert.stop, alert, side, true);
  if (stopPrice === undefined && alert.stop?.kind !== 'percent') return units();
  const isPercent = alert.targets.length > 0 && alert.targets.every(({ kind }) => kind === 'percent');
  const targets = isPercent ? [] : alert.targets.map((level) => priceOf(level, alert, side, false));
  const prices = targets.filter((price) => price !== undefined);
  if (prices.length < targets.length) return units();
  const { spec, problems } = parsePlan(planText(planOf(alert, isPercent)));
  if (problems.length > 0)
    return { code: 'BAD_PLAN', says: problems.map(({ field, rule }) => `${field} ${rule}`).join('; ') };
  return {
    kind: 'ENTER',
    symbol,
    side: sideOf(side),
    entry: entryOf(alert),
    stopLoss: stopPrice ?? null,
    targets: prices,
    tradeType: null,
    leverage: alert.leverage,
    confidence: null,
    plan: spec,
    meta: metaOf(alert),
    ref: alert.id,
  };
}

/** Limit and stop orders do; they are never made orders at market. */
const waits = ({ orderType }: Alert): boolean => orderType !== null && orderType !== 'market';

/**
 * Null where the order is one at market, also by its silence: the price that such alerts carry is the one of their bar. A call
 * with its own stop and targets stands on its price.
 */
function entryOf(alert: Alert): DecimalText | null {
  const waitsAt = alert.orderType?.startsWith('stop') === true ? (alert.triggerPrice ?? alert.price) : alert.price;
  if (alert.orderType === 'market') return null;
  if (alert.orderType !== null) return waitsAt;
  const isCall = alert.stop !== null && alert.targets.length > 0 && alert.position === null;
  return alert.isEntryPrice || isCall ? alert.price : null;
}

type Draft = { -readonly [F in keyof PlanSpec]: PlanSpec[F] };

function planOf(alert: Alert, isPercent: boolean): PlanSpec {
  const plan: Draft = { ...alert.plan };
  const entry = entryOf(alert);
  if (alert.entries.length === 2 && alert.entriesAre === 'zone') {
    plan['entry.kind'] = 'ZONE';
    plan['entry.prices'] = alert.entries;
  } else if (alert.entries.length > 1) {
    plan['entry.kind'] = 'LADDER';
    plan['entry.prices'] = alert.entries;
  } else if (entry !== null && alert.orderType !== null) {
    plan['entry.kind'] = alert.orderType.startsWith('stop') ? 'BREAKOUT' : 'LIMIT';
  } else if (alert.orderType === 'market') plan['entry.kind'] = 'MARKET';
  if (alert.stop?.kind === 'percent') {
    plan['stop.unit'] = 'PERCENT';
    plan['stop.value'] = alert.stop.value;
  }
  if (isPercent) {
    plan['targets.unit'] = 'PERCENT';
    plan['targets.values'] = alert.targets.map(({ value }) => value);
  }
  const shares = sharesOf(alert.targets);
  if (shares !== null) {
    plan['targets.split'] = 'SHARES';
    plan['targets.shares'] = shares;
  }
  const { trail, marginMode } = alert;
  if (trail?.unit === 'percent' && trail.offset !== null) {
    plan['stop.rules'] = [
      { action: 'BELOW_HIGHEST', at_percent: trail.activation ?? '0', percent: trail.offset },
      ...(plan['stop.rules'] ?? []),
    ];
  }
  if (marginMode !== null) plan['margin.mode'] = marginMode;
  return plan;
}

/** Where each target has a share; what the shares leave over goes at the last target. */
function sharesOf(targets: readonly Level[]): DecimalText[] | null {
  const shares = targets.map(({ share }) => share).filter((share) => share !== undefined);
  if (shares.length === 0 || shares.length < targets.length) return null;
  const before = shares.slice(0, -1);
  const rest = Decimal.HUNDRED.minus(Decimal.sum(before.map((share) => Decimal.of(share))));
  // More than there is: left as it was said, for the plan to refuse.
  const last = Decimal.of(shares.at(-1) ?? '0');
  return [...before, (last.gt(rest) ? last : rest).toString()];
}

function metaOf(alert: Alert): Record<string, unknown> {
  const { exchange, strategy, interval, comment, tag, dialect, symbol, price } = alert;
  const said = { dialect, ticker: symbol, exchange, strategy, timeframe: interval, comment, tag, alert_price: price };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}
