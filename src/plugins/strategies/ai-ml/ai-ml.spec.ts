/** The AI bot's model: learned without chance, judged by what it has not seen, refused when it is another. */
import { columnsOf } from '../../../domain/backtest/series.js';
import { SeededRandom } from '../../../domain/random/seeded-random.js';
import { closedCandlesOf } from '../../../domain/strategy/run-views.js';
import { readSettings } from '../../../domain/strategy/settings.js';
import { FEATURES } from './features.js';
import { aiStrategy } from './index.js';
import { type AiModel, readModel, shippedModel } from './model.js';
import { confidenceOfPoints } from './points.js';
import { reaches, trainModel, TRAINING_DEFAULTS } from './training.js';

const MINUTES_5 = 300_000;

/** A market in which a green candle is followed by green ones: something to learn. */
function stubborn(seed: number, count: number) {
  const chance = new SeededRandom(seed);
  let [price, up] = [100, true];
  return columnsOf(
    Array.from({ length: count }, (_, index) => {
      if (chance.next() < 0.02) up = !up;
      const open = price;
      const close = open * (1 + (up ? 0.0006 : -0.0006) + chance.gaussian() * 0.0002);
      price = close;
      return [
        index * MINUTES_5,
        open,
        Math.max(open, close) * 1.0001,
        Math.min(open, close) * 0.9999,
        close,
        1 + chance.next(),
      ] as const;
    }),
  );
}

const options = { ...TRAINING_DEFAULTS, trees: 15, horizon: 24 };
const file = { file: 'made-up.csv', symbol: 'BTCUSDT', intervalMs: MINUTES_5, candles: stubborn(1, 9_000) };

describe('training', () => {
  const model = trainModel([file], options);

  it('learns what is there, by time, and tells how well', () => {
    expect(model.validation.long.auc).toBeGreaterThan(0.75);
    expect(model.validation.long.logLoss).toBeLessThan(model.validation.long.logLossOfBase);
    expect(model.validation.short.precision).toBeGreaterThan(0.7);
    expect(Date.parse(model.made.trained_until)).toBeLessThan(9_000 * MINUTES_5 * 0.75);
    expect(model.made.candles[0]).toMatchObject({ file: 'made-up.csv' });
  });

  it('is the same to the byte when it is done again', () => {
    expect(JSON.stringify(trainModel([file], options))).toBe(JSON.stringify(model));
    expect(() => trainModel([{ ...file, candles: stubborn(1, 500) }], options)).toThrow('too few');
  });

  it('makes a bot that trades what is likely', () => {
    const strategy = aiStrategy(() => readModel(JSON.parse(JSON.stringify(model))));
    const { values: settings } = readSettings(strategy.settings);
    const candles = stubborn(2, 3_000);
    const view = closedCandlesOf({ symbol: 'BTCUSDT', intervalMs: MINUTES_5, candles }, strategy, settings);
    const state = strategy.begin(settings, 'BTCUSDT');
    const sides = new Set<string>();
    for (let index = 0; index < 3_000; index += 1) {
      view.showTo(index + 1);
      for (const intent of strategy.decide(view, state, (index + 1) * MINUTES_5).intents) {
        if (intent.kind !== 'ENTER') continue;
        sides.add(intent.side);
        expect(intent.confidence).toBeGreaterThanOrEqual(72);
      }
    }
    expect([...sides].sort()).toEqual(['LONG', 'SHORT']);
  });

  it('answers by what comes first, and a candle that has both by its stop', () => {
    const rows = (...given: [number, number][]) =>
      columnsOf(given.map(([high, low], index) => [index, 100, high, low, 100, 1] as const));
    const barrier = { target: 1, stop: 1, horizon: 3 };
    expect(reaches(rows([100, 100], [101, 100]), 0, 'LONG', barrier)).toBe(1);
    expect(reaches(rows([100, 100], [101, 99]), 0, 'LONG', barrier)).toBe(0);
    expect(reaches(rows([100, 100], [100, 99]), 0, 'SHORT', barrier)).toBe(1);
    expect(reaches(rows([100, 100], [100, 100], [100, 100], [101, 100]), 0, 'LONG', barrier)).toBe(0);
  });
});

describe('the model that is part of the product', () => {
  it('was trained by the command on candles that it names, and judged', () => {
    const model = shippedModel();
    expect(model.features).toEqual(FEATURES);
    expect(model.made.candles.length).toBeGreaterThan(0);
    for (const { auc, logLoss, logLossOfBase, rows } of [model.validation.long, model.validation.short]) {
      expect(rows).toBeGreaterThan(10_000);
      expect(auc).toBeGreaterThan(0.55);
      expect(logLoss).toBeLessThan(logLossOfBase);
    }
  });

  it.each([
    [{}, 'no model of the AI bot'],
    [{ format: 1, features: ['rsi'] }, 'other features'],
    [
      {
        ...shippedModel(),
        long: { base: 0, trees: [{ feature: 99, at: 0, left: { value: 0 }, right: { value: 0 } }] },
      },
      'trees of long',
    ],
    [{ ...shippedModel(), short: { base: 0, trees: [{ value: null }] } }, 'trees of short'],
  ])('%#: another is refused', (given, sentence) => {
    expect(() => readModel(given as unknown as AiModel)).toThrow(sentence);
  });

  it('points: 60 at five, 5 more for each, 95 at most', () => {
    expect([5, -7, 12, -15].map(confidenceOfPoints)).toEqual([60, 70, 95, 95]);
  });
});
