/**
 * Reading what somebody wrote of a plan: nested JSON in, a flat partial plan out, or every problem by field and rule.
 * Keeps: pure; nothing unknown is let through; null in a layer leaves the field to the next one, in a change of a trade that
 * runs it clears the field.
 */
import { Decimal } from '../money/decimal.js';
import { type FieldForm, PLAN_FIELDS, type PlanField, type PlanValues, type StopRuleText } from './plan-fields.js';
import { STOP_ACTIONS, type StopAction } from './position-plan.js';

export type PlanSpec = Partial<PlanValues>;

export interface PlanProblem {
  readonly field: string;
  readonly rule: string;
}

export interface ParsedPlan {
  readonly spec: PlanSpec;
  readonly problems: readonly PlanProblem[];
}

/** A failed reading carries its rule. */
class Broken extends Error {}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What null says of a field: answers its problem, if it may not be null. */
type NullRule = (spec: Record<string, unknown>, field: PlanField) => string | undefined;

/** A layer's plan. `input` is `{ entry: { kind: 'LADDER', … }, targets: { … }, … }`. */
export function parsePlan(input: unknown): ParsedPlan {
  return parse(input, () => undefined);
}

/** What is to change of the plan of a trade that runs; the same form. Null clears a field that may be empty. */
export function parsePlanChange(input: unknown): ParsedPlan {
  return parse(input, clear);
}

/** Of a trade that runs they are what they are. */
const PRICES: readonly PlanField[] = ['entry.prices', 'targets.values', 'stop.value'];

function clear(spec: Record<string, unknown>, field: PlanField): string | undefined {
  const { fallback } = PLAN_FIELDS[field];
  if (fallback !== null) return `must not be null: its default is ${JSON.stringify(fallback)}`;
  if (PRICES.includes(field)) return 'must not be null: a trade that runs has no other prices than its own';
  spec[field] = null;
  return undefined;
}

function parse(input: unknown, ofNull: NullRule): ParsedPlan {
  const problems: PlanProblem[] = [];
  const spec: Record<string, unknown> = {};
  if (!isRecord(input)) return { spec: {}, problems: [{ field: 'plan', rule: 'must be an object' }] };
  for (const [group, fields] of Object.entries(input)) {
    if (!isRecord(fields)) {
      problems.push({ field: `plan.${group}`, rule: 'must be an object' });
      continue;
    }
    for (const [name, value] of Object.entries(fields)) {
      const field = `${group}.${name}`;
      const problem = readInto(spec, field, value, ofNull);
      if (problem !== undefined) problems.push({ field: `plan.${field}`, rule: problem });
    }
  }
  return { spec: spec as PlanSpec, problems: [...problems, ...relationsOf(spec as PlanSpec)] };
}

/** The reverse of `parsePlan`. */
export function planText(spec: PlanSpec): Record<string, Record<string, unknown>> {
  const nested: Record<string, Record<string, unknown>> = {};
  for (const [field, value] of Object.entries(spec)) {
    const [group, name] = field.split('.') as [string, string];
    (nested[group] ??= {})[name] = value;
  }
  return nested;
}

function readInto(spec: Record<string, unknown>, field: string, value: unknown, ofNull: NullRule): string | undefined {
  if (!Object.hasOwn(PLAN_FIELDS, field)) return 'is not a field of a plan';
  if (value === undefined) return undefined;
  if (value === null) return ofNull(spec, field as PlanField);
  try {
    spec[field] = read(PLAN_FIELDS[field as PlanField], value);
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.message;
    throw error;
  }
}

function read(form: FieldForm, value: unknown): unknown {
  switch (form.form) {
    case 'choice': {
      const text = typeof value === 'string' ? value.toUpperCase() : undefined;
      if (text === undefined || !form.options.includes(text))
        throw new Broken(`must be one of ${form.options.join(', ')}`);
      return text;
    }
    case 'integer':
      return integer(value, form.min, form.max);
    case 'decimal':
      return decimal(value, form);
    case 'decimals':
      return list(value, form.items).map((item) =>
        form.isSparse === true && item === null ? null : decimal(item, form),
      );
    case 'symbols':
      return list(value, form.items).map(symbol);
    case 'stop_rules':
      return list(value, form.items).map(stopRule);
  }
}

function list(value: unknown, most: number): unknown[] {
  if (!Array.isArray(value) || value.length > most) throw new Broken(`must be a list of at most ${most}`);
  return value;
}

function integer(value: unknown, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new Broken(`must be a whole number from ${min} to ${max}`);
  }
  return value as number;
}

const PLAIN = /^\d{1,15}(\.\d{1,12})?$/;

function decimal(value: unknown, range: { min?: string; above?: string; max: string }): string {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (!PLAIN.test(text)) throw new Broken('must be a plain decimal number of at most 12 places');
  const exact = Decimal.of(text);
  if (range.above !== undefined && exact.lte(Decimal.of(range.above))) throw new Broken(`must be above ${range.above}`);
  if (range.min !== undefined && exact.lt(Decimal.of(range.min))) throw new Broken(`must be at least ${range.min}`);
  if (exact.gt(Decimal.of(range.max))) throw new Broken(`must be at most ${range.max}`);
  return exact.toString();
}

function symbol(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Z0-9]{2,24}$/.test(value.toUpperCase()))
    throw new Broken('must be pairs such as BTCUSDT');
  return value.toUpperCase();
}

const RULE_KEYS = ['action', 'at_target', 'at_percent', 'percent'];
const TRAILING_ACTIONS: readonly StopAction[] = ['BELOW_HIGHEST', 'BELOW_TRIGGER'];
const TARGET_ACTIONS: readonly StopAction[] = ['MOVING_TARGET', 'MOVING_2_TARGET'];
const PERCENT = { above: '0', max: '99.99' };

function stopRule(value: unknown): StopRuleText {
  if (!isRecord(value)) throw new Broken('must be a list of rules');
  const unknown = Object.keys(value).find((key) => !RULE_KEYS.includes(key));
  if (unknown !== undefined) throw new Broken(`${unknown} is not a field of a stop rule`);
  const action = STOP_ACTIONS.find((name) => name === value.action);
  if (action === undefined) throw new Broken(`action must be one of ${STOP_ACTIONS.join(', ')}`);
  const atTarget = value.at_target === undefined ? undefined : integer(value.at_target, 1, 10);
  const atPercent = value.at_percent === undefined ? undefined : decimal(value.at_percent, { min: '0', max: '1000' });
  const percent = value.percent === undefined ? undefined : decimal(value.percent, PERCENT);
  if ((atTarget === undefined) === (atPercent === undefined)) throw new Broken('give either at_target or at_percent');
  if (TRAILING_ACTIONS.includes(action) !== (percent !== undefined)) {
    throw new Broken(`percent belongs to ${TRAILING_ACTIONS.join(' and ')}, which need it`);
  }
  if (TARGET_ACTIONS.includes(action) && atTarget === undefined) throw new Broken(`${action} needs at_target`);
  if (action === 'MOVING_2_TARGET' && (atTarget ?? 0) < 2) throw new Broken('MOVING_2_TARGET needs at_target from 2');
  return {
    action,
    ...(atTarget === undefined ? {} : { at_target: atTarget }),
    ...(atPercent === undefined ? {} : { at_percent: atPercent }),
    ...(percent === undefined ? {} : { percent }),
  };
}

/** Rules between the fields of one layer. */
function relationsOf(spec: PlanSpec): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const prices = spec['entry.prices'] ?? undefined;
  const shares = spec['entry.shares'] ?? undefined;
  if (spec['entry.kind'] === 'ZONE' && prices !== undefined && prices.length !== 2) {
    problems.push({ field: 'plan.entry.prices', rule: 'must be both ends of the zone' });
  }
  if (spec['entry.kind'] === 'BREAKOUT' && prices !== undefined && prices.length !== 1) {
    problems.push({ field: 'plan.entry.prices', rule: 'must be the one price to break' });
  }
  if (prices?.length === 0) problems.push({ field: 'plan.entry.prices', rule: 'must not be empty' });
  if (shares !== undefined && prices !== undefined && shares.length !== prices.length) {
    problems.push({ field: 'plan.entry.shares', rule: 'must have as many shares as there are prices' });
  }
  problems.push(...sumOf(spec, 'entry.shares'), ...sumOf(spec, 'targets.shares'));
  if (spec['targets.values']?.length === 0) problems.push({ field: 'plan.targets.values', rule: 'must not be empty' });
  if (spec['stop.unit'] === 'PERCENT' && Decimal.of(spec['stop.value'] ?? '0').gte(Decimal.HUNDRED)) {
    problems.push({ field: 'plan.stop.value', rule: 'must be below 100 percent' });
  }
  return problems;
}

function sumOf(spec: PlanSpec, field: 'entry.shares' | 'targets.shares'): PlanProblem[] {
  const shares = spec[field] ?? undefined;
  if (shares === undefined || Decimal.sum(shares.map((share) => Decimal.of(share))).eq(Decimal.HUNDRED)) return [];
  return [{ field: `plan.${field}`, rule: 'must sum to 100' }];
}
