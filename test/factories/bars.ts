/**
 * Bars for the tests of the indicators: random walks, flat markets and hand-written ones.
 * Keeps: high and low enclose open and close; prices are multiples of 1/64, so that scaling by a power of two is exact.
 */
import fc from 'fast-check';
import type { Bar } from '../../src/domain/indicators/core/columns.js';

const STEP = 1 / 64;
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2025, 0, 31, 23, 30);

interface Move {
  readonly open: number;
  readonly close: number;
  readonly above: number;
  readonly below: number;
  readonly volume: number;
}

const MOVE: fc.Arbitrary<Move> = fc.record({
  open: fc.integer({ min: -3, max: 3 }),
  close: fc.oneof(fc.constant(0), fc.integer({ min: -40, max: 40 })),
  above: fc.nat(20),
  below: fc.nat(20),
  volume: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 6, arbitrary: fc.nat(5_000) }),
});

/** A random walk of bars, one a minute, far enough from zero. */
export function someBars(minLength: number, maxLength: number): fc.Arbitrary<Bar[]> {
  return fc.array(MOVE, { minLength, maxLength }).map((moves) => {
    let close = 6_400;
    return moves.map((move, index) => {
      const open = close + move.open;
      close = Math.max(640, open + move.close);
      const high = Math.max(open, close) + move.above;
      const low = Math.min(open, close) - move.below;
      return {
        time: START_MS + index * MINUTE_MS,
        open: open * STEP,
        high: high * STEP,
        low: low * STEP,
        close: close * STEP,
        volume: move.volume,
      };
    });
  });
}

/** The same bar over and over. */
export function flatBars(count: number, price: number, volume: number): Bar[] {
  return Array.from({ length: count }, (_, index) => ({
    time: START_MS + index * MINUTE_MS,
    open: price,
    high: price,
    low: price,
    close: price,
    volume,
  }));
}

/** Bars whose four prices are the given closes. */
export function closes(values: readonly number[]): Bar[] {
  return values.map((close, index) => ({
    time: START_MS + index * MINUTE_MS,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
  }));
}

/** Bars of [high, low, close] that open where the one before closed. */
export function highLowClose(values: readonly (readonly [number, number, number])[]): Bar[] {
  return values.map(([high, low, close], index) => ({
    time: START_MS + index * MINUTE_MS,
    open: values[index - 1]?.[2] ?? close,
    high,
    low,
    close,
    volume: 100 * (index + 1),
  }));
}
