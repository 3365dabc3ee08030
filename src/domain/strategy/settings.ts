/**
 * What can be set of a strategy, as data, and reading what somebody has set.
 * Keeps: pure; every value has a default and a range; problems are named by field and rule, all at once.
 */
export type SettingForm =
  | { readonly form: 'number' | 'integer'; readonly min: number; readonly max: number; readonly fallback: number }
  | { readonly form: 'choice'; readonly options: readonly string[]; readonly fallback: string }
  | { readonly form: 'flag'; readonly fallback: boolean };

export type SettingValue = number | string | boolean;

/** Each setting by its name; `says` is for the person who sets it. */
export type SettingsSchema = Readonly<Record<string, SettingForm & { readonly says: string }>>;

export type SettingValues = Readonly<Record<string, SettingValue>>;

export interface SettingProblem {
  readonly field: string;
  readonly rule: string;
}

export interface ReadSettings {
  readonly values: SettingValues;
  readonly problems: readonly SettingProblem[];
}

/** `given` over the defaults; what is wrong with it keeps its default. */
export function readSettings(schema: SettingsSchema, given: Readonly<Record<string, unknown>> = {}): ReadSettings {
  const problems: SettingProblem[] = [];
  const values: Record<string, SettingValue> = {};
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(schema, name)) continue;
    problems.push({ field: name, rule: `is not a setting; known: ${Object.keys(schema).join(', ') || 'none'}` });
  }
  for (const [name, form] of Object.entries(schema)) {
    const value = given[name];
    const rule = value === undefined ? undefined : ruleBroken(form, value);
    if (rule !== undefined) problems.push({ field: name, rule });
    values[name] = value === undefined || rule !== undefined ? form.fallback : (value as SettingValue);
  }
  return { values, problems };
}

function ruleBroken(form: SettingForm, value: unknown): string | undefined {
  switch (form.form) {
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'choice':
      return form.options.includes(value as string) ? undefined : `must be one of ${form.options.join(', ')}`;
    case 'integer':
    case 'number': {
      const isWithin = typeof value === 'number' && value >= form.min && value <= form.max;
      if (isWithin && (form.form === 'number' || Number.isInteger(value))) return undefined;
      return `must be a ${form.form === 'integer' ? 'whole ' : ''}number from ${form.min} to ${form.max}`;
    }
  }
}

/** The value of a numeric setting. @throws RangeError where the schema has no such number. */
export function numberSetting(values: SettingValues, name: string): number {
  const value = values[name];
  if (typeof value !== 'number') throw new RangeError(`${name} is not a numeric setting`);
  return value;
}
