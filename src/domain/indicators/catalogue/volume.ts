/** What volume says. Keeps: TA-Lib's definitions, Skender's where TA-Lib has none; where nothing is traded, no money flows. */
import { choice, integer, number } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import { differenceOf, productOf, quotientOf, shareOf } from '../stages/arithmetic.js';
import { AccumulationDistribution, MoneyFlowMultiplier, OnBalanceVolume } from '../stages/cumulative.js';
import { Exceeds } from '../stages/flags.js';
import { priceOf, SOURCE } from '../stages/prices.js';
import { MoneyFlow } from '../stages/reaches.js';
import { emaOf } from '../stages/smoothing.js';
import { exactMeanOf, sumOf } from '../stages/window-sums.js';

const HLCV = ['high', 'low', 'close', 'volume'] as const;

const obv = define({
  name: 'obv',
  title: 'On-balance volume',
  group: 'volume',
  parameters: {
    start: choice('volume', ['volume', 'zero'], "the first bar's volume (TA-Lib) or 0 (Skender)"),
    source: SOURCE,
  },
  inputs: ['volume'],
  outputs: outputs('volume', 'obv'),
  formula: 'TA-Lib OBV',
  build: (graph, { start, source }) => [
    new OnBalanceVolume(graph, priceOf(graph, source), graph.input('volume'), start).out,
  ],
});

const ad = define({
  name: 'ad',
  title: 'Accumulation/distribution line',
  group: 'volume',
  parameters: {},
  inputs: HLCV,
  outputs: outputs('volume', 'ad'),
  formula: 'TA-Lib AD (Chaikin)',
  build: (graph) => [new AccumulationDistribution(graph).out],
});

const adosc = define({
  name: 'adosc',
  title: 'Chaikin oscillator',
  group: 'volume',
  parameters: { fast: integer(3, 'bars'), slow: integer(10, 'bars') },
  inputs: HLCV,
  outputs: outputs('volume', 'adosc'),
  formula: 'TA-Lib ADOSC: EMA(fast) less EMA(slow) of AD, both from the first bar on',
  together: true,
  build: (graph, { fast, slow }) => {
    const line = new AccumulationDistribution(graph).out;
    return [differenceOf(graph, emaOf(graph, line, fast, 'first'), emaOf(graph, line, slow, 'first'))];
  },
});

const cmf = define({
  name: 'cmf',
  title: 'Chaikin money flow',
  group: 'volume',
  parameters: { period: integer(20, 'bars') },
  inputs: HLCV,
  outputs: [
    { name: 'cmf', unit: 'ratio' },
    { name: 'multiplier', unit: 'ratio' },
    { name: 'flow', unit: 'volume' },
  ],
  formula: 'Skender CMF: sum of multiplier × volume over the sum of volume; 0 where nothing was traded',
  build: (graph, { period }) => {
    const multiplier = new MoneyFlowMultiplier(graph).out;
    const volume = graph.input('volume');
    const flow = productOf(graph, multiplier, volume);
    return [quotientOf(graph, sumOf(graph, flow, period), sumOf(graph, volume, period)), multiplier, flow];
  },
});

const mfi = define({
  name: 'mfi',
  title: 'Money flow index',
  group: 'volume',
  parameters: {
    period: integer(14, 'bars'),
    zeroBelow: number(0, 'a flow of less money than this counts as none; TA-Lib: 1, which is much for pairs in BTC'),
  },
  inputs: HLCV,
  outputs: outputs('percent', 'mfi'),
  formula: 'TA-Lib MFI: share of hlc3 × volume on rises; 0 where no money flowed',
  build: (graph, { period, zeroBelow }) => {
    const { inward, outward } = new MoneyFlow(graph, priceOf(graph, 'hlc3'), graph.input('volume'));
    return [shareOf(graph, sumOf(graph, inward, period), sumOf(graph, outward, period), zeroBelow)];
  },
});

const volumeSurge = define({
  name: 'volumeSurge',
  title: 'Volume surge',
  group: 'volume',
  parameters: { period: integer(20, 'bars of the mean, this one among them'), factor: number(1.5, 'times the mean') },
  inputs: ['volume'],
  outputs: [
    { name: 'surge', unit: 'flag' },
    { name: 'ratio', unit: 'ratio' },
  ],
  formula:
    'house: 1 where volume > factor × mean of the last `period` volumes, this one included; ratio: volume / mean',
  build: (graph, { period, factor }) => {
    const volume = graph.input('volume');
    const mean = exactMeanOf(graph, volume, period);
    return [new Exceeds(graph, volume, mean, factor).out, quotientOf(graph, volume, mean)];
  },
});

export const VOLUME_INDICATORS: readonly IndicatorDefinition[] = [obv, ad, adosc, cmf, mfi, volumeSurge];
