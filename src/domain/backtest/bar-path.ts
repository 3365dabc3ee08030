/**
 * The way of the price inside a candle, for one position: a candle says how far the price went, not in which order.
 * The rule `stop-first`: what hurts comes first. A held position sees the extreme against it, then the one in its favour,
 * then the close. A waiting one sees the extreme toward its entry; once anything is entered inside the candle, only the
 * extreme against the position and the close still count: a favourable extreme may have been before the entry.
 * The rule `replay`: open, low, high, close where the candle closes at or above its open, else open, high, low, close, and
 * nothing between these four: what the `replay` price feed delivers.
 * Keeps: finer candles are walked one after the other by the same rule, so they settle the order as far as they can.
 */
import { Decimal } from '../money/decimal.js';
import type { PositionState } from '../position/position.js';
import { isTerminalPosition } from '../position/position-status.js';
import { jump, type Walk, walk } from './walk.js';

export const INTRABAR_RULES = ['stop-first', 'replay'] as const;
export type IntrabarRule = (typeof INTRABAR_RULES)[number];

/** One candle, exact. */
export interface Bar {
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  /** When it opens, milliseconds since 1970, and how long it lasts. */
  readonly time: number;
  readonly lengthMs: number;
}

/** Moments of the prices inside a candle, as shares of its length: for people, no order of events rests on them. */
export function momentsOf({ time, lengthMs }: Bar): { first: Date; second: Date; last: Date } {
  return {
    first: new Date(time + Math.floor(lengthMs / 3)),
    second: new Date(time + Math.floor((2 * lengthMs) / 3)),
    last: new Date(time + lengthMs - 1),
  };
}

/** Shows the position what comes after the open. Answers it as it stands at the close. */
export function walkBar(start: Walk, bar: Bar, rule: IntrabarRule): PositionState {
  return rule === 'replay' ? fourPrices(start, bar) : stopFirst(start, bar);
}

function fourPrices(start: Walk, bar: Bar): PositionState {
  const isRising = bar.close.gte(bar.open);
  const { first, second, last } = momentsOf(bar);
  const [one, two] = isRising ? [bar.low, bar.high] : [bar.high, bar.low];
  let position = jump(start, one, first);
  position = jump({ ...start, position }, two, second);
  return jump({ ...start, position }, bar.close, last);
}

const isHeld = ({ status }: PositionState): boolean => status === 'OPEN' || status === 'PARTIAL';

function stopFirst(start: Walk, bar: Bar): PositionState {
  const { position } = start;
  const isLong = position.side === 'LONG';
  const against = isLong ? bar.low : bar.high;
  const inFavour = isLong ? bar.high : bar.low;
  if (isHeld(position)) return heldPath(start, bar, against, inFavour);
  return position.plan.entryTrigger === 'BREAKOUT'
    ? breakoutPath(start, bar, against, inFavour)
    : limitPath(start, bar, against, inFavour);
}

function heldPath(start: Walk, bar: Bar, against: Decimal, inFavour: Decimal): PositionState {
  const { first, second, last } = momentsOf(bar);
  const down = walk(start, bar.open, against, first).position;
  // What was added on the way down may not have been there when the price was at its best.
  if (!down.qty.eq(start.position.qty)) return walk({ ...start, position: down }, against, bar.close, last).position;
  const up = walk({ ...start, position: down }, against, inFavour, second).position;
  return walk({ ...start, position: up }, inFavour, bar.close, last).position;
}

function limitPath(start: Walk, bar: Bar, against: Decimal, inFavour: Decimal): PositionState {
  const { first, second, last } = momentsOf(bar);
  const position = walk(start, bar.open, against, first).position;
  if (isTerminalPosition(position.status)) return position;
  if (isHeld(position)) return walk({ ...start, position }, against, bar.close, last).position;
  const missed = walk({ ...start, position }, against, inFavour, second).position;
  return walk({ ...start, position: missed }, inFavour, bar.close, last).position;
}

function breakoutPath(start: Walk, bar: Bar, against: Decimal, inFavour: Decimal): PositionState {
  const { first, second, last } = momentsOf(bar);
  const { position, end } = walk(start, bar.open, inFavour, first, isHeld);
  const down = walk({ ...start, position }, end, against, second).position;
  return walk({ ...start, position: down }, against, bar.close, last).position;
}
