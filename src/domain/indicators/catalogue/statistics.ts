/** Lines through, and relations between, prices. Keeps: TA-Lib's definitions and first bars. */
import { choice, integer, number } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import { blendOf } from '../stages/arithmetic.js';
import { Angle } from '../stages/angle.js';
import { rateOf } from '../stages/changes.js';
import { priceOf, SOURCE, SOURCES } from '../stages/prices.js';
import { Regression } from '../stages/window-line.js';
import { Correlation, Slope } from '../stages/window-pair.js';
import { sumOf } from '../stages/window-sums.js';

const linearReg = define({
  name: 'linearReg',
  title: 'Linear regression',
  group: 'statistics',
  parameters: { period: integer(14, 'bars', { min: 2 }), source: SOURCE },
  inputs: [],
  outputs: outputs('price', 'value', 'slope', 'intercept', 'forecast'),
  formula: 'TA-Lib LINEARREG, LINEARREG_SLOPE (a bar), LINEARREG_INTERCEPT (at the oldest bar), TSF (at the next bar)',
  build: (graph, { period, source }) => {
    const line = new Regression(graph, priceOf(graph, source), period);
    const forecast = blendOf(graph, line.end, 1, line.slope, 1);
    return [line.end, line.slope, line.intercept, forecast];
  },
});

const linearRegAngle = define({
  name: 'linearRegAngle',
  title: 'Angle of the linear regression',
  group: 'statistics',
  parameters: { period: integer(14, 'bars', { min: 2 }), source: SOURCE },
  inputs: [],
  outputs: outputs('degrees', 'angle'),
  formula: 'TA-Lib LINEARREG_ANGLE: one price unit a bar is 45 degrees',
  build: (graph, { period, source }) => {
    const { slope } = new Regression(graph, priceOf(graph, source), period);
    return [new Angle(graph, slope).out];
  },
});

const PAIR = {
  x: choice('high', SOURCES, 'one price'),
  y: choice('low', SOURCES, 'the other'),
} as const;

const sum = define({
  name: 'sum',
  title: 'Sum',
  group: 'statistics',
  parameters: { period: integer(30, 'bars'), source: SOURCE },
  inputs: [],
  outputs: outputs('price', 'sum'),
  formula: 'TA-Lib SUM',
  build: (graph, { period, source }) => [sumOf(graph, priceOf(graph, source), period)],
});

const correl = define({
  name: 'correl',
  title: 'Correlation',
  group: 'statistics',
  parameters: {
    period: integer(30, 'bars', { min: 1 }),
    ...PAIR,
    zeroBelow: number(0, 'a product of spreads below this counts as 0; TA-Lib: 1e-14'),
  },
  inputs: [],
  outputs: outputs('ratio', 'correl'),
  formula: "TA-Lib CORREL (Pearson's); 0 where one of the two stands still",
  build: (graph, { period, x, y, zeroBelow }) => [
    new Correlation(graph, priceOf(graph, x), priceOf(graph, y), period, zeroBelow).out,
  ],
});

const beta = define({
  name: 'beta',
  title: 'Beta',
  group: 'statistics',
  parameters: {
    period: integer(5, 'returns', { min: 1 }),
    ...PAIR,
    zeroBelow: number(0, 'a spread of the returns below this counts as 0; TA-Lib: 1e-14'),
  },
  inputs: [],
  outputs: outputs('ratio', 'beta'),
  formula: 'TA-Lib BETA: slope of the returns of y over those of x; 0 where x stands still',
  build: (graph, { period, x, y, zeroBelow }) => {
    const [over, of] = [x, y].map((source) => rateOf(graph, priceOf(graph, source), 1, 1));
    return over === undefined || of === undefined ? [] : [new Slope(graph, over, of, period, zeroBelow).out];
  },
});

export const STATISTICS_INDICATORS: readonly IndicatorDefinition[] = [linearReg, linearRegAngle, sum, correl, beta];
