/**
 * The AI bot: five-minute candles, a trained classifier that says how likely a long and a short reach their target before
 * their stop. Keeps: closed candles only; the probability is the confidence; without the model it is the points rule.
 */
import type { CandleView } from '../../../domain/strategy/candle-view.js';
import type { Side } from '../../../domain/instrument/side.js';
import { houseSettings, type HouseState, houseSignal, NEVER } from '../../../domain/strategy/house-signal.js';
import { numberSetting, type SettingValues } from '../../../domain/strategy/settings.js';
import { nothing, type Strategy } from '../../../domain/strategy/strategy.js';
import { AI_INDICATORS, ATR, CHANGE, FEATURES, readFeatures } from './features.js';
import { type AiModel, guess, shippedModel } from './model.js';
import { confidenceOfPoints, POINTS_NEEDED, pointsOf } from './points.js';

interface AiState extends HouseState {
  readonly settings: SettingValues;
  readonly row: Float64Array;
}

interface Opinion {
  readonly side: Side;
  readonly confidence: number;
}

const MIN_CANDLES = 50;

/** Least confidence, base target and stop, in percent: more where it is surer. */
const ADAPTIVE = [
  [85, 2, 0.8],
  [75, 1.5, 0.7],
  [-Infinity, 1, 0.5],
] as const;

/** With another model than that of the product: for training and tests. */
export function aiStrategy(loaded: () => AiModel): Strategy<AiState> {
  let model: AiModel | undefined;
  const byModel = (state: AiState): Opinion | string => {
    const { long, short } = guess((model ??= loaded()), state.row);
    const most = Math.max(long, short);
    if (most <= numberSetting(state.settings, 'prediction_threshold')) return 'NOT_LIKELY';
    return { side: long >= short ? 'LONG' : 'SHORT', confidence: most * 100 };
  };
  return {
    code: 'ai-ml',
    summary: 'a trained classifier on sixteen figures of a candle, or the points rule that it replaces',
    intervalMs: 300_000,
    lookBack: CHANGE,
    settings: {
      ...houseSettings(72, 20),
      by: { form: 'choice', options: ['model', 'points'], fallback: 'model', says: 'What decides' },
      prediction_threshold: {
        form: 'number',
        min: 0,
        max: 1,
        fallback: 0.65,
        says: 'Probability above which the model decides',
      },
      adaptive: {
        form: 'flag',
        fallback: false,
        says: 'Target and stop by confidence: 2.0/0.8, 1.5/0.7 or 1.0/0.5 percent',
      },
    },
    indicators: () => AI_INDICATORS,
    begin: (settings) => ({ settings, lastAt: NEVER, row: new Float64Array(FEATURES.length) }),
    decide(view, state, now) {
      if (view.length < MIN_CANDLES || !readFeatures(view, state.row)) return nothing('WARMING_UP');
      const opinion = state.settings.by === 'points' ? byPoints(view) : byModel(state);
      if (typeof opinion === 'string') return nothing(opinion);
      const [, basePercent, stopPercent] =
        state.settings.adaptive === true ? adaptive(opinion.confidence) : [0, 1.5, 0.8];
      const seen = { bot: 'AI_ML', symbol: view.symbol, price: view.close(0), now, timeframe: '5m' };
      const signal = houseSignal(
        { ...seen, ...opinion, basePercent, stopPercent, atr: view.value(ATR, 0) },
        state.settings,
        state,
      );
      return typeof signal === 'string' ? nothing(signal) : { intents: [signal], why: 'LIKELY' };
    },
  };
}

export const strategy = aiStrategy(shippedModel);

function byPoints(view: CandleView): Opinion | string {
  const points = pointsOf(view);
  if (Math.abs(points) < POINTS_NEEDED) return 'FEW_POINTS';
  return { side: points > 0 ? 'LONG' : 'SHORT', confidence: confidenceOfPoints(points) };
}

function adaptive(confidence: number): (typeof ADAPTIVE)[number] {
  return ADAPTIVE.find(([least]) => confidence > least) ?? ADAPTIVE[2];
}
