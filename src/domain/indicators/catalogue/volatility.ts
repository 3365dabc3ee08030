/** Width of the market's movement, and bands around it. Keeps: TA-Lib's definitions, Skender's where TA-Lib has none. */
import { choice, integer, number } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import { blendOf, differenceOf, quotientOf } from '../stages/arithmetic.js';
import { averageOf, averageType } from '../stages/averages.js';
import { Bands } from '../stages/bands.js';
import { earlierOf } from '../stages/changes.js';
import { averageTrueRangeOf, priceOf, SOURCE, trueRangeOf } from '../stages/prices.js';
import { Deviation, SquareRoot, WindowMoments } from '../stages/window-moments.js';
import { rangeOf } from './ranges.js';

const HLC = ['high', 'low', 'close'] as const;

const ZERO_BELOW = number(0, 'a variance below this counts as 0; TA-Lib: 1e-14, which is much for coins below a cent');

const trange = define({
  name: 'trange',
  title: 'True range',
  group: 'volatility',
  parameters: {},
  inputs: HLC,
  outputs: outputs('price', 'trange'),
  formula: 'TA-Lib TRANGE; from the second bar on',
  build: (graph) => [trueRangeOf(graph)],
});

const atr = define({
  name: 'atr',
  title: 'Average true range',
  group: 'volatility',
  parameters: { period: integer(14, 'bars') },
  inputs: HLC,
  outputs: outputs('price', 'atr'),
  formula: "TA-Lib ATR: the first is the mean of `period` true ranges, then Wilder's average",
  build: (graph, { period }) => [averageTrueRangeOf(graph, period)],
});

const natr = define({
  name: 'natr',
  title: 'Normalized average true range',
  group: 'volatility',
  parameters: { period: integer(14, 'bars') },
  inputs: HLC,
  outputs: outputs('percent', 'natr'),
  formula: 'TA-Lib NATR: ATR in percent of the close',
  build: (graph, { period }) => [quotientOf(graph, averageTrueRangeOf(graph, period), graph.input('close'), 100)],
});

const variance = define({
  name: 'variance',
  title: 'Variance',
  group: 'volatility',
  parameters: { period: integer(5, 'bars'), source: SOURCE },
  inputs: [],
  outputs: outputs('square', 'variance'),
  formula: 'TA-Lib VAR: of the population; in two sums about a near value, so that no digits are lost',
  build: (graph, { period, source }) => [new WindowMoments(graph, priceOf(graph, source), period).variance],
});

const stddev = define({
  name: 'stddev',
  title: 'Standard deviation',
  group: 'volatility',
  parameters: {
    period: integer(20, 'bars'),
    deviations: number(1, 'how many', { max: 1_000 }),
    zeroBelow: ZERO_BELOW,
    source: SOURCE,
  },
  inputs: [],
  outputs: [...outputs('price', 'stddev', 'mean'), { name: 'zScore', unit: 'ratio' }],
  formula: 'TA-Lib STDDEV: of the population; zScore: the price in deviations from the mean, 0 where nothing moves',
  build: (graph, { period, deviations, zeroBelow, source }) => {
    const x = priceOf(graph, source);
    const moments = new WindowMoments(graph, x, period);
    const { size, score } = new Deviation(graph, x, moments, deviations, zeroBelow);
    return [size, moments.mean, score];
  },
});

const bollinger = define({
  name: 'bollinger',
  title: 'Bollinger bands',
  group: 'volatility',
  parameters: {
    period: integer(20, 'bars'),
    up: number(2, 'deviations above', { max: 1_000 }),
    down: number(2, 'deviations below', { max: 1_000 }),
    average: averageType('SMA', 'of the middle'),
    zeroBelow: ZERO_BELOW,
    source: SOURCE,
  },
  inputs: [],
  outputs: [...outputs('price', 'upper', 'middle', 'lower'), ...outputs('ratio', 'percentB', 'width')],
  formula:
    'TA-Lib BBANDS (deviation of the population); percentB: 0 at the lower band, 1 at the upper, 0.5 without width; ' +
    'width: the distance of the bands over the middle',
  together: true,
  build: (graph, { period, up, down, average, zeroBelow, source }) => {
    const x = priceOf(graph, source);
    const { mean, variance: square } = new WindowMoments(graph, x, period);
    const deviation = new SquareRoot(graph, square, zeroBelow, 1).out;
    const middle = average === 'SMA' ? mean : averageOf(graph, average, x, period);
    const { upper, lower, place, width } = new Bands(graph, { price: x, middle, distance: deviation, up, down });
    return [upper, middle, lower, place, width];
  },
});

const keltner = define({
  name: 'keltner',
  title: 'Keltner channel',
  group: 'volatility',
  parameters: {
    period: integer(20, 'bars of the middle'),
    factor: number(2, 'average true ranges of distance'),
    atrPeriod: integer(10, 'bars of the true range'),
    average: averageType('EMA', 'of the middle'),
    source: SOURCE,
  },
  inputs: HLC,
  outputs: [...outputs('price', 'upper', 'middle', 'lower'), ...outputs('ratio', 'width')],
  formula: 'Keltner by Linda Raschke (Skender KELTNER): average ± factor × ATR; width: their distance over the middle',
  together: true,
  build: (graph, { period, factor, atrPeriod, average, source }) => {
    const price = priceOf(graph, source);
    const middle = averageOf(graph, average, price, period);
    const distance = averageTrueRangeOf(graph, atrPeriod);
    const { upper, lower, width } = new Bands(graph, { price, middle, distance, up: factor, down: factor });
    return [upper, middle, lower, width];
  },
});

const donchian = define({
  name: 'donchian',
  title: 'Donchian channel',
  group: 'volatility',
  parameters: {
    period: integer(20, 'bars'),
    window: choice('with', ['with', 'before'], 'the bars with this one (TA-Lib MAX, MIN) or those before it (Skender)'),
  },
  inputs: ['high', 'low'],
  outputs: [...outputs('price', 'upper', 'middle', 'lower'), ...outputs('ratio', 'width')],
  formula: 'highest high, lowest low and their middle; width: their distance over the middle',
  build: (graph, { period, window }) => {
    const { low, high } = rangeOf(graph, period);
    const upper = window === 'with' ? high : earlierOf(graph, high, 1);
    const lower = window === 'with' ? low : earlierOf(graph, low, 1);
    const middle = blendOf(graph, upper, 0.5, lower, 0.5);
    return [upper, middle, lower, quotientOf(graph, differenceOf(graph, upper, lower), middle)];
  },
});

export const VOLATILITY_INDICATORS: readonly IndicatorDefinition[] = [
  trange,
  atr,
  natr,
  variance,
  stddev,
  bollinger,
  keltner,
  donchian,
];
