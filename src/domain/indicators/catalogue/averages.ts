/** Averages of one price, and of price by volume. Keeps: the names and first bars of TA-Lib where it has the indicator. */
import { choice, integer, number } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import type { Graph, Series } from '../core/graph.js';
import { doubleOf, hullOf, kaufmanOf, tillsonOf, triangularOf, tripleOf, weightedOf } from '../stages/averages.js';
import { productOf, quotientOr } from '../stages/arithmetic.js';
import { calendarOf, PERIODS } from '../stages/calendar.js';
import { AnchoredAverage } from '../stages/cumulative.js';
import { priceOf, SOURCE, SOURCES } from '../stages/prices.js';
import { emaOf, SEEDS, wilderOf } from '../stages/smoothing.js';
import { meanOf, sumOf } from '../stages/window-sums.js';

type AverageBy = (graph: Graph, x: Series, n: number) => Series;

function average(name: string, title: string, period: number, formula: string, by: AverageBy): IndicatorDefinition {
  return define({
    name,
    title,
    group: 'average',
    parameters: { period: integer(period, 'bars'), source: SOURCE },
    inputs: [],
    outputs: outputs('price', name),
    formula,
    build: (graph, { period: n, source }) => [by(graph, priceOf(graph, source), n)],
  });
}

const ema = define({
  name: 'ema',
  title: 'Exponential moving average',
  group: 'average',
  parameters: {
    period: integer(20, 'bars; weight 2/(period + 1)'),
    seed: choice('mean', SEEDS, 'begins with the mean of the first period (TA-Lib) or with the first value'),
    source: SOURCE,
  },
  inputs: [],
  outputs: outputs('price', 'ema'),
  formula: 'TA-Lib EMA; shown from the bar `period` on with either seed',
  build: (graph, { period, seed, source }) => [emaOf(graph, priceOf(graph, source), period, seed)],
});

const kama = define({
  name: 'kama',
  title: "Kaufman's adaptive moving average",
  group: 'average',
  parameters: {
    period: integer(10, 'bars over which the efficiency is taken', { min: 1 }),
    fast: integer(2, 'bars of the quickest average'),
    slow: integer(30, 'bars of the slowest average'),
    source: SOURCE,
  },
  inputs: [],
  outputs: [
    { name: 'kama', unit: 'price' },
    { name: 'efficiency', unit: 'ratio' },
  ],
  formula: 'TA-Lib KAMA; where nothing moved the efficiency is 1',
  build: (graph, { period, fast, slow, source }) => {
    const { out, efficiency } = kaufmanOf(graph, priceOf(graph, source), { n: period, fast, slow });
    return [out, efficiency];
  },
});

const t3 = define({
  name: 't3',
  title: "Tillson's T3",
  group: 'average',
  parameters: { period: integer(5, 'bars'), factor: number(0.7, 'volume factor', { max: 1 }), source: SOURCE },
  inputs: [],
  outputs: outputs('price', 't3'),
  formula: 'TA-Lib T3',
  build: (graph, { period, factor, source }) => [tillsonOf(graph, priceOf(graph, source), period, factor)],
});

const vwma = define({
  name: 'vwma',
  title: 'Volume-weighted moving average',
  group: 'average',
  parameters: { period: integer(20, 'bars'), source: SOURCE },
  inputs: ['volume'],
  outputs: outputs('price', 'vwma'),
  formula: 'sum of price × volume / sum of volume (Skender VWMA); the plain mean where nothing was traded',
  build: (graph, { period, source }) => {
    const x = priceOf(graph, source);
    const volume = graph.input('volume');
    const money = sumOf(graph, productOf(graph, x, volume), period);
    return [quotientOr(graph, money, sumOf(graph, volume, period), meanOf(graph, x, period))];
  },
});

const vwap = define({
  name: 'vwap',
  title: 'Volume-weighted average price',
  group: 'average',
  parameters: {
    anchor: choice('day', PERIODS, 'where the sums begin anew, in UTC; `never`: at the first bar'),
    source: choice('hlc3', SOURCES, 'the price that is taken'),
  },
  inputs: ['volume', 'time'],
  outputs: outputs('price', 'vwap'),
  formula:
    'sum of price × volume / sum of volume since the anchor (Skender VWAP); the price where nothing was traded yet',
  build: (graph, { anchor, source }) => {
    const time = anchor === 'never' ? undefined : graph.input('time');
    const x = priceOf(graph, source);
    return [new AnchoredAverage(graph, x, graph.input('volume'), time, calendarOf(anchor)).out];
  },
});

export const AVERAGE_INDICATORS: readonly IndicatorDefinition[] = [
  average('sma', 'Simple moving average', 20, 'TA-Lib SMA', meanOf),
  ema,
  average('wma', 'Weighted moving average', 20, 'TA-Lib WMA: weights 1 (oldest) to period', weightedOf),
  average('dema', 'Double exponential moving average', 20, 'TA-Lib DEMA', doubleOf),
  average('tema', 'Triple exponential moving average', 20, 'TA-Lib TEMA', tripleOf),
  average('trima', 'Triangular moving average', 20, 'TA-Lib TRIMA', triangularOf),
  average('hma', 'Hull moving average', 20, 'Skender HMA: WMA(2·WMA(n/2) − WMA(n), √n), whole parts', hullOf),
  average('smma', "Smoothed (Wilder's) moving average", 20, 'Skender SMMA: weight 1/period after a mean', wilderOf),
  kama,
  t3,
  vwma,
  vwap,
];
