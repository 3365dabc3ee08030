/**
 * The points rule of the AI bot: what its classifier replaces, and what it is compared with.
 * Keeps: closed candles only; five points either way make a signal.
 */
import type { CandleView } from '../../../domain/strategy/candle-view.js';
import { CHANGE, EMA25, EMA7, HAMMER, HISTOGRAM, MACD, POSITION, RSI, SIGNAL, STAR, VOLUME_RATIO } from './features.js';

export const POINTS_NEEDED = 5;

/** Above 0 for long, below for short. */
export function pointsOf(view: CandleView): number {
  const [rsi, position] = [view.value(RSI, 0), view.value(POSITION, 0)];
  const [line, signal, histogram] = [view.value(MACD, 0), view.value(SIGNAL, 0), view.value(HISTOGRAM, 0)];
  const [close, fast, slow] = [view.close(0), view.value(EMA7, 0), view.value(EMA25, 0)];
  const apart = ((fast - slow) / slow) * 100;
  const before = view.close(CHANGE);
  const change = ((close - before) / before) * 100;
  let points = either(rsi < 30, rsi > 70, 3);
  points += either(line > signal && histogram > 0, line < signal && histogram < 0, 2);
  points += either(close > fast && close > slow, close < fast && close < slow, 2);
  points += either(apart > 1, apart < -1, 1);
  points += either(position < 0.2, position > 0.8, 2);
  points += view.value(VOLUME_RATIO, 0) > 1.5 ? either(points > 0, points <= 0, 1) : 0;
  points += either(view.value(HAMMER, 0) === 1, view.value(STAR, 0) === 1, 2);
  return points + either(change > 2, change < -2, 1);
}

function either(up: boolean, down: boolean, points: number): number {
  return up ? points : down ? -points : 0;
}

/** 60 at the fewest points that make a signal, 5 for each more, 95 at most. */
export function confidenceOfPoints(points: number): number {
  return Math.min(60 + 5 * (Math.abs(points) - POINTS_NEEDED), 95);
}
