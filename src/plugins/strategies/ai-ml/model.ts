/**
 * The model of the AI bot: two classifiers (does a long, does a short reach its target before its stop?) and how they came to
 * be. Keeps: a model of other features, or of another form, is refused by name and never used.
 */
import { createRequire } from 'node:module';
import { type BoostedTrees, probability, type Tree } from '../../../domain/learning/boosted-trees.js';
import type { Validation } from '../../../domain/learning/validation.js';
import { FEATURES } from './features.js';

export const MODEL_FORMAT = 1;

export interface AiModel {
  readonly format: typeof MODEL_FORMAT;
  /** The command's arguments, the candles, and the rows. */
  readonly made: {
    readonly arguments: Readonly<Record<string, number | string>>;
    readonly candles: readonly {
      readonly file: string;
      readonly from: string;
      readonly to: string;
      readonly rows: number;
    }[];
    readonly trained_until: string;
  };
  readonly features: readonly string[];
  /** On the rows after those that it has learned from. */
  readonly validation: { readonly long: Validation; readonly short: Validation };
  readonly long: BoostedTrees;
  readonly short: BoostedTrees;
}

export interface Guess {
  readonly long: number;
  readonly short: number;
}

/** The model that is part of the product: `models/ai-ml.json`, which `npm run train` writes. */
export function shippedModel(): AiModel {
  return readModel(createRequire(import.meta.url)('#models/ai-ml'));
}

/** @throws TypeError with a sentence for what is no model of this bot. */
export function readModel(given: unknown): AiModel {
  const model = Object(given) as Partial<AiModel>;
  if (model.format !== MODEL_FORMAT) throw new TypeError(`this is no model of the AI bot of format ${MODEL_FORMAT}`);
  if (JSON.stringify(model.features) !== JSON.stringify(FEATURES)) {
    throw new TypeError('the model was trained on other features: train it again');
  }
  for (const side of ['long', 'short'] as const) {
    const forest = model[side];
    const isWhole = typeof forest?.base === 'number' && Array.isArray(forest.trees) && forest.trees.every(isTree);
    if (!isWhole) throw new TypeError(`the trees of ${side} are not whole`);
  }
  return model as AiModel;
}

export function guess({ long, short }: AiModel, row: Float64Array): Guess {
  return { long: probability(long, row), short: probability(short, row) };
}

function isTree(given: Tree): boolean {
  if ('value' in given) return Number.isFinite(given.value);
  const isSplit = Number.isInteger(given.feature) && given.feature >= 0 && given.feature < FEATURES.length;
  return isSplit && Number.isFinite(given.at) && isTree(given.left) && isTree(given.right);
}
