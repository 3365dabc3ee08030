/**
 * Plans that signals of a simulation carry: everything that a plan can say, as small plain data, and the nested form in
 * which it is posted. Keeps: most plans are valid; those that are not must be refused, never bent.
 */
import fc from 'fast-check';
import { ENTRY_KINDS, type EntryKind } from '../../../src/domain/plan/plan-fields.js';
import { STOP_ACTIONS, type StopAction } from '../../../src/domain/plan/position-plan.js';
import { SPLIT_MODES, type SplitMode } from '../../../src/domain/sizing/ladder.js';

interface RuleShape {
  readonly action: StopAction;
  /** A target from 1, or 0 for a trigger in percent. */
  readonly target: number;
  readonly percent: number;
  readonly behind: number;
}

/** Null: the signal says nothing, its followers' own plans count. Distances are in hundredths of a percent. */
export type PlanShape = {
  readonly kind: EntryKind;
  readonly legs: number;
  readonly gap: number;
  readonly expires: number | null;
  readonly cancelAt: number | null;
  readonly unit: 'PRICE' | 'PERCENT' | 'R';
  readonly split: SplitMode;
  readonly anchor: 'SIGNAL' | 'AVERAGE';
  readonly trailing: number | null;
  readonly noStop: boolean;
  readonly rules: readonly RuleShape[];
  readonly exit: number | null;
  readonly levels: number;
  readonly step: number;
  readonly stepMultiplier: string;
  readonly sizeMultiplier: string;
  readonly invest: string | null;
  readonly own: boolean;
  /** Asks for cross margin, which counts where the follower allows it, or against it; null leaves it to them. */
  readonly cross?: boolean | null;
} | null;

const rule = fc.record({
  action: fc.constantFrom(...STOP_ACTIONS),
  target: fc.nat({ max: 4 }),
  percent: fc.integer({ min: 0, max: 300 }),
  behind: fc.integer({ min: 5, max: 200 }),
});

export const planShapes: fc.Arbitrary<PlanShape> = fc.option(
  fc.record({
    kind: fc.constantFrom(...ENTRY_KINDS),
    legs: fc.integer({ min: 1, max: 4 }),
    gap: fc.integer({ min: 3, max: 80 }),
    expires: fc.option(fc.integer({ min: 1, max: 3_000 }), { freq: 2 }),
    cancelAt: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 }),
    unit: fc.constantFrom('PRICE', 'PRICE', 'PERCENT', 'R'),
    split: fc.constantFrom(...SPLIT_MODES),
    anchor: fc.constantFrom('SIGNAL', 'AVERAGE'),
    trailing: fc.option(fc.integer({ min: 5, max: 200 }), { freq: 2 }),
    noStop: fc.boolean(),
    rules: fc.array(rule, { maxLength: 3 }),
    exit: fc.option(fc.integer({ min: 10, max: 20_000 }), { freq: 2 }),
    levels: fc.constantFrom(0, 0, 1, 2, 4),
    step: fc.integer({ min: 10, max: 200 }),
    stepMultiplier: fc.constantFrom('1', '1.5', '0.5'),
    sizeMultiplier: fc.constantFrom('1', '2', '0.5'),
    invest: fc.constantFrom(null, null, '20', '400'),
    own: fc.boolean(),
    cross: fc.constantFrom(null, null, true, false),
  }),
  { freq: 2 },
);

interface Around {
  /** Distance of the entry from the market, and 1 for longs, −1 for shorts. */
  readonly entry: number;
  readonly way: number;
  readonly steps: readonly number[];
  readonly at: (hundredths: number) => string;
}

/** Prices of a plan have at most twelve places. */
const short = (price: string) => price.replace(/(\.\d{12}).*$/, '$1');

const percent = (hundredths: number) => (hundredths / 100).toFixed(2);

export function planOf(shape: PlanShape, around: Around): Record<string, Record<string, unknown>> {
  if (shape === null) return {};
  const { entry, way, steps, at } = around;
  const deepest = entry - way * shape.gap * (shape.legs - 1);
  const prices = {
    LADDER: Array.from({ length: shape.legs }, (_, leg) => short(at(entry - way * shape.gap * leg))),
    ZONE: [short(at(entry)), short(at(deepest))],
  };
  let distance = 0;
  const distances = steps.map((step) => percent((distance += step)));
  return {
    entry: {
      kind: shape.kind,
      ...(shape.kind === 'LADDER' || shape.kind === 'ZONE' ? { prices: prices[shape.kind] } : {}),
      zone_orders: shape.legs + 1,
      expires_after: shape.expires,
      cancel_at_target: shape.cancelAt,
    },
    targets: {
      ...(shape.unit === 'PRICE' ? {} : { unit: shape.unit, values: distances }),
      split: shape.split,
      shares: shape.split === 'SHARES' ? sharesOf(steps.length) : null,
      anchor: shape.anchor,
      trailing_percent: shape.trailing === null ? null : percent(shape.trailing),
    },
    stop: { unit: shape.noStop ? 'NONE' : 'PRICE', rules: shape.rules.map(ruleOf) },
    exit: { after: shape.exit },
    ...(typeof shape.cross === 'boolean' ? { margin: { mode: shape.cross ? 'CROSS' : 'ISOLATED' } } : {}),
    safety: {
      levels: shape.levels,
      step_percent: percent(shape.step),
      step_multiplier: shape.stepMultiplier,
      size_multiplier: shape.sizeMultiplier,
      max_investment_usdt: shape.invest,
      take_profit_percents: shape.own ? Array.from({ length: shape.levels }, () => '0.75') : null,
    },
  };
}

/** Ten percent each, the rest at the first. */
function sharesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? String(110 - 10 * count) : '10'));
}

function ruleOf({ action, target, percent: trigger, behind }: RuleShape): object {
  const follows = action === 'MOVING_TARGET' || action === 'MOVING_2_TARGET';
  const at =
    target === 0 && !follows ? { at_percent: percent(trigger) } : { at_target: Math.max(target, follows ? 2 : 1) };
  const trails = action === 'BELOW_HIGHEST' || action === 'BELOW_TRIGGER';
  return { action, ...at, ...(trails ? { percent: percent(behind) } : {}) };
}
