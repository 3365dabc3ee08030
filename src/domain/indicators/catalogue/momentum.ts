/** Oscillators of one price. Keeps: TA-Lib's definitions and first bars; no range and no movement have an answer. */
import { choice, integer } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import { Graph, type Series } from '../core/graph.js';
import { averageOf, type AverageType, averageType } from '../stages/averages.js';
import { balanceOf, differenceOf, quotientOf, shareOf, withinOf } from '../stages/arithmetic.js';
import { momentumOf, rateOf, Rates, RisesAndFalls } from '../stages/changes.js';
import { Convergence } from '../stages/convergence.js';
import { priceOf, SOURCE } from '../stages/prices.js';
import { emaOf, SEEDS } from '../stages/smoothing.js';
import { WindowRange } from '../stages/window-extremes.js';

function rsiOf(graph: Graph, x: Series, n: number): Series {
  const { rises, falls } = new RisesAndFalls(graph, x, n);
  return shareOf(graph, rises, falls);
}

const rsi = define({
  name: 'rsi',
  title: 'Relative strength index',
  group: 'momentum',
  parameters: { period: integer(14, 'bars'), source: SOURCE },
  inputs: [],
  outputs: outputs('percent', 'rsi'),
  formula: 'TA-Lib RSI (Wilder); 0 where nothing ever moved',
  build: (graph, { period, source }) => [rsiOf(graph, priceOf(graph, source), period)],
});

const cmo = define({
  name: 'cmo',
  title: 'Chande momentum oscillator',
  group: 'momentum',
  parameters: { period: integer(14, 'bars'), source: SOURCE },
  inputs: [],
  outputs: outputs('percent', 'cmo'),
  formula: "TA-Lib CMO (with Wilder's averages); 0 where nothing ever moved",
  build: (graph, { period, source }) => {
    const { rises, falls } = new RisesAndFalls(graph, priceOf(graph, source), period);
    return [balanceOf(graph, rises, falls)];
  },
});

const stochRsi = define({
  name: 'stochRsi',
  title: 'Stochastic RSI',
  group: 'momentum',
  parameters: {
    period: integer(14, 'bars of the RSI'),
    fastK: integer(14, 'bars of its range'),
    smooth: integer(1, 'mean that K is taken over (1: none, as TA-Lib)'),
    fastD: integer(3, 'bars of the signal'),
    average: averageType('SMA', 'of smoothing and signal'),
    source: SOURCE,
  },
  inputs: [],
  outputs: outputs('percent', 'k', 'd'),
  formula: 'TA-Lib STOCHRSI; 0 where the RSI had no range',
  together: true,
  build: (graph, { period, fastK, smooth, fastD, average, source }) => {
    const x = rsiOf(graph, priceOf(graph, source), period);
    const range = new WindowRange(graph, x, x, fastK);
    const k = averageOf(graph, average, withinOf(graph, x, range, 100), smooth);
    return [k, averageOf(graph, average, k, fastD)];
  },
});

const macd = define({
  name: 'macd',
  title: 'Moving average convergence/divergence',
  group: 'momentum',
  parameters: {
    fast: integer(12, 'bars'),
    slow: integer(26, 'bars'),
    signal: integer(9, 'bars'),
    seed: choice('mean', SEEDS, 'of all three averages: TA-Lib begins with means, on one bar'),
    source: SOURCE,
  },
  inputs: [],
  outputs: outputs('price', 'macd', 'signal', 'histogram'),
  formula: 'TA-Lib MACD: fast and slow average begin on the same bar, all outputs with the signal',
  together: true,
  build: (graph, { fast, slow, signal, seed, source }) => {
    const periods = { fast: Math.min(fast, slow), slow: Math.max(fast, slow), signal };
    const { line, signal: average, histogram } = new Convergence(graph, priceOf(graph, source), periods, seed);
    return [line, average, histogram];
  },
});

/** Bars before the first value of an average. */
function firstOf(type: AverageType, n: number): number {
  const aside = new Graph();
  return averageOf(aside, type, aside.series(0), n).first;
}

const macdExt = define({
  name: 'macdExt',
  title: 'MACD of any averages',
  group: 'momentum',
  parameters: {
    fast: integer(12, 'bars'),
    fastAverage: averageType('SMA', 'of the fast line'),
    slow: integer(26, 'bars'),
    slowAverage: averageType('SMA', 'of the slow line'),
    signal: integer(9, 'bars'),
    signalAverage: averageType('SMA', 'of the signal'),
    source: SOURCE,
  },
  inputs: [],
  outputs: outputs('price', 'macd', 'signal', 'histogram'),
  formula: 'TA-Lib MACDEXT: fast and slow average begin on the same bar, all outputs with the signal',
  together: true,
  build: (graph, p) => {
    const x = priceOf(graph, p.source);
    const isSwapped = p.slow < p.fast;
    const quick = isSwapped ? { n: p.slow, type: p.slowAverage } : { n: p.fast, type: p.fastAverage };
    const calm = isSwapped ? { n: p.fast, type: p.fastAverage } : { n: p.slow, type: p.slowAverage };
    const firsts = [quick, calm].map(({ n, type }) => firstOf(type, n));
    const last = Math.max(...firsts);
    const [quickLine, calmLine] = [quick, calm].map(({ n, type }, index) =>
      averageOf(graph, type, graph.later(x, last - (firsts[index] as number)), n),
    );
    const line = differenceOf(graph, quickLine as Series, calmLine as Series);
    const signalLine = averageOf(graph, p.signalAverage, line, p.signal);
    return [line, signalLine, differenceOf(graph, line, signalLine)];
  },
});

const OSCILLATOR = {
  fast: integer(12, 'bars'),
  slow: integer(26, 'bars'),
  average: averageType('SMA', 'of both lines'),
  source: SOURCE,
} as const;

const apo = define({
  name: 'apo',
  title: 'Absolute price oscillator',
  group: 'momentum',
  parameters: OSCILLATOR,
  inputs: [],
  outputs: outputs('price', 'apo'),
  formula: 'TA-Lib APO: fast average less slow average',
  build: (graph, { fast, slow, average, source }) => {
    const x = priceOf(graph, source);
    const quick = averageOf(graph, average, x, Math.min(fast, slow));
    return [differenceOf(graph, quick, averageOf(graph, average, x, Math.max(fast, slow)))];
  },
});

const ppo = define({
  name: 'ppo',
  title: 'Percentage price oscillator',
  group: 'momentum',
  parameters: OSCILLATOR,
  inputs: [],
  outputs: outputs('percent', 'ppo'),
  formula: 'TA-Lib PPO: fast average less slow average, in percent of the slow; 0 where that is 0',
  build: (graph, { fast, slow, average, source }) => {
    const x = priceOf(graph, source);
    const quick = averageOf(graph, average, x, Math.min(fast, slow));
    const calm = averageOf(graph, average, x, Math.max(fast, slow));
    return [quotientOf(graph, differenceOf(graph, quick, calm), calm, 100)];
  },
});

const mom = define({
  name: 'mom',
  title: 'Momentum',
  group: 'momentum',
  parameters: { period: integer(10, 'bars'), source: SOURCE },
  inputs: [],
  outputs: outputs('price', 'mom'),
  formula: 'TA-Lib MOM: price less price `period` bars before',
  build: (graph, { period, source }) => [momentumOf(graph, priceOf(graph, source), period)],
});

const roc = define({
  name: 'roc',
  title: 'Rate of change',
  group: 'momentum',
  parameters: { period: integer(10, 'bars'), source: SOURCE },
  inputs: [],
  outputs: [...outputs('percent', 'roc'), ...outputs('ratio', 'change', 'ratio')],
  formula: 'TA-Lib ROC, ROCP, ROCR: the price against that `period` bars before; 0 where that was 0',
  build: (graph, { period, source }) => {
    const { out, change, percent } = new Rates(graph, priceOf(graph, source), period);
    return [percent, change, out];
  },
});

const trix = define({
  name: 'trix',
  title: 'Rate of change of a triple average',
  group: 'momentum',
  parameters: { period: integer(15, 'bars'), signal: integer(9, 'bars of the signal'), source: SOURCE },
  inputs: [],
  outputs: outputs('percent', 'trix', 'signal'),
  formula: 'TA-Lib TRIX; the signal is its plain mean (Skender)',
  build: (graph, { period, signal, source }) => {
    const once = emaOf(graph, priceOf(graph, source), period);
    const thrice = emaOf(graph, emaOf(graph, once, period), period);
    const line = rateOf(graph, thrice, 1, 100);
    return [line, averageOf(graph, 'SMA', line, signal)];
  },
});

export const MOMENTUM_INDICATORS: readonly IndicatorDefinition[] = [
  rsi,
  cmo,
  stochRsi,
  macd,
  macdExt,
  apo,
  ppo,
  mom,
  roc,
  trix,
];
