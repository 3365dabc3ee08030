/**
 * `npm run train -- --candles FILE... [--out models/ai-ml.json]`: trains the AI bot's model and says how good it is on candles
 * that it has not seen. Keeps: the same candles and arguments write the same bytes; nothing is written where it cannot learn.
 */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { Validation } from '../domain/learning/validation.js';
import { strategy } from '../plugins/strategies/ai-ml/index.js';
import { trainModel, TRAINING_DEFAULTS, type TrainingOptions } from '../plugins/strategies/ai-ml/training.js';
import { readSeries } from './backtest/files.js';
import { failureText } from './command-failure.js';

const NUMBERS = Object.keys(TRAINING_DEFAULTS) as (keyof TrainingOptions)[];

const USAGE = `Usage: npm run train -- --candles FILE... [--out models/ai-ml.json] [${NUMBERS.map((name) => `--${name} ${TRAINING_DEFAULTS[name]}`).join('] [')}]`;

try {
  train(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof RangeError ? error.message : failureText(error));
  process.exitCode = 1;
}

function train(args: string[]): void {
  const { files, out, options } = optionsOf(args);
  const series = readSeries(files, [], strategy.intervalMs);
  const sources = series.map((one, index) => ({ ...one, file: basename(files[index] as string) }));
  console.error(
    `training on ${sources.map(({ symbol, candles }) => `${symbol} (${candles.time.length} candles)`).join(', ')}`,
  );
  const model = trainModel(sources, options);
  writeFileSync(out, `${JSON.stringify(model)}\n`);
  console.log(`Trained until ${model.made.trained_until}; judged by what came after:`);
  console.table({ long: figures(model.validation.long), short: figures(model.validation.short) });
  console.log(`Written: ${out}`);
}

function figures({ rows, baseRate, auc, logLoss, logLossOfBase, chosen, precision }: Validation) {
  const short = (value: number | null) => (value === null ? '-' : value.toFixed(4));
  return {
    rows,
    'base rate': short(baseRate),
    AUC: short(auc),
    'log loss': short(logLoss),
    'of the base rate': short(logLossOfBase),
    chosen,
    'right of those': short(precision),
  };
}

function optionsOf(args: string[]): { files: string[]; out: string; options: TrainingOptions } {
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, { type: 'string' as const }]));
  const known = { candles: { type: 'string' as const, multiple: true as const }, out: { type: 'string' as const } };
  try {
    const { values, positionals } = parseArgs({ args, options: { ...numbers, ...known }, allowPositionals: true });
    const files = [...((values.candles as string[] | undefined) ?? []), ...positionals];
    if (files.length === 0) throw new TypeError('Give --candles.');
    const given = NUMBERS.map(
      (name) =>
        [name, numberOf(name, (values as Readonly<Record<string, unknown>>)[name] as string | undefined)] as const,
    );
    const options = Object.fromEntries(given) as unknown as TrainingOptions;
    return { files, out: (values.out as string | undefined) ?? 'models/ai-ml.json', options };
  } catch (error) {
    throw new TypeError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function numberOf(name: keyof TrainingOptions, text: string | undefined): number {
  if (text === undefined) return TRAINING_DEFAULTS[name];
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  const isWhole = Number.isInteger(TRAINING_DEFAULTS[name]) && name !== 'l2' && name !== 'minWeight';
  if (value > 0 && (!isWhole || Number.isInteger(value))) return value;
  throw new TypeError(`--${name} must be a ${isWhole ? 'whole ' : ''}number above zero.`);
}
