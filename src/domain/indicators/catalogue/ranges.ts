/** Oscillators of where a bar stands in its range. Keeps: TA-Lib's definitions and first bars; no range gives 0. */
import { integer, number } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import type { Graph, Series } from '../core/graph.js';
import { ChannelIndex } from '../stages/adaptive.js';
import { affineOf, blendOf, differenceOf, quotientOf, type Range, withinOf } from '../stages/arithmetic.js';
import { averageOf, averageType } from '../stages/averages.js';
import { priceOf, trueRangeOf } from '../stages/prices.js';
import { BuyingPressure } from '../stages/reaches.js';
import { highestOf, WindowRange } from '../stages/window-extremes.js';
import { WindowRatio } from '../stages/window-ratio.js';
import { exactMeanOf, meanOf } from '../stages/window-sums.js';

/** Lowest low and highest high of the last n bars. */
export function rangeOf(graph: Graph, n: number): Range {
  return graph.shared(`range ${n}`, () => new WindowRange(graph, graph.input('low'), graph.input('high'), n));
}

export function highestHighOf(graph: Graph, n: number): Series {
  return graph.shared(`high ${n}`, () => highestOf(graph, graph.input('high'), n));
}

const HLC = ['high', 'low', 'close'] as const;

const stoch = define({
  name: 'stoch',
  title: 'Stochastic oscillator (slow)',
  group: 'momentum',
  parameters: {
    fastK: integer(14, 'bars of the range'),
    slowK: integer(3, 'bars that K is averaged over'),
    slowKAverage: averageType('SMA', 'of K'),
    slowD: integer(3, 'bars of the signal'),
    slowDAverage: averageType('SMA', 'of the signal'),
  },
  inputs: HLC,
  outputs: outputs('percent', 'k', 'd', 'j'),
  formula: 'TA-Lib STOCH; 0 where there is no range; j = 3·k − 2·d',
  together: true,
  build: (graph, p) => {
    const raw = withinOf(graph, graph.input('close'), rangeOf(graph, p.fastK), 100);
    const k = averageOf(graph, p.slowKAverage, raw, p.slowK);
    const d = averageOf(graph, p.slowDAverage, k, p.slowD);
    return [k, d, blendOf(graph, k, 3, d, -2)];
  },
});

const stochFast = define({
  name: 'stochFast',
  title: 'Stochastic oscillator (fast)',
  group: 'momentum',
  parameters: {
    fastK: integer(14, 'bars of the range'),
    fastD: integer(3, 'bars of the signal'),
    fastDAverage: averageType('SMA', 'of the signal'),
  },
  inputs: HLC,
  outputs: outputs('percent', 'k', 'd'),
  formula: 'TA-Lib STOCHF; 0 where there is no range',
  together: true,
  build: (graph, p) => {
    const k = withinOf(graph, graph.input('close'), rangeOf(graph, p.fastK), 100);
    return [k, averageOf(graph, p.fastDAverage, k, p.fastD)];
  },
});

const willr = define({
  name: 'willr',
  title: "Williams' %R",
  group: 'momentum',
  parameters: { period: integer(14, 'bars') },
  inputs: HLC,
  outputs: outputs('percent', 'willr'),
  formula: 'TA-Lib WILLR: −100 at the lowest low, 0 at the highest high; 0 where there is no range',
  build: (graph, { period }) => {
    const { low, high } = rangeOf(graph, period);
    return [withinOf(graph, graph.input('close'), { low: high, high: low }, -100)];
  },
});

const cci = define({
  name: 'cci',
  title: 'Commodity channel index',
  group: 'momentum',
  parameters: { period: integer(20, 'bars') },
  inputs: HLC,
  outputs: outputs('percent', 'cci'),
  formula: 'TA-Lib CCI: (price − mean) / (0.015 × mean deviation) of hlc3; 0 where nothing moves',
  build: (graph, { period }) => {
    const x = priceOf(graph, 'hlc3');
    const mean = exactMeanOf(graph, x, period);
    return [new ChannelIndex(graph, x, mean, period).out];
  },
});

const bop = define({
  name: 'bop',
  title: 'Balance of power',
  group: 'momentum',
  parameters: { smooth: integer(1, 'bars of a plain mean over it (1: none, as TA-Lib)') },
  inputs: ['open', 'high', 'low', 'close'],
  outputs: outputs('ratio', 'bop'),
  formula: 'TA-Lib BOP: (close − open) / (high − low); 0 where there is no range',
  build: (graph, { smooth }) => {
    const body = differenceOf(graph, graph.input('close'), graph.input('open'));
    const range = differenceOf(graph, graph.input('high'), graph.input('low'));
    return [meanOf(graph, quotientOf(graph, body, range), smooth)];
  },
});

const ultosc = define({
  name: 'ultosc',
  title: 'Ultimate oscillator',
  group: 'momentum',
  parameters: { short: integer(7, 'bars'), middle: integer(14, 'bars'), long: integer(28, 'bars') },
  inputs: HLC,
  outputs: outputs('percent', 'ultosc'),
  formula: 'TA-Lib ULTOSC: shares of buying pressure in the true range, weighted 4, 2, 1 from short to long',
  build: (graph, { short, middle, long }) => {
    const pressure = new BuyingPressure(graph).out;
    const range = trueRangeOf(graph);
    const [first, second, third] = [short, middle, long]
      .sort((a, b) => a - b)
      .map((n) => new WindowRatio(graph, pressure, range, n).out);
    if (first === undefined || second === undefined || third === undefined) return [];
    const quick = blendOf(graph, first, 4, second, 2);
    return [affineOf(graph, blendOf(graph, quick, 1, third, 1), 100 / 7)];
  },
});

const ao = define({
  name: 'ao',
  title: 'Awesome oscillator',
  group: 'momentum',
  parameters: { fast: integer(5, 'bars'), slow: integer(34, 'bars') },
  inputs: ['high', 'low'],
  outputs: [
    { name: 'ao', unit: 'price' },
    { name: 'normalized', unit: 'percent' },
  ],
  formula: 'Bill Williams (Skender AWESOME): fast mean less slow mean of hl2; normalized: in percent of hl2',
  build: (graph, { fast, slow }) => {
    const x = priceOf(graph, 'hl2');
    const ao = differenceOf(graph, meanOf(graph, x, fast), meanOf(graph, x, slow));
    return [ao, quotientOf(graph, ao, x, 100)];
  },
});

const percentK = define({
  name: 'percentK',
  title: 'Place within the channel',
  group: 'momentum',
  parameters: { period: integer(14, 'bars'), factor: number(100, '100 for percent', { min: 1, max: 100 }) },
  inputs: HLC,
  outputs: outputs('percent', 'percentK'),
  formula:
    '(close − lowest low) / (highest high − lowest low), unsmoothed, from the first full window on; 0 without range',
  build: (graph, { period, factor }) => [withinOf(graph, graph.input('close'), rangeOf(graph, period), factor)],
});

export const RANGE_INDICATORS: readonly IndicatorDefinition[] = [
  stoch,
  stochFast,
  percentK,
  willr,
  cci,
  bop,
  ultosc,
  ao,
];
