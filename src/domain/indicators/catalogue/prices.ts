/** Prices made of prices, and levels. Keeps: TA-Lib's names, Skender's definitions where TA-Lib has none. */
import { choice, integer, number } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import { affineOf, blendOf, quotientOf } from '../stages/arithmetic.js';
import { calendarOf } from '../stages/calendar.js';
import { HeikinAshi, PIVOT_TYPES, PivotPoints } from '../stages/candle-shapes.js';
import { priceOf, SOURCE, type Source } from '../stages/prices.js';
import { Swing, ZigZag } from '../stages/turns.js';
import { highestOf, lowestOf } from '../stages/window-extremes.js';
import { highestHighOf, rangeOf } from './ranges.js';

const OHLC = ['open', 'high', 'low', 'close'] as const;

function mean(name: string, title: string, source: Source, formula: string): IndicatorDefinition {
  return define({
    name,
    title,
    group: 'price',
    parameters: {},
    inputs: source === 'ohlc4' ? OHLC : source === 'hl2' ? ['high', 'low'] : ['high', 'low', 'close'],
    outputs: outputs('price', name),
    formula,
    build: (graph) => [priceOf(graph, source)],
  });
}

const midpoint = define({
  name: 'midpoint',
  title: 'Midpoint',
  group: 'price',
  parameters: { period: integer(14, 'bars'), source: SOURCE },
  inputs: [],
  outputs: outputs('price', 'midpoint', 'highest', 'lowest'),
  formula: 'TA-Lib MIDPOINT, MAX, MIN: of one price',
  build: (graph, { period, source }) => {
    const x = priceOf(graph, source);
    const high = highestOf(graph, x, period);
    const low = lowestOf(graph, x, period);
    return [blendOf(graph, high, 0.5, low, 0.5), high, low];
  },
});

const midprice = define({
  name: 'midprice',
  title: 'Midprice',
  group: 'price',
  parameters: { period: integer(14, 'bars') },
  inputs: ['high', 'low'],
  outputs: outputs('price', 'midprice'),
  formula: 'TA-Lib MIDPRICE: middle of highest high and lowest low',
  build: (graph, { period }) => {
    const { low, high } = rangeOf(graph, period);
    return [blendOf(graph, high, 0.5, low, 0.5)];
  },
});

const heikinAshi = define({
  name: 'heikinAshi',
  title: 'Heikin-Ashi candle',
  group: 'price',
  parameters: {},
  inputs: OHLC,
  outputs: outputs('price', 'open', 'high', 'low', 'close'),
  formula: 'Skender HEIKINASHI; the first opens in the middle of its own body',
  build: (graph) => new HeikinAshi(graph).outs,
});

const pivotPoints = define({
  name: 'pivotPoints',
  title: 'Pivot points',
  group: 'price',
  parameters: {
    period: choice('day', ['day', 'week', 'month'], 'whose levels follow it, UTC'),
    type: choice('standard', PIVOT_TYPES, 'how the levels are laid'),
  },
  inputs: [...OHLC, 'time'],
  outputs: outputs('price', 'pivot', 's1', 's2', 's3', 's4', 'r1', 'r2', 'r3', 'r4'),
  formula: 'Skender PIVOT POINTS: of the period before; NaN during the first, and for levels that a type does not have',
  build: (graph, { period, type }) => new PivotPoints(graph, type, calendarOf(period)).outs,
});

const swings = define({
  name: 'swings',
  title: 'Swing highs and lows',
  group: 'price',
  parameters: {
    left: integer(4, 'bars before that must lie lower (higher)', { max: 1_000 }),
    right: integer(4, 'bars after that must lie lower (higher); the swing is told that much later', { max: 1_000 }),
  },
  inputs: ['high', 'low'],
  outputs: outputs('price', 'high', 'low'),
  formula: 'pivot highs and lows (Skender PIVOTS), at the bar that confirms them; NaN at all others',
  build: (graph, { left, right }) => [
    new Swing(graph, graph.input('high'), 1, left, right).out,
    new Swing(graph, graph.input('low'), -1, left, right).out,
  ],
});

const zigzag = define({
  name: 'zigzag',
  title: 'Zigzag',
  group: 'price',
  parameters: {
    percent: number(5, 'of the extreme that the price must come back to end a leg', { min: 0.001, max: 99 }),
    prices: choice('extremes', ['extremes', 'close'], 'legs between highs and lows, or between closes'),
  },
  inputs: ['high', 'low', 'close'],
  outputs: [
    { name: 'pivot', unit: 'price' },
    { name: 'side', unit: 'flag' },
    { name: 'extreme', unit: 'price' },
    { name: 'age', unit: 'bars' },
  ],
  formula:
    'turns are told at the bar that confirms them (`pivot`, else NaN); `extreme` and `age` are of the leg that runs',
  build: (graph, { percent, prices }) => {
    const isClose = prices === 'close';
    const high = graph.input(isClose ? 'close' : 'high');
    const line = new ZigZag(graph, high, graph.input(isClose ? 'close' : 'low'), percent);
    return [line.pivot, line.side, line.extreme, line.age];
  },
});

const dropPercent = define({
  name: 'dropPercent',
  title: 'Drop from the highest high',
  group: 'price',
  parameters: { period: integer(50, 'bars') },
  inputs: ['high', 'close'],
  outputs: outputs('percent', 'dropPercent'),
  formula: 'house: (close − highest high) / highest high × 100, never above 0',
  build: (graph, { period }) => {
    const high = highestHighOf(graph, period);
    return [affineOf(graph, quotientOf(graph, graph.input('close'), high, 100, 100), 1, -100)];
  },
});

export const PRICE_INDICATORS: readonly IndicatorDefinition[] = [
  mean('avgprice', 'Average price', 'ohlc4', 'TA-Lib AVGPRICE'),
  mean('medprice', 'Median price', 'hl2', 'TA-Lib MEDPRICE'),
  mean('typprice', 'Typical price', 'hlc3', 'TA-Lib TYPPRICE'),
  mean('wclprice', 'Weighted close', 'hlcc4', 'TA-Lib WCLPRICE'),
  midpoint,
  midprice,
  heikinAshi,
  pivotPoints,
  swings,
  zigzag,
  dropPercent,
];
