/** Direction and strength of a trend. Keeps: TA-Lib's definitions and first bars, Skender's where TA-Lib has none. */
import { integer, number } from '../core/parameters.js';
import { define, type IndicatorDefinition, outputs } from '../core/definition.js';
import { affineOf, blendOf, differenceOf, quotientOf } from '../stages/arithmetic.js';
import { earlierOf } from '../stages/changes.js';
import { DirectionalAverage, DirectionalIndex, DirectionalMovement } from '../stages/directional.js';
import { averageTrueRangeOf, priceOf, SOURCES, trueRangeOf } from '../stages/prices.js';
import { CrossDistance } from '../stages/reaches.js';
import { ParabolicSar, Supertrend } from '../stages/stops.js';
import { ExtremeAge } from '../stages/window-extremes.js';
import { sumOf } from '../stages/window-sums.js';
import { wilderOf } from '../stages/smoothing.js';
import { choice } from '../core/parameters.js';
import { rangeOf } from './ranges.js';

const HLC = ['high', 'low', 'close'] as const;

const adx = define({
  name: 'adx',
  title: 'Average directional index',
  group: 'trend',
  parameters: { period: integer(14, 'bars') },
  inputs: HLC,
  outputs: outputs('percent', 'adx', 'adxr', 'dx', 'plusDi', 'minusDi'),
  formula:
    'TA-Lib ADX, ADXR, DX, PLUS_DI, MINUS_DI (Wilder); where nothing moves DX stays, and the indicators are 0; ' +
    'with period 1 the indicators are ratios, as in TA-Lib',
  build: (graph, { period }) => {
    const movement = new DirectionalMovement(graph, period);
    const dx = new DirectionalIndex(graph, movement, 'LAST').out;
    const missing = new DirectionalIndex(graph, movement, 'NAN').out;
    const average = new DirectionalAverage(graph, missing, period).out;
    const factor = period === 1 ? 1 : 100;
    return [
      average,
      blendOf(graph, average, 0.5, period === 1 ? average : earlierOf(graph, average, period - 1), 0.5),
      dx,
      quotientOf(graph, movement.plus, movement.range, factor),
      quotientOf(graph, movement.minus, movement.range, factor),
    ];
  },
});

const dm = define({
  name: 'dm',
  title: 'Directional movement',
  group: 'trend',
  parameters: { period: integer(14, 'bars') },
  inputs: HLC,
  outputs: outputs('price', 'plusDm', 'minusDm'),
  formula: "TA-Lib PLUS_DM, MINUS_DM: Wilder's running sums",
  build: (graph, { period }) => {
    const { plus, minus } = new DirectionalMovement(graph, period);
    return [plus, minus];
  },
});

const aroon = define({
  name: 'aroon',
  title: 'Aroon',
  group: 'trend',
  parameters: { period: integer(25, 'bars') },
  inputs: ['high', 'low'],
  outputs: outputs('percent', 'down', 'up', 'oscillator'),
  formula: 'TA-Lib AROON, AROONOSC: how lately the extremes were; of equal extremes the later counts',
  build: (graph, { period }) => {
    const recency = (age: ExtremeAge) => affineOf(graph, age.out, -100 / period, 100);
    const down = recency(new ExtremeAge(graph, graph.input('low'), period + 1, -1));
    const up = recency(new ExtremeAge(graph, graph.input('high'), period + 1, 1));
    return [down, up, differenceOf(graph, up, down)];
  },
});

const vortex = define({
  name: 'vortex',
  title: 'Vortex',
  group: 'trend',
  parameters: { period: integer(14, 'bars') },
  inputs: HLC,
  outputs: outputs('ratio', 'plus', 'minus'),
  formula: 'Botes and Siepman (Skender VORTEX): sums of |high − low before| and |low − high before| over true range',
  build: (graph, { period }) => {
    const high = graph.input('high');
    const low = graph.input('low');
    const range = sumOf(graph, trueRangeOf(graph), period);
    const up = sumOf(graph, new CrossDistance(graph, high, low).out, period);
    const down = sumOf(graph, new CrossDistance(graph, low, high).out, period);
    return [quotientOf(graph, up, range), quotientOf(graph, down, range)];
  },
});

const supertrend = define({
  name: 'supertrend',
  title: 'Supertrend',
  group: 'trend',
  parameters: {
    period: integer(10, 'bars of the true range'),
    factor: number(3, 'true ranges of distance', { min: 0.01 }),
  },
  inputs: HLC,
  outputs: [...outputs('price', 'supertrend', 'upper', 'lower'), { name: 'side', unit: 'flag' }],
  formula: 'Skender SUPERTREND; side 1: bullish, the line is the lower band; −1: bearish, it is the upper',
  build: (graph, { period, factor }) => {
    const range = averageTrueRangeOf(graph, period);
    const line = new Supertrend(graph, priceOf(graph, 'hl2'), graph.input('close'), range, factor);
    return [line.out, line.upper, line.lower, line.side];
  },
});

const psar = define({
  name: 'psar',
  title: 'Parabolic SAR',
  group: 'trend',
  parameters: {
    step: number(0.02, 'acceleration with every new extreme', { min: 0, max: 1 }),
    most: number(0.2, 'highest acceleration', { min: 0, max: 1 }),
  },
  inputs: ['high', 'low'],
  outputs: [...outputs('price', 'psar'), { name: 'side', unit: 'flag' }],
  formula: 'TA-Lib SAR; side 1 while long, −1 while short, after what the bar did',
  build: (graph, { step, most }) => {
    const { out, side } = new ParabolicSar(graph, { step, most });
    return [out, side];
  },
});

const ichimoku = define({
  name: 'ichimoku',
  title: 'Ichimoku cloud',
  group: 'trend',
  parameters: {
    tenkan: integer(9, 'bars of the conversion line'),
    kijun: integer(26, 'bars of the base line, and of the displacement'),
    senkou: integer(52, 'bars of the leading span B'),
    displacement: integer(26, 'bars that the spans are drawn later'),
  },
  inputs: HLC,
  outputs: outputs('price', 'tenkan', 'kijun', 'senkouA', 'senkouB', 'chikou'),
  formula:
    'Hosoda (Skender ICHIMOKU): the spans are the cloud at this bar, computed `displacement` bars before; chikou is the ' +
    'close of this bar, which is drawn `displacement` bars earlier: nothing here looks ahead',
  build: (graph, p) => {
    const middle = (n: number) => {
      const { low, high } = rangeOf(graph, n);
      return blendOf(graph, high, 0.5, low, 0.5);
    };
    const tenkan = middle(p.tenkan);
    const kijun = middle(p.kijun);
    const spanA = blendOf(graph, tenkan, 0.5, kijun, 0.5);
    return [
      tenkan,
      kijun,
      earlierOf(graph, spanA, p.displacement),
      earlierOf(graph, middle(p.senkou), p.displacement),
      graph.input('close'),
    ];
  },
});

const alligator = define({
  name: 'alligator',
  title: 'Alligator',
  group: 'trend',
  parameters: {
    jaw: integer(13, 'bars'),
    jawShift: integer(8, 'bars later that it is drawn', { min: 0 }),
    teeth: integer(8, 'bars'),
    teethShift: integer(5, 'bars later that it is drawn', { min: 0 }),
    lips: integer(5, 'bars'),
    lipsShift: integer(3, 'bars later that it is drawn', { min: 0 }),
    source: choice('hl2', SOURCES, 'the price that is taken'),
  },
  inputs: ['high', 'low'],
  outputs: outputs('price', 'jaw', 'teeth', 'lips'),
  formula: 'Bill Williams (Skender ALLIGATOR): smoothed averages of hl2, each as it was `shift` bars before',
  build: (graph, p) => {
    const x = priceOf(graph, p.source);
    const line = (n: number, shift: number) => {
      const average = wilderOf(graph, x, n);
      return shift === 0 ? average : earlierOf(graph, average, shift);
    };
    return [line(p.jaw, p.jawShift), line(p.teeth, p.teethShift), line(p.lips, p.lipsShift)];
  },
});

export const TREND_INDICATORS: readonly IndicatorDefinition[] = [
  adx,
  dm,
  aroon,
  vortex,
  supertrend,
  psar,
  ichimoku,
  alligator,
];
