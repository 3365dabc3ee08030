/**
 * Every average by its name, so that bands, oscillators and strategies can be told which to take.
 * Keeps: each begins as TA-Lib's does; an average of equal values is that value.
 */
import { choice } from '../core/parameters.js';
import type { Graph, Series } from '../core/graph.js';
import { KaufmanAverage, type KaufmanOptions } from './adaptive.js';
import { blendOf, differenceOf } from './arithmetic.js';
import { distanceOf } from './changes.js';
import { emaOf, wilderOf } from './smoothing.js';
import { WeightedMean } from './window-line.js';
import { meanOf, sumOf } from './window-sums.js';

export const AVERAGES = ['SMA', 'EMA', 'WMA', 'DEMA', 'TEMA', 'TRIMA', 'KAMA', 'T3', 'SMMA', 'HMA'] as const;
export type AverageType = (typeof AVERAGES)[number];

/** TA-Lib's volume factor where none is said. */
const T3_FACTOR = 0.7;

export function averageType(value: AverageType, about: string): ReturnType<typeof choice<AverageType>> {
  return choice<AverageType>(value, AVERAGES, about);
}

export function averageOf(graph: Graph, type: AverageType, x: Series, n: number): Series {
  if (n === 1) return x;
  switch (type) {
    case 'SMA':
      return meanOf(graph, x, n);
    case 'EMA':
      return emaOf(graph, x, n);
    case 'WMA':
      return weightedOf(graph, x, n);
    case 'DEMA':
      return doubleOf(graph, x, n);
    case 'TEMA':
      return tripleOf(graph, x, n);
    case 'TRIMA':
      return triangularOf(graph, x, n);
    case 'KAMA':
      return kaufmanOf(graph, x, { n, fast: 2, slow: 30 }).out;
    case 'T3':
      return tillsonOf(graph, x, n, T3_FACTOR);
    case 'SMMA':
      return wilderOf(graph, x, n);
    case 'HMA':
      return hullOf(graph, x, n);
  }
}

export function weightedOf(graph: Graph, x: Series, n: number): Series {
  return n === 1 ? x : new WeightedMean(graph, x, n).out;
}

export function doubleOf(graph: Graph, x: Series, n: number): Series {
  const first = emaOf(graph, x, n);
  return blendOf(graph, first, 2, emaOf(graph, first, n), -1);
}

export function tripleOf(graph: Graph, x: Series, n: number): Series {
  const first = emaOf(graph, x, n);
  const second = emaOf(graph, first, n);
  return blendOf(graph, emaOf(graph, second, n), 1, differenceOf(graph, first, second), 3);
}

/** Weights rise to the middle and fall again: a mean of means. */
export function triangularOf(graph: Graph, x: Series, n: number): Series {
  const half = Math.floor(n / 2) + 1;
  return meanOf(graph, meanOf(graph, x, n + 1 - half), half);
}

/** Hull: twice the weighted mean of half the bars, less that of all, smoothed over the root of n. */
export function hullOf(graph: Graph, x: Series, n: number): Series {
  const half = weightedOf(graph, x, Math.max(1, Math.floor(n / 2)));
  const raw = blendOf(graph, half, 2, weightedOf(graph, x, n), -1);
  return weightedOf(graph, raw, Math.floor(Math.sqrt(n)));
}

export function kaufmanOf(graph: Graph, x: Series, options: KaufmanOptions): KaufmanAverage {
  return new KaufmanAverage(graph, x, sumOf(graph, distanceOf(graph, x, 1), options.n), options);
}

/** Tillson's T3: six exponential averages in a row, blended by the powers of the volume factor. */
export function tillsonOf(graph: Graph, x: Series, n: number, factor: number): Series {
  const chain: Series[] = [x];
  for (let step = 0; step < 6; step += 1) chain.push(emaOf(graph, chain.at(-1) as Series, n));
  const [, , , e3, e4, e5, e6] = chain as [Series, Series, Series, Series, Series, Series, Series];
  const square = factor * factor;
  const cube = square * factor;
  const late = blendOf(graph, e6, -cube, e5, 3 * (square + cube));
  const early = blendOf(graph, e4, -6 * square - 3 * (factor + cube), e3, 1 + 3 * factor + cube + 3 * square);
  return blendOf(graph, late, 1, early, 1);
}
