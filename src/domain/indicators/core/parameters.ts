/**
 * The parameters of an indicator: their ranges and defaults, as data that strategies, API and docs read.
 * Keeps: what is handed to an indicator has passed here; what is wrong is named (parameter and rule), never bent into shape.
 */
export interface IntegerSpec {
  readonly kind: 'integer';
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly about: string;
}

export interface NumberSpec {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly about: string;
}

export interface ChoiceSpec<C extends string = string> {
  readonly kind: 'choice';
  readonly choices: readonly C[];
  readonly default: C;
  readonly about: string;
}

export type ParameterSpec = IntegerSpec | NumberSpec | ChoiceSpec;
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

export type ParametersOf<S extends ParameterSpecs> = {
  readonly [K in keyof S]: S[K] extends ChoiceSpec<infer C> ? C : number;
};

export type GivenParameters = Readonly<Record<string, number | string | undefined>>;

/** Longest window: ten weeks of minutes; a window takes 8 bytes a bar for each of its series. */
export const LONGEST = 100_000;

export class IndicatorParameterError extends RangeError {
  constructor(
    readonly indicator: string,
    readonly parameter: string,
    readonly rule: string,
  ) {
    super(`${indicator}: ${parameter} ${rule}`);
  }
}

export function integer(value: number, about: string, { min = 1, max = LONGEST } = {}): IntegerSpec {
  return { kind: 'integer', min, max, default: value, about };
}

export function number(value: number, about: string, { min = 0, max = 1e9 } = {}): NumberSpec {
  return { kind: 'number', min, max, default: value, about };
}

export function choice<const C extends string>(value: C, choices: readonly C[], about: string): ChoiceSpec<C> {
  return { kind: 'choice', choices, default: value, about };
}

/**
 * All parameters of an indicator: what is given, and the defaults of the rest.
 * @throws IndicatorParameterError for a name that it does not have, and for a value out of range.
 */
export function completed(
  indicator: string,
  specs: ParameterSpecs,
  given: GivenParameters,
): ParametersOf<ParameterSpecs> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(specs, name)) {
      throw new IndicatorParameterError(
        indicator,
        name,
        `is not known; known: ${Object.keys(specs).join(', ') || 'none'}`,
      );
    }
  }
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const value = given[name] ?? spec.default;
      const broken = brokenRule(spec, value);
      if (broken !== undefined) throw new IndicatorParameterError(indicator, name, broken);
      return [name, value];
    }),
  ) as ParametersOf<ParameterSpecs>;
}

function brokenRule(spec: ParameterSpec, value: number | string): string | undefined {
  if (spec.kind === 'choice') {
    return spec.choices.includes(value as string) ? undefined : `must be one of ${spec.choices.join(', ')}`;
  }
  const isInRange = typeof value === 'number' && value >= spec.min && value <= spec.max;
  const isWhole = spec.kind !== 'integer' || Number.isInteger(value);
  const what = spec.kind === 'integer' ? 'a whole number' : 'a number';
  return isInRange && isWhole ? undefined : `must be ${what} from ${spec.min} to ${spec.max}`;
}
