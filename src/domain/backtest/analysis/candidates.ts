/**
 * The settings that a search tries: all of a grid, or some of them by chance.
 * Keeps: every candidate is valid for the strategy; the same grid and seed give the same candidates in the same order; a grid
 * that is too large is refused, never cut off in silence.
 */
import { SeededRandom } from '../../random/seeded-random.js';
import { readSettings, type SettingProblem, type SettingsSchema, type SettingValues } from '../../strategy/settings.js';

/** A grid is gone through whole up to this. */
export const MOST_CANDIDATES = 10_000;

/** By setting: its values, or a range that is gone through in steps. */
export type Grid = Readonly<Record<string, readonly unknown[] | Range>>;

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface Candidates {
  readonly candidates: readonly SettingValues[];
  readonly problems: readonly SettingProblem[];
}

/** `base` holds the settings that the grid does not name. With `random`, so many different points of the grid. */
export function candidatesOf(
  schema: SettingsSchema,
  base: SettingValues,
  grid: unknown,
  random?: { readonly count: number; readonly seed: number },
): Candidates {
  const axes = axesOf(grid);
  if ('problems' in axes) return { candidates: [], problems: axes.problems };
  const size = axes.values.reduce((product, values) => product * values.length, 1);
  if (size > MOST_CANDIDATES && random === undefined) {
    const rule = `has ${size} points, more than ${MOST_CANDIDATES}: try some of them by chance`;
    return { candidates: [], problems: [{ field: 'grid', rule }] };
  }
  const points = random === undefined || random.count >= size ? range(size) : drawn(size, random);
  const problems = new Map<string, SettingProblem>();
  const candidates = points.map((point) => {
    const read = readSettings(schema, { ...base, ...pointOf(axes.names, axes.values, point) });
    for (const problem of read.problems) problems.set(problem.field, problem);
    return read.values;
  });
  return problems.size > 0 ? { candidates: [], problems: [...problems.values()] } : { candidates, problems: [] };
}

type Axes =
  | { readonly names: readonly string[]; readonly values: readonly (readonly unknown[])[] }
  | { readonly problems: readonly SettingProblem[] };

function axesOf(grid: unknown): Axes {
  const problems: SettingProblem[] = [];
  if (typeof grid !== 'object' || grid === null || Array.isArray(grid) || Object.keys(grid).length === 0) {
    return { problems: [{ field: 'grid', rule: 'must be an object of settings with their values' }] };
  }
  const names = Object.keys(grid).sort();
  const values = names.map((name) => {
    const given = (grid as Record<string, unknown>)[name];
    const axis = Array.isArray(given) ? (given as unknown[]) : stepsOf(given);
    if (axis === undefined || axis.length === 0) {
      problems.push({
        field: name,
        rule: 'must be a list of values, or {"from", "to", "step"} with at most 1000 steps',
      });
    }
    return axis ?? [];
  });
  return problems.length > 0 ? { problems } : { names, values };
}

const MOST_STEPS = 1_000;

/** Rounded to 12 places, so that 0.1 three times is 0.3. */
function stepsOf(given: unknown): unknown[] | undefined {
  const { from, to, step } = Object(given) as Partial<Range>;
  if (typeof from !== 'number' || typeof to !== 'number' || typeof step !== 'number') return undefined;
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (!(step > 0) || !(count >= 1 && count <= MOST_STEPS)) return undefined;
  return range(count).map((index) => Number((from + index * step).toFixed(12)));
}

function pointOf(names: readonly string[], values: readonly (readonly unknown[])[], point: number) {
  let rest = point;
  const entries = names.map((name, axis): [string, unknown] => {
    const own = values[axis] as readonly unknown[];
    const value = own[rest % own.length];
    rest = Math.floor(rest / own.length);
    return [name, value];
  });
  return Object.fromEntries(entries);
}

/** Different points, ascending. */
function drawn(size: number, { count, seed }: { readonly count: number; readonly seed: number }): number[] {
  const chance = new SeededRandom(seed);
  const points = new Set<number>();
  while (points.size < count) points.add(Math.floor(chance.next() * size));
  return [...points].sort((a, b) => a - b);
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
