/**
 * The loops that one would write by hand over typed arrays for the commonest indicators: the ceiling of the batch form.
 * Keeps: each writes into the arrays that it is given, in as few passes as its formula allows, and nothing else.
 */
import type { Columns } from '../../src/domain/indicators/core/columns.js';

type Whole = Required<Columns>;
export type Loop = (data: Whole, out: readonly Float64Array[]) => void;

const at = (column: Float64Array, index: number): number => column[index] as number;

function sma({ close, length }: Whole, [out]: readonly Float64Array[]): void {
  const result = out as Float64Array;
  let sum = 0;
  for (let i = 0; i < length; i += 1) {
    sum += at(close, i);
    if (i < 19) continue;
    result[i] = sum / 20;
    sum -= at(close, i - 19);
  }
}

function ema({ close, length }: Whole, [out]: readonly Float64Array[]): void {
  smooth(close, out as Float64Array, 20, length, 0);
}

/** Exponential average with the mean of the first n as its first value, from `start` on. */
function smooth(x: Float64Array, out: Float64Array, n: number, length: number, start: number): void {
  const target = out;
  const weight = 2 / (n + 1);
  let value = 0;
  for (let i = start; i < start + n; i += 1) value += at(x, i);
  value /= n;
  target[start + n - 1] = value;
  for (let i = start + n; i < length; i += 1) {
    value += (at(x, i) - value) * weight;
    target[i] = value;
  }
}

function wma({ close, length }: Whole, [out]: readonly Float64Array[]): void {
  const result = out as Float64Array;
  let sum = 0;
  let weighted = 0;
  for (let i = 0; i < length; i += 1) {
    const now = at(close, i);
    if (i < 20) {
      sum += now;
      weighted += now * (i + 1);
    } else {
      weighted += 20 * now - sum;
      sum += now - at(close, i - 20);
    }
    if (i >= 19) result[i] = weighted / 210;
  }
}

function rsi({ close, length }: Whole, [out]: readonly Float64Array[]): void {
  const result = out as Float64Array;
  let gain = 0;
  let loss = 0;
  for (let i = 1; i < length; i += 1) {
    const change = at(close, i) - at(close, i - 1);
    const up = change > 0 ? change : 0;
    const down = change < 0 ? -change : 0;
    if (i <= 14) {
      gain += up / 14;
      loss += down / 14;
    } else {
      gain = (gain * 13 + up) / 14;
      loss = (loss * 13 + down) / 14;
    }
    if (i >= 14) result[i] = gain + loss === 0 ? 0 : (100 * gain) / (gain + loss);
  }
}

function macd({ close, length }: Whole, [line, signal, histogram]: readonly Float64Array[]): void {
  const [lines, signals, bars] = [line, signal, histogram] as [Float64Array, Float64Array, Float64Array];
  let fast = 0;
  let slow = 0;
  for (let i = 0; i < 26; i += 1) {
    slow += at(close, i) / 26;
    if (i >= 14) fast += at(close, i) / 12;
  }
  let mean = 0;
  for (let i = 25; i < length; i += 1) {
    if (i > 25) {
      fast += (at(close, i) - fast) * (2 / 13);
      slow += (at(close, i) - slow) * (2 / 27);
    }
    const value = fast - slow;
    lines[i] = value;
    mean = i < 34 ? mean + value / 9 : mean + (value - mean) * 0.2;
    signals[i] = mean;
    bars[i] = value - mean;
  }
}

function bollinger({ close, length }: Whole, out: readonly Float64Array[]): void {
  const [upper, middle, lower, place, width] = out as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < length; i += 1) {
    const now = at(close, i);
    sum += now;
    squares += now * now;
    if (i < 19) continue;
    const mean = sum / 20;
    const spread = squares / 20 - mean * mean;
    const distance = 2 * Math.sqrt(spread > 0 ? spread : 0);
    upper[i] = mean + distance;
    middle[i] = mean;
    lower[i] = mean - distance;
    place[i] = distance === 0 ? 0.5 : (now - mean + distance) / (2 * distance);
    width[i] = (2 * distance) / mean;
    const gone = at(close, i - 19);
    sum -= gone;
    squares -= gone * gone;
  }
}

function range({ high, low, close }: Whole, i: number): number {
  const top = at(high, i);
  const bottom = at(low, i);
  const before = at(close, i - 1);
  return Math.max(top - bottom, Math.abs(top - before), Math.abs(bottom - before));
}

function atr(data: Whole, [out]: readonly Float64Array[]): void {
  const result = out as Float64Array;
  let value = 0;
  for (let i = 1; i < data.length; i += 1) {
    value = i <= 14 ? value + range(data, i) / 14 : (value * 13 + range(data, i)) / 14;
    if (i >= 14) result[i] = value;
  }
}

/** The extreme is looked for again when it leaves the window: quick where prices wander, as they mostly do. */
function stoch({ high, low, close, length }: Whole, [k, d, j]: readonly Float64Array[]): void {
  const [ks, ds, js] = [k, d, j] as [Float64Array, Float64Array, Float64Array];
  const raw = new Float64Array(3);
  let top = -1;
  let bottom = -1;
  let sumK = 0;
  let sumD = 0;
  for (let i = 13; i < length; i += 1) {
    if (top < i - 13) {
      top = i - 13;
      for (let b = i - 12; b <= i; b += 1) if (at(high, b) >= at(high, top)) top = b;
    } else if (at(high, i) >= at(high, top)) top = i;
    if (bottom < i - 13) {
      bottom = i - 13;
      for (let b = i - 12; b <= i; b += 1) if (at(low, b) <= at(low, bottom)) bottom = b;
    } else if (at(low, i) <= at(low, bottom)) bottom = i;
    const span = at(high, top) - at(low, bottom);
    const now = span === 0 ? 0 : (100 * (at(close, i) - at(low, bottom))) / span;
    sumK += now - (i >= 16 ? at(raw, i % 3) : 0);
    raw[i % 3] = now;
    if (i < 15) continue;
    ks[i] = sumK / 3;
    sumD += at(ks, i) - (i >= 18 ? at(ks, i - 3) : 0);
    if (i < 17) continue;
    ds[i] = sumD / 3;
    js[i] = 3 * at(ks, i) - 2 * at(ds, i);
  }
}

function donchian({ high, low, length }: Whole, out: readonly Float64Array[]): void {
  const [upper, middle, lower, width] = out as [Float64Array, Float64Array, Float64Array, Float64Array];
  let top = -1;
  let bottom = -1;
  for (let i = 19; i < length; i += 1) {
    if (top < i - 19) {
      top = i - 19;
      for (let b = i - 18; b <= i; b += 1) if (at(high, b) >= at(high, top)) top = b;
    } else if (at(high, i) >= at(high, top)) top = i;
    if (bottom < i - 19) {
      bottom = i - 19;
      for (let b = i - 18; b <= i; b += 1) if (at(low, b) <= at(low, bottom)) bottom = b;
    } else if (at(low, i) <= at(low, bottom)) bottom = i;
    upper[i] = at(high, top);
    lower[i] = at(low, bottom);
    middle[i] = (at(high, top) + at(low, bottom)) / 2;
    width[i] = (at(high, top) - at(low, bottom)) / at(middle, i);
  }
}

function obv({ close, volume, length }: Whole, [out]: readonly Float64Array[]): void {
  const result = out as Float64Array;
  let total = at(volume, 0);
  result[0] = total;
  for (let i = 1; i < length; i += 1) {
    const change = at(close, i) - at(close, i - 1);
    if (change > 0) total += at(volume, i);
    else if (change < 0) total -= at(volume, i);
    result[i] = total;
  }
}

function cci({ high, low, close, length }: Whole, [out]: readonly Float64Array[]): void {
  const result = out as Float64Array;
  const ring = new Float64Array(20);
  let sum = 0;
  for (let i = 0; i < length; i += 1) {
    const typical = (at(high, i) + at(low, i) + at(close, i)) / 3;
    sum += typical - (i >= 20 ? at(ring, i % 20) : 0);
    ring[i % 20] = typical;
    if (i < 19) continue;
    const mean = sum / 20;
    let deviation = 0;
    for (let b = 0; b < 20; b += 1) deviation += Math.abs(at(ring, b) - mean);
    result[i] = deviation === 0 ? 0 : (typical - mean) / ((0.015 * deviation) / 20);
  }
}

function supertrend(data: Whole, out: readonly Float64Array[]): void {
  const { high, low, close, length } = data;
  const [line, upper, lower, side] = out as [Float64Array, Float64Array, Float64Array, Float64Array];
  let mean = 0;
  let top = 0;
  let bottom = 0;
  let isBullish = true;
  for (let i = 1; i < length; i += 1) {
    mean = i <= 10 ? mean + range(data, i) / 10 : (mean * 9 + range(data, i)) / 10;
    if (i < 10) continue;
    const center = (at(high, i) + at(low, i)) / 2;
    const before = at(close, i - 1);
    if (i === 10) isBullish = at(close, i) >= center;
    if (i === 10 || center + 3 * mean < top || before > top) top = center + 3 * mean;
    if (i === 10 || center - 3 * mean > bottom || before < bottom) bottom = center - 3 * mean;
    isBullish = at(close, i) > (isBullish ? bottom : top);
    line[i] = isBullish ? bottom : top;
    upper[i] = top;
    lower[i] = bottom;
    side[i] = isBullish ? 1 : -1;
  }
}

export const LOOPS: Readonly<Record<string, Loop>> = {
  sma,
  ema,
  wma,
  rsi,
  macd,
  bollinger,
  atr,
  stoch,
  donchian,
  obv,
  cci,
  supertrend,
};
