/**
 * All indicators by name: what strategies, API and docs read (docs/indicators.md is held against it by a test).
 * Keeps: names are unique; parameters are checked before anything is computed; the numbers are doubles, for these are
 * statistics of the market and not money: what is ordered or booked from them is decided in decimals.
 */
import type { Columns } from './core/columns.js';
import type { IndicatorDefinition } from './core/definition.js';
import { batch, batchOf, Indicators } from './core/indicators.js';
import type { GivenParameters } from './core/parameters.js';
import { AVERAGE_INDICATORS } from './catalogue/averages.js';
import { MOMENTUM_INDICATORS } from './catalogue/momentum.js';
import { PATTERN_INDICATORS } from './catalogue/patterns.js';
import { PRICE_INDICATORS } from './catalogue/prices.js';
import { RANGE_INDICATORS } from './catalogue/ranges.js';
import { STATISTICS_INDICATORS } from './catalogue/statistics.js';
import { TREND_INDICATORS } from './catalogue/trend.js';
import { VOLATILITY_INDICATORS } from './catalogue/volatility.js';
import { VOLUME_INDICATORS } from './catalogue/volume.js';

export const INDICATORS: readonly IndicatorDefinition[] = [
  ...AVERAGE_INDICATORS,
  ...MOMENTUM_INDICATORS,
  ...RANGE_INDICATORS,
  ...TREND_INDICATORS,
  ...VOLATILITY_INDICATORS,
  ...VOLUME_INDICATORS,
  ...PRICE_INDICATORS,
  ...STATISTICS_INDICATORS,
  ...PATTERN_INDICATORS,
];

const BY_NAME = new Map(INDICATORS.map((definition) => [definition.name, definition]));

/** One indicator as settings name it. */
export interface Named {
  readonly name: string;
  readonly parameters?: GivenParameters;
}

export class UnknownIndicatorError extends RangeError {
  constructor(readonly indicator: string) {
    super(`there is no indicator ${indicator}; known: ${INDICATORS.map(({ name }) => name).join(', ')}`);
  }
}

/** @throws UnknownIndicatorError */
export function indicatorNamed(name: string): IndicatorDefinition {
  const found = BY_NAME.get(name);
  if (found === undefined) throw new UnknownIndicatorError(name);
  return found;
}

/**
 * Several indicators over one stream of bars: `next(bar)` gives their results, in the order named.
 * @throws UnknownIndicatorError, IndicatorParameterError
 */
export function indicators(named: readonly Named[]): Indicators {
  return new Indicators(requested(named));
}

/** The same over whole columns: `.batch(columns)`. */
export function batchIndicators(named: readonly Named[]): Indicators {
  return batchOf(requested(named));
}

/** One indicator over whole columns: its results by output, NaN where there is none. */
export function indicate(name: string, columns: Columns, parameters?: GivenParameters): Record<string, Float64Array> {
  return batch(indicatorNamed(name), columns, parameters);
}

/** Bars before the first at which every output has a result (those that depend on the calendar or on turns apart). */
export function warmUpOf(named: Named): number {
  return new Indicators(requested([named])).warmUp;
}

function requested(named: readonly Named[]): { definition: IndicatorDefinition; parameters: GivenParameters }[] {
  return named.map(({ name, parameters = {} }) => ({ definition: indicatorNamed(name), parameters }));
}
