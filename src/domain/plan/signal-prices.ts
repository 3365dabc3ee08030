/**
 * The prices that a signal itself is measured by, from what was posted and what its plan says of them.
 * Keeps: pure; where both say a price, the plan is the more precise and wins.
 */
import type { Side } from '../instrument/side.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import { moved } from '../position/prices.js';
import type { PlanProblem, PlanSpec } from './parse-plan.js';

export interface PostedPrices {
  readonly side: Side;
  readonly entry: DecimalText;
  readonly stop?: DecimalText;
  readonly targets?: readonly DecimalText[];
}

export interface SignalPriceTexts {
  readonly entry: DecimalText;
  readonly stop: DecimalText;
  readonly targets: readonly DecimalText[];
}

/** Places of a price that comes out of a percentage. */
const SCALE = 12;

export function signalPrices(
  posted: PostedPrices,
  plan: PlanSpec,
): SignalPriceTexts | { readonly problems: readonly PlanProblem[] } {
  const entry = entryOf(posted, plan);
  const stop = stopOf(posted, plan, entry);
  if (stop === undefined) return { problems: [{ field: 'sl', rule: 'must be given, or plan.stop.value' }] };
  const targets = targetsOf(posted, plan, entry, stop);
  if (targets === undefined) return { problems: [{ field: 'tp', rule: 'must be given, or plan.targets.values' }] };
  return { entry: entry.toString(), stop: stop.toString(), targets: targets.map(String) };
}

/** The nearest of several entries is the one that the signal counts as entered at. */
function entryOf({ side, entry }: PostedPrices, plan: PlanSpec): Decimal {
  const prices = (plan['entry.prices'] ?? []).map((price) => Decimal.of(price));
  if (prices.length === 0) return Decimal.of(entry);
  return prices.reduce((a, b) => (side === 'LONG' ? Decimal.max(a, b) : Decimal.min(a, b)));
}

function stopOf({ side, stop }: PostedPrices, plan: PlanSpec, entry: Decimal): Decimal | undefined {
  const value = plan['stop.value'] ?? undefined;
  if (value === undefined || plan['stop.unit'] === 'NONE') return stop === undefined ? undefined : Decimal.of(stop);
  if (plan['stop.unit'] !== 'PERCENT') return Decimal.of(value);
  return moved(side, entry, Decimal.of(value).negated()).rounded(SCALE, 'half_even');
}

function targetsOf(posted: PostedPrices, plan: PlanSpec, entry: Decimal, stop: Decimal): Decimal[] | undefined {
  const values = plan['targets.values'] ?? undefined;
  if (values === undefined) return posted.targets?.map((target) => Decimal.of(target));
  const risk = entry.minus(stop).abs();
  return values.map((text) => {
    const value = Decimal.of(text);
    if (plan['targets.unit'] === 'PERCENT') return moved(posted.side, entry, value).rounded(SCALE, 'half_even');
    if (plan['targets.unit'] !== 'R') return value;
    const distance = risk.times(value);
    return posted.side === 'LONG' ? entry.plus(distance) : entry.minus(distance);
  });
}
