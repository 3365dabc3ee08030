/**
 * The signal that an intent to enter makes, with what its source leaves unsaid taken from the source's own plan.
 * Keeps: pure; of more targets than a signal may have the nearest; what the intent says always wins; of the source only what means the same for every symbol is taken
 * (percentages, multiples of the risk, leverage), never a price; every problem is named by field and rule.
 */
import type { DecimalText } from '../money/decimal.js';
import type { PlanProblem, PlanSpec } from '../plan/parse-plan.js';
import { signalPrices } from '../plan/signal-prices.js';
import { canonicalSymbol, MAX_TARGETS, type SignalDraft } from '../signal/check-signal.js';
import type { EnterIntent } from './intent.js';

/** Whether the intent names no price to enter at: it needs that of the market. */
export function isAtMarket({ entry, plan }: EnterIntent): boolean {
  return entry === null && (plan['entry.prices'] ?? []).length === 0;
}

/**
 * `entry` is what the signal counts as entered at: the intent's own, or the market's price for an intent without one.
 * `profile` is the source's layer of plans.
 */
export function draftOf(
  intent: EnterIntent,
  profile: PlanSpec,
  entry: DecimalText,
): SignalDraft | { readonly problems: readonly PlanProblem[] } {
  const { plan, side } = intent;
  const measured = { ...plan, ...unsaidStop(intent, profile), ...unsaidTargets(intent, profile) };
  const posted = {
    side,
    entry,
    ...(intent.stopLoss === null ? {} : { stop: intent.stopLoss }),
    ...(intent.targets.length === 0 ? {} : { targets: intent.targets }),
  };
  const prices = signalPrices(posted, measured);
  if ('problems' in prices) return prices;
  const leverage = leverageOf(intent, profile);
  return {
    symbol: canonicalSymbol(intent.symbol),
    side,
    entry: prices.entry,
    stopLoss: prices.stop,
    targets: prices.targets.slice(0, MAX_TARGETS),
    tradeType: intent.tradeType ?? 'FUTURES',
    duration: 'SHORT',
    leverage: leverage ?? 1,
    confidence: intent.confidence ?? 0,
    plan: {
      ...plan,
      ...(isAtMarket(intent) && plan['entry.kind'] === undefined ? { 'entry.kind': 'MARKET' as const } : {}),
      ...(leverage === undefined ? {} : { 'margin.leverage': leverage }),
    },
    meta: intent.meta,
  };
}

/** Of several that are said the lowest; the source's own where none is. Spot knows none. */
function leverageOf({ leverage, plan, tradeType }: EnterIntent, profile: PlanSpec): number | undefined {
  const said = [leverage, plan['margin.leverage']].filter((value) => typeof value === 'number');
  if (said.length > 0) return Math.min(...said);
  return tradeType === 'SPOT' ? undefined : (profile['margin.leverage'] ?? undefined);
}

function unsaidStop({ stopLoss, plan }: EnterIntent, profile: PlanSpec): PlanSpec {
  const isSaid = stopLoss !== null || (plan['stop.value'] ?? null) !== null || plan['stop.unit'] !== undefined;
  if (isSaid || profile['stop.unit'] !== 'PERCENT') return {};
  return { 'stop.unit': 'PERCENT', 'stop.value': profile['stop.value'] ?? null };
}

function unsaidTargets({ targets, plan }: EnterIntent, profile: PlanSpec): PlanSpec {
  const isSaid = targets.length > 0 || (plan['targets.values'] ?? null) !== null;
  const unit = profile['targets.unit'];
  if (isSaid || unit === undefined || unit === 'PRICE') return {};
  return { 'targets.unit': unit, 'targets.values': profile['targets.values'] ?? null };
}
