/**
 * What an alert is to change, given what is held for its source: the position that the source says it has is the one to come
 * to, by as few steps as there are.
 * Keeps: pure; a close never opens, a reduction never turns a position over, nothing is added to what was never entered; a
 * close always passes, whatever refuses the entry behind it. A gap (the source speaks of a position that was not told of)
 * is always named.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { Alert, PositionSide } from './alert.js';
import { growthOf, isToward, sideOfZero } from './meaning.js';
import type { SaidPosition } from './said-position.js';

export const ON_OPPOSITE = ['reverse', 'close', 'reduce', 'ignore'] as const;
export const ON_SAME_SIDE = ['refuse', 'restart', 'add'] as const;
export const ON_GAP = ['catch_up', 'refuse'] as const;

export interface FollowRules {
  /** A signal on the other side. */
  readonly onOpposite: (typeof ON_OPPOSITE)[number];
  /** Another entry on the side that is held. */
  readonly onSameSide: (typeof ON_SAME_SIDE)[number];
  /** An entry after alerts that did not arrive. */
  readonly onGap: (typeof ON_GAP)[number];
}

export const USUAL_RULES: FollowRules = { onOpposite: 'reverse', onSameSide: 'refuse', onGap: 'catch_up' };

export interface Held {
  /** What is held for the source now. */
  readonly side: PositionSide;
  /** What the source last said that it holds; null where it never spoke of this symbol. */
  readonly said: SaidPosition | null;
}

export const NOTHING_HELD: Held = { side: 'flat', said: null };

export type Why =
  | 'NOTHING_TO_CLOSE'
  | 'NOTHING_TO_REDUCE'
  | 'NOTHING_TO_ADD'
  | 'NOTHING_TO_PROTECT'
  | 'UNCHANGED'
  | 'SAME_DIRECTION'
  | 'OPPOSITE_IGNORED'
  | 'CONDITION'
  | 'PRICE_ONLY'
  | 'NOT_TO_BE_TRADED'
  | 'SIZE_UNKNOWN'
  | 'GAP'
  | 'STALE';

type Way = 'long' | 'short';

export type Step =
  | { readonly kind: 'enter'; readonly side: Way }
  | { readonly kind: 'close'; readonly side: Way }
  /** `percent` of what is held. */
  | { readonly kind: 'reduce'; readonly side: Way; readonly percent: DecimalText }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'modify'; readonly side: Way };

export type Effect =
  | { readonly kind: 'none'; readonly why: Why }
  | { readonly kind: 'enter' | 'add' | 'restart' | 'reverse' | 'close' | 'modify'; readonly side: Way }
  /** Null where the alert does not let it be known how much. */
  | { readonly kind: 'reduce'; readonly side: Way; readonly percent: DecimalText | null }
  | { readonly kind: 'cancel' };

const none = (why: Why): Effect => ({ kind: 'none', why });

/** Before the rules for another entry on one side. */
export function effectOf(alert: Alert, held: Held, onOpposite: FollowRules['onOpposite'] = 'reverse'): Effect {
  const { said } = alert;
  if (alert.onlyIf !== null && !alert.onlyIf.includes(held.side)) return none('CONDITION');
  if (said === 'price' || said === 'switch') return none('PRICE_ONLY');
  if (said === 'cancel') return { kind: 'cancel' };
  if (said === 'modify') return held.side === 'flat' ? none('NOTHING_TO_PROTECT') : { kind: 'modify', side: held.side };
  if (said === 'tp_hit' || said === 'sl_hit') return closeOf(held);
  if (alert.reduceQty !== null) return reduceOf(alert, held);
  const after = alert.position ?? (alert.sizeBefore === null ? sideOfZero(alert.sizeAfter) : null);
  if (after === 'flat' || sideOfZero(alert.sizeAfter) === 'flat') return closeOf(held);
  return after === null ? byWord(alert, held, onOpposite) : toward(after, alert, held, onOpposite);
}

function closeOf({ side }: Held, only: Way | null = null): Effect {
  if (side === 'flat' || (only !== null && side !== only)) return none('NOTHING_TO_CLOSE');
  return { kind: 'close', side };
}

/** The source holds `target` after its order. */
function toward(target: Way, alert: Alert, held: Held, onOpposite: FollowRules['onOpposite']): Effect {
  const growth = growthOf(alert, alert.sizeBefore ?? lastSize(held, target));
  const isAway = alert.said !== null && alert.said !== 'reverse' && !isToward(alert.said, target);
  if (held.side === 'flat') {
    const turned = alert.prevPosition !== null && alert.prevPosition !== target;
    return (isAway || growth === 'smaller') && !turned ? none('NOTHING_TO_REDUCE') : { kind: 'enter', side: target };
  }
  if (held.side !== target) return opposite(target, held.side, alert, onOpposite);
  if (growth === 'equal') return none('UNCHANGED');
  if (growth !== null) return growth === 'larger' ? { kind: 'add', side: target } : reduceOf(alert, held);
  if (alert.said === null) return none('UNCHANGED');
  return isAway ? reduceOf(alert, held) : { kind: 'add', side: target };
}

function byWord(alert: Alert, held: Held, onOpposite: FollowRules['onOpposite']): Effect {
  switch (alert.said) {
    case 'close':
      return isPart(alert) ? reduceOf(alert, held) : closeOf(held);
    case 'close_long':
    case 'close_short': {
      const only = alert.said === 'close_long' ? 'long' : 'short';
      return isPart(alert) && held.side === only ? reduceOf(alert, held) : closeOf(held, only);
    }
    case 'reduce': {
      const only = alert.intent === 'reduce_long' ? 'long' : alert.intent === 'reduce_short' ? 'short' : held.side;
      return only === held.side ? reduceOf(alert, held) : none('NOTHING_TO_REDUCE');
    }
    case 'add': {
      const only = alert.intent === 'add_short' ? 'short' : alert.intent === 'add_long' ? 'long' : held.side;
      return held.side === 'flat' || held.side !== only ? none('NOTHING_TO_ADD') : { kind: 'add', side: held.side };
    }
    case 'reverse':
      return held.side === 'flat'
        ? none('NOTHING_TO_CLOSE')
        : { kind: 'reverse', side: held.side === 'long' ? 'short' : 'long' };
    case 'buy':
    case 'sell':
      return byOrder(alert.said === 'buy' ? 'long' : 'short', alert, held, onOpposite);
    default:
      return none('PRICE_ONLY');
  }
}

function byOrder(side: Way, alert: Alert, held: Held, onOpposite: FollowRules['onOpposite']): Effect {
  if (isProtection(alert)) {
    return held.side === 'flat' || held.side === side
      ? none('NOTHING_TO_PROTECT')
      : { kind: 'modify', side: held.side };
  }
  if (alert.isReduceOnly) {
    if (held.side === 'flat' || held.side === side) return none('NOTHING_TO_CLOSE');
    return isPart(alert) ? reduceOf(alert, held) : closeOf(held);
  }
  // Sizes without a side: smaller is a reduction, whatever the word.
  if (growthOf(alert) === 'smaller') return reduceOf(alert, held);
  if (alert.intent.startsWith('restart_') && held.side === side) return { kind: 'restart', side };
  if (held.side === side) return { kind: 'add', side };
  if (held.side === 'flat') return { kind: 'enter', side };
  return opposite(side, held.side, alert, onOpposite);
}

/** An order that waits to close: a stop-loss or take-profit by itself. */
export const isProtection = ({ orderType }: Alert): boolean =>
  orderType !== null && /^(?:stop-loss|take-profit|trailing-stop)/.test(orderType);

const isPart = ({ qtyPct }: Alert): boolean => qtyPct !== null && Decimal.of(qtyPct).lt(Decimal.HUNDRED);

function opposite(target: Way, from: Way, alert: Alert, rule: FollowRules['onOpposite']): Effect {
  if (alert.intent.startsWith('reverse_') || rule === 'reverse') return { kind: 'reverse', side: target };
  if (rule === 'close') return { kind: 'close', side: from };
  return rule === 'reduce' ? { kind: 'reduce', side: from, percent: null } : none('OPPOSITE_IGNORED');
}

function reduceOf(alert: Alert, held: Held): Effect {
  if (held.side === 'flat') return none('NOTHING_TO_REDUCE');
  return { kind: 'reduce', side: held.side, percent: percentOff(alert, held, held.side) };
}

const lastSize = ({ said }: Held, side: PositionSide): DecimalText | null => (said?.side === side ? said.size : null);

/** 4 places, down: what is left over is closed with the rest. */
const PLACES = 4;

/** How much of the position goes, in percent: by its sizes, by a share, or by what is sold of what the source had. */
function percentOff(alert: Alert, held: Held, side: Way): DecimalText | null {
  const before = sizeOf(alert.sizeBefore ?? lastSize(held, side));
  const after = sizeOf(alert.sizeAfter);
  if (before !== null && after !== null && before.gt(after)) return share(before.minus(after), before);
  if (alert.qtyPct !== null && Decimal.of(alert.qtyPct).lte(Decimal.HUNDRED)) return alert.qtyPct;
  const sold = sizeOf(alert.reduceQty ?? alert.qty);
  if (sold === null) return null;
  if (after !== null) return share(sold, sold.plus(after));
  return before === null || sold.gt(before) ? null : share(sold, before);
}

function sizeOf(size: DecimalText | null): Decimal | null {
  const value = size === null ? Decimal.ZERO : Decimal.of(size).abs();
  return value.isZero ? null : value;
}

const share = (part: Decimal, whole: Decimal): DecimalText =>
  part.times(Decimal.HUNDRED).dividedBy(whole, PLACES, 'floor').toString();

/** What was held before, as the alert has it, against what was last told of: what is missing between the two. */
export interface Gap {
  readonly expected: PositionSide;
  readonly said: PositionSide;
}

export function gapOf(alert: Alert, held: Held): Gap | null {
  if (alert.prevPosition === null) return null;
  const expected = held.said?.side ?? 'flat';
  return expected === alert.prevPosition ? null : { expected, said: alert.prevPosition };
}

/** Steps in the order in which they happen, and why something is left out. */
export interface Steps {
  readonly steps: readonly Step[];
  readonly left: readonly Why[];
  readonly gap: Gap | null;
}

/** The effect under the source’s rules. `isStale`: too old to enter; closing goes on. */
export function stepsOf(alert: Alert, held: Held, rules: FollowRules, isStale: boolean): Steps {
  const gap = gapOf(alert, held);
  if (alert.isDry) return { steps: [], left: ['NOT_TO_BE_TRADED'], gap };
  const effect = effectOf(alert, held, rules.onOpposite);
  const refusal: Why | null = isStale ? 'STALE' : gap !== null && rules.onGap === 'refuse' ? 'GAP' : null;
  const enter = (side: Way): Steps['steps'] => (refusal === null ? [{ kind: 'enter', side }] : []);
  const left = refusal === null ? [] : [refusal];
  switch (effect.kind) {
    case 'none':
      return { steps: [], left: [effect.why], gap };
    case 'enter':
      return { steps: enter(effect.side), left, gap };
    case 'reverse':
      return {
        steps: [{ kind: 'close', side: effect.side === 'long' ? 'short' : 'long' }, ...enter(effect.side)],
        left,
        gap,
      };
    case 'add':
    case 'restart':
      return again({ kind: effect.kind, side: effect.side }, alert, rules, refusal, gap);
    case 'reduce': {
      const { side, percent } = effect;
      if (percent === null) return { steps: [], left: ['SIZE_UNKNOWN'], gap };
      return { steps: [{ kind: 'reduce', side, percent }], left: [], gap };
    }
    case 'close':
    case 'modify':
      return { steps: [{ kind: effect.kind, side: effect.side }], left: [], gap };
    case 'cancel':
      return { steps: [effect], left: [], gap };
  }
}

/** Another entry on the side that is held. A restart that is refused closes nothing. */
function again(
  effect: { kind: 'add' | 'restart'; side: Way },
  alert: Alert,
  rules: FollowRules,
  refusal: Why | null,
  gap: Gap | null,
): Steps {
  const { side } = effect;
  // The source was flat in between: what is held belongs to a trade that it has ended.
  const isNewTrade = gap !== null && alert.prevPosition === 'flat';
  const isRestart = effect.kind === 'restart' || isNewTrade || rules.onSameSide === 'restart';
  if (refusal !== null) return { steps: [], left: [refusal], gap };
  if (isRestart)
    return {
      steps: [
        { kind: 'close', side },
        { kind: 'enter', side },
      ],
      left: [],
      gap,
    };
  if (rules.onSameSide === 'add') return { steps: [{ kind: 'enter', side }], left: [], gap };
  return { steps: [], left: ['SAME_DIRECTION'], gap };
}
