/** Shapes that the house's bots look for. Keeps: the definitions of docs/indicators.md; a flag is 1 or 0. */
import { integer, number } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import { rateOf } from '../stages/changes.js';
import { Wick, type WickRule } from '../stages/flags.js';
import { QuietBase } from '../stages/quiet-base.js';
import { ExtremeAge } from '../stages/window-extremes.js';
import { WindowMoments } from '../stages/window-moments.js';

function wick(name: string, title: string, side: WickRule['side'], formula: string): IndicatorDefinition {
  return define({
    name,
    title,
    group: 'pattern',
    parameters: {
      long: number(2, 'bodies that the long wick is longer than'),
      short: number(0.5, 'bodies that the other wick is shorter than'),
    },
    inputs: ['open', 'high', 'low', 'close'],
    outputs: outputs('flag', name),
    formula,
    build: (graph, { long, short }) => [new Wick(graph, { side, long, short }).out],
  });
}

const qflBase = define({
  name: 'qflBase',
  title: 'QFL base',
  group: 'pattern',
  parameters: {
    window: integer(100, 'bars that are looked at', { min: 2, max: 10_000 }),
    volatility: integer(10, 'returns whose deviation is taken; fewer than the window', { min: 2, max: 9_999 }),
    base: integer(20, 'bars of the mean that ends where the market was quietest', { max: 10_000 }),
  },
  inputs: ['close'],
  outputs: [
    { name: 'base', unit: 'price' },
    { name: 'age', unit: 'bars' },
  ],
  formula:
    'house: where the deviation of the last `volatility` returns was smallest within the window, the mean of the `base` ' +
    'closes that end there, fewer where the window begins later; of equal ones the earliest; age: bars since',
  build: (graph, { window, volatility, base }) => {
    const close = graph.input('close');
    const { variance } = new WindowMoments(graph, rateOf(graph, close, 1, 1), volatility);
    const counted = Math.max(1, window - volatility);
    const quietest = new ExtremeAge(graph, variance, counted, -1, 'earliest').out;
    const found = new QuietBase(graph, close, quietest, { window, base });
    return [found.out, found.age];
  },
});

export const PATTERN_INDICATORS: readonly IndicatorDefinition[] = [
  wick('hammer', 'Hammer', 'lower', 'house: body > 0, lower wick > 2 bodies, upper wick < half a body'),
  wick('shootingStar', 'Shooting star', 'upper', 'house: body > 0, upper wick > 2 bodies, lower wick < half a body'),
  qflBase,
];
