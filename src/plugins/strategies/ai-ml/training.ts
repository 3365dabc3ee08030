/**
 * Training the AI bot's model on candles: rows of figures with their answers, learned in the order of time.
 * Keeps: no chance: the same candles and arguments give the same model. What it is judged by comes after everything that it
 * has learned from, and a gap of the horizon lies between, so that no answer of a learned row reaches into judged time.
 * Answers by three barriers (M. López de Prado, "Advances in Financial Machine Learning", 2018, chapter 3): yes where the
 * target is reached before the stop within the horizon, from the next open; a candle that reaches both counts for the stop.
 */
import {
  trainTrees,
  type BoostedTrees,
  probability,
  type TreeOptions,
} from '../../../domain/learning/boosted-trees.js';
import { validated, type Validation } from '../../../domain/learning/validation.js';
import type { CandleColumns } from '../../../domain/strategy/candle-view.js';
import { closedCandlesOf } from '../../../domain/strategy/run-views.js';
import type { Side } from '../../../domain/instrument/side.js';
import { strategy } from './index.js';
import { FEATURES, readFeatures } from './features.js';
import { type AiModel, MODEL_FORMAT } from './model.js';

export interface TrainingOptions extends TreeOptions {
  /** Of the entry price, in percent. */
  readonly target: number;
  readonly stop: number;
  /** Candles until which the target must be reached. */
  readonly horizon: number;
  /** Every how manieth candle is a row: neighbours are nearly the same. */
  readonly every: number;
  /** Share of the time that is kept for judging, at the end. */
  readonly validate: number;
  /** Probability above which a row counts as chosen. */
  readonly threshold: number;
}

export const TRAINING_DEFAULTS: TrainingOptions = {
  target: 0.6,
  stop: 0.8,
  horizon: 72,
  every: 3,
  validate: 0.3,
  threshold: 0.65,
  trees: 60,
  depth: 3,
  rate: 0.1,
  l2: 5,
  minWeight: 40,
};

export interface TrainingFile {
  readonly file: string;
  readonly symbol: string;
  readonly intervalMs: number;
  readonly candles: CandleColumns;
}

interface Row {
  readonly at: number;
  readonly features: Float64Array;
  readonly long: 0 | 1;
  readonly short: 0 | 1;
}

/** @throws RangeError where the candles give too little to learn from. */
export function trainModel(files: readonly TrainingFile[], options: TrainingOptions): AiModel {
  const byFile = files.map((file) => rowsOf(file, options));
  const rows = byFile.flat().sort((a, b) => a.at - b.at);
  const [first, last] = [rows[0]?.at ?? 0, rows.at(-1)?.at ?? 0];
  const cut = first + (last - first) * (1 - options.validate);
  const gap = options.horizon * Math.max(...files.map(({ intervalMs }) => intervalMs));
  const learned = rows.filter(({ at }) => at <= cut - gap);
  const judged = rows.filter(({ at }) => at > cut);
  if (learned.length < 1_000 || judged.length < 200) {
    throw new RangeError(
      `${learned.length} rows to learn from and ${judged.length} to judge by are too few: give more candles`,
    );
  }
  const [long, short] = (['long', 'short'] as const).map((side) => ({ ...learn(learned, judged, side, options) })) as [
    Learned,
    Learned,
  ];
  return {
    format: MODEL_FORMAT,
    made: {
      arguments: { ...options },
      candles: files.map(({ file, candles: { time } }, index) => ({
        file,
        from: new Date(time[0] as number).toISOString(),
        to: new Date(time.at(-1) as number).toISOString(),
        rows: byFile[index]?.length ?? 0,
      })),
      trained_until: new Date(cut).toISOString(),
    },
    features: FEATURES,
    validation: { long: long.validation, short: short.validation },
    long: long.trees,
    short: short.trees,
  };
}

interface Learned {
  readonly trees: BoostedTrees;
  readonly validation: Validation;
}

function learn(
  learned: readonly Row[],
  judged: readonly Row[],
  side: 'long' | 'short',
  options: TrainingOptions,
): Learned {
  const columns = FEATURES.map((_, feature) =>
    Float64Array.from(learned, ({ features }) => features[feature] as number),
  );
  const trees = trainTrees({ features: columns, labels: Uint8Array.from(learned, (row) => row[side]) }, options);
  const guesses = Float64Array.from(judged, ({ features }) => probability(trees, features));
  const answers = Uint8Array.from(judged, (row) => row[side]);
  return { trees, validation: validated(guesses, answers, options.threshold) };
}

function rowsOf({ symbol, intervalMs, candles }: TrainingFile, options: TrainingOptions): Row[] {
  const view = closedCandlesOf({ symbol, intervalMs, candles }, strategy, {});
  const rows: Row[] = [];
  const count = candles.time.length - options.horizon - 1;
  for (let index = 0; index < count; index += options.every) {
    view.showTo(index + 1);
    const features = new Float64Array(FEATURES.length);
    if (!readFeatures(view, features)) continue;
    const answer = (side: Side) => reaches(candles, index + 1, side, options);
    rows.push({ at: candles.time[index] as number, features, long: answer('LONG'), short: answer('SHORT') });
  }
  return rows;
}

/** Whether a trade that is entered at the open of candle `from` reaches its target before its stop. */
export function reaches(
  { open, high, low }: CandleColumns,
  from: number,
  side: Side,
  { target, stop, horizon }: Pick<TrainingOptions, 'target' | 'stop' | 'horizon'>,
): 0 | 1 {
  const entry = open[from] as number;
  const sign = side === 'LONG' ? 1 : -1;
  const [goal, end] = [entry * (1 + (sign * target) / 100), entry * (1 - (sign * stop) / 100)];
  for (let index = from; index < from + horizon && index < open.length; index += 1) {
    const [up, down] = [high[index] as number, low[index] as number];
    if (sign > 0 ? down <= end : up >= end) return 0;
    if (sign > 0 ? up >= goal : down <= goal) return 1;
  }
  return 0;
}
