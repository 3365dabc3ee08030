/**
 * One plan out of four layers: signal, then source, then user, then platform. And why each value is what it is.
 * Keeps: pure; the first layer that says something wins, field by field, but a value and its unit are always of one layer; a
 * user's caps are applied last and always win.
 */
import { PLAN_FIELD_NAMES, PLAN_FIELDS, type PlanField, type PlanValues } from './plan-fields.js';
import type { PlanSpec } from './parse-plan.js';
import { Decimal } from '../money/decimal.js';

export const PLAN_LAYERS = ['signal', 'source', 'user', 'platform'] as const;
export type PlanLayer = (typeof PLAN_LAYERS)[number];

export type PlanLayers = Readonly<Record<PlanLayer, PlanSpec>>;

/** What a user allows at most, whatever a signal or a source says. */
export interface PlanCaps {
  /** Safety orders. */
  readonly maxSafetyLevels: number | null;
  /** USDT of margin per position. */
  readonly maxInvestmentUsdt: string | null;
  /** False refuses positions without a stop: the platform's default stop takes its place. */
  readonly allowsNoStop: boolean;
  /** False keeps every trade to its own margin. */
  readonly allowsCross: boolean;
}

export interface Reason {
  /** `default` where no layer says anything; `owner` where the follower has edited the trade by hand. */
  readonly from: PlanLayer | 'default' | 'owner';
  /** Set when a cap of the user changed the value. */
  readonly clampedFrom?: unknown;
}

export interface ResolvedPlan {
  readonly values: PlanValues;
  readonly reasons: Readonly<Record<PlanField, Reason>>;
}

/** Stop, in percent, of a user who does not allow a position without one. */
export const FALLBACK_STOP_PERCENT = '10';

/** A unit says what the value beside it means, so it is never that of another layer. */
const UNIT_OF: Readonly<Partial<Record<PlanField, PlanField>>> = {
  'stop.value': 'stop.unit',
  'targets.values': 'targets.unit',
};
const VALUE_OF = Object.fromEntries(Object.entries(UNIT_OF).map(([value, unit]) => [unit, value])) as typeof UNIT_OF;

export function resolvePlan(layers: PlanLayers, caps: PlanCaps): ResolvedPlan {
  const values: Record<string, unknown> = {};
  const reasons: Record<string, Reason> = {};
  for (const field of PLAN_FIELD_NAMES) {
    const other = UNIT_OF[field] ?? VALUE_OF[field] ?? field;
    const layer = PLAN_LAYERS.find((name) => layers[name][field] !== undefined || layers[name][other] !== undefined);
    const said = layer === undefined ? undefined : layers[layer][field];
    values[field] = said === undefined ? PLAN_FIELDS[field].fallback : said;
    reasons[field] = { from: said === undefined ? 'default' : (layer as PlanLayer) };
  }
  lowestLeverage(layers, values, reasons);
  clamp(values, reasons, caps);
  return { values: values as unknown as PlanValues, reasons: reasons as Record<PlanField, Reason> };
}

/** Leverage is a limit of every layer that names one: the lowest counts. */
function lowestLeverage(layers: PlanLayers, values: Record<string, unknown>, reasons: Record<string, Reason>): void {
  for (const layer of PLAN_LAYERS) {
    const named = layers[layer]['margin.leverage'] ?? undefined;
    if (named === undefined || named >= (values['margin.leverage'] as number)) continue;
    reasons['margin.leverage'] = { from: layer, clampedFrom: values['margin.leverage'] };
    values['margin.leverage'] = named;
  }
}

function clamp(values: Record<string, unknown>, reasons: Record<string, Reason>, caps: PlanCaps): void {
  const set = (field: PlanField, value: unknown) => {
    reasons[field] = { from: 'user', clampedFrom: values[field] };
    values[field] = value;
  };
  const { maxSafetyLevels, maxInvestmentUsdt, allowsNoStop, allowsCross } = caps;
  if (maxSafetyLevels !== null && (values['safety.levels'] as number) > maxSafetyLevels)
    set('safety.levels', maxSafetyLevels);
  const investment = values['safety.max_investment_usdt'] as string | null;
  if (maxInvestmentUsdt !== null && (investment === null || Decimal.of(investment).gt(Decimal.of(maxInvestmentUsdt)))) {
    set('safety.max_investment_usdt', maxInvestmentUsdt);
  }
  if (!allowsNoStop && values['stop.unit'] === 'NONE') {
    set('stop.unit', 'PERCENT');
    set('stop.value', FALLBACK_STOP_PERCENT);
  }
  if (!allowsCross && values['margin.mode'] === 'CROSS') set('margin.mode', 'ISOLATED');
}
