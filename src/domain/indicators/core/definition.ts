/**
 * What is known of an indicator by name: the entry of the registry that strategies, API and docs read.
 * Keeps: pure data and one function that builds the indicator's loops; everything else (warm-up, batch, incremental) follows.
 */
import type { Graph, InputName, Series } from './graph.js';
import type { ParameterSpecs, ParametersOf } from './parameters.js';

/** What the numbers of an output are: decides how they are shown and compared. */
export type Unit = 'price' | 'percent' | 'ratio' | 'volume' | 'bars' | 'flag' | 'degrees' | 'square';

export interface Output {
  readonly name: string;
  readonly unit: Unit;
  /** Shown so many bars later (above 0) or earlier (below 0) than it is known. The values are always where they are known. */
  readonly drawnLater?: number;
}

export const GROUPS = [
  'average',
  'momentum',
  'trend',
  'volatility',
  'volume',
  'price',
  'statistics',
  'pattern',
] as const;
export type Group = (typeof GROUPS)[number];

export interface IndicatorDefinition {
  readonly name: string;
  readonly title: string;
  readonly group: Group;
  readonly parameters: ParameterSpecs;
  readonly outputs: readonly Output[];
  /** Columns that it reads whatever its parameters are; `source` adds those of the chosen price. */
  readonly inputs: readonly InputName[];
  /** Where the formula comes from, and what it answers where the formula has none. */
  readonly formula: string;
  /** All outputs begin with the last of them to have a value, as those of one call of TA-Lib do. */
  readonly together?: boolean;
  readonly build: (graph: Graph, parameters: never) => readonly Series[];
}

interface Draft<S extends ParameterSpecs> extends Omit<IndicatorDefinition, 'build' | 'parameters'> {
  readonly parameters: S;
  readonly build: (graph: Graph, parameters: ParametersOf<S>) => readonly Series[];
}

/** Writes a definition whose `build` knows the types of its own parameters. */
export function define<const S extends ParameterSpecs>(draft: Draft<S>): IndicatorDefinition {
  return draft;
}

export function outputs(unit: Unit, ...names: readonly string[]): readonly Output[] {
  return names.map((name) => ({ name, unit }));
}
