/**
 * The prices of a candle in a fixed order, because a candle does not say which extreme came first.
 * The rule: open, low, high, close for a candle that closes at or above its open; open, high, low, close otherwise. It is
 * the same for longs and shorts, so that no side is favoured.
 */
import { Decimal } from '../../../domain/money/decimal.js';
import type { Candle } from './candle-file.js';

export interface CandleTick {
  readonly price: string;
  readonly atMs: number;
}

/** Four ticks: at the candle's time, at one and two thirds of `lengthMs`, and in its last millisecond. */
export function candleTicks(
  candle: Candle,
  lengthMs: number,
): readonly [CandleTick, CandleTick, CandleTick, CandleTick] {
  const isRising = Decimal.of(candle.close).gte(Decimal.of(candle.open));
  const [second, third] = isRising ? [candle.low, candle.high] : [candle.high, candle.low];
  const { atMs } = candle;
  return [
    { price: candle.open, atMs },
    { price: second, atMs: atMs + Math.floor(lengthMs / 3) },
    { price: third, atMs: atMs + Math.floor((lengthMs * 2) / 3) },
    { price: candle.close, atMs: atMs + Math.max(0, lengthMs - 1) },
  ];
}
