/** Layouts and their parts for the domain's specs: BTCUSDT LONG at 70,000, stop 69,500, targets 70,500, 71,000, 72,000. */
import type { InstrumentRules } from '../../src/domain/instrument/instrument.js';
import { Decimal } from '../../src/domain/money/decimal.js';
import { type Layout, layOut, type LayoutRefusal } from '../../src/domain/plan/lay-out.js';
import { parsePlan, type PlanSpec } from '../../src/domain/plan/parse-plan.js';
import { resolvePlan } from '../../src/domain/plan/resolve-plan.js';

export const btcRules: InstrumentRules = {
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.1',
  lotStep: '0.000001',
  minQty: '0.000001',
  minNotional: '1',
  maxLeverage: 125,
};

export const NO_CAPS = { maxSafetyLevels: null, maxInvestmentUsdt: null, allowsNoStop: true, allowsCross: false };

export interface LayoutShape {
  readonly side?: 'LONG' | 'SHORT';
  readonly entry?: string;
  readonly stop?: string;
  readonly targets?: readonly string[];
  /** The market; the entry unless given. Null: there is none. */
  readonly market?: string | null;
  /** The signal's layer of the plan, and its follower's. */
  readonly plan?: object;
  readonly userPlan?: object;
  readonly rules?: InstrumentRules;
}

export function specOf(plan: object): PlanSpec {
  const { spec, problems } = parsePlan(plan);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return spec;
}

export function tryLayout(shape: LayoutShape = {}): Layout | { readonly refusal: LayoutRefusal } {
  const entry = shape.entry ?? '70000';
  const market = shape.market === undefined ? entry : shape.market;
  const layers = { signal: specOf(shape.plan ?? {}), source: {}, user: specOf(shape.userPlan ?? {}), platform: {} };
  return layOut({
    signal: {
      symbol: 'BTCUSDT',
      side: shape.side ?? 'LONG',
      entry: Decimal.of(entry),
      stopLoss: Decimal.of(shape.stop ?? '69500'),
      targets: (shape.targets ?? ['70500', '71000', '72000']).map((price) => Decimal.of(price)),
    },
    values: resolvePlan(layers, NO_CAPS).values,
    rules: shape.rules ?? btcRules,
    market: market === null ? undefined : Decimal.of(market),
    tolerancePercent: Decimal.of('0.5'),
  });
}

export function layoutOf(shape: LayoutShape = {}): Layout {
  const layout = tryLayout(shape);
  if ('refusal' in layout) throw new Error(layout.refusal);
  return layout;
}
