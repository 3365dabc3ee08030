/**
 * From what a source wants to a position of the simulated account: the draft, its plan, the gates, the sizes.
 * Keeps: decided by the rules of live trading (`signalPrices`, `checkSignal`, `resolvePlan`, `layOut`, `entryPlanner`); what
 * is refused says why in the same codes. Pure: the caller books what comes of it.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import { openingOrderSide } from '../instrument/side.js';
import type { EnterIntent } from '../intent/intent.js';
import { Decimal } from '../money/decimal.js';
import { drawOf } from '../paper/fill-model.js';
import { type Layout, layOut } from '../plan/lay-out.js';
import type { PlanSpec } from '../plan/parse-plan.js';
import { type ResolvedPlan, resolvePlan } from '../plan/resolve-plan.js';
import { signalPrices } from '../plan/signal-prices.js';
import type { PositionState } from '../position/position.js';
import { entryPlanner } from '../risk/decide-entry.js';
import type { OppositeFacts } from '../risk/opposite-facts.js';
import { checkSignal, type SignalDraft } from '../signal/check-signal.js';
import type { EntryPlan, Follower, SignalPlan } from '../sizing/plan-entry.js';
import type { BacktestTerms } from './terms.js';

const MS_PER_SECOND = 1_000;

/** The account, its owner, and the source that it follows. */
const ONLY = 1;

const TIER = 'BACKTEST';

const MOST_RESOLVED = 1_000;

export interface EntryCase {
  /** Of the signal and of the position that it becomes. */
  readonly id: number;
  readonly draft: SignalDraft;
  readonly market: Decimal;
  readonly at: Date;
  readonly rules: InstrumentRules;
}

export interface Wallet {
  readonly balance: Decimal;
  readonly marginUsed: Decimal;
  readonly openPositions: number;
  readonly opposite: OppositeFacts | undefined;
}

export type Entered =
  | {
      readonly verdict: 'OPENED';
      readonly position: PositionState;
      readonly entry: EntryPlan;
      readonly managed: ResolvedPlan;
    }
  | { readonly verdict: 'REFUSED'; readonly reason: string };

/** The draft that the intent comes to at this market price, its prices as they were said. Or why it is none. */
export function draftOf(intent: EnterIntent, market: Decimal): SignalDraft | { readonly refusal: string } {
  const plan: PlanSpec =
    intent.entry === null && intent.plan['entry.kind'] === undefined
      ? { ...intent.plan, 'entry.kind': 'MARKET' }
      : intent.plan;
  const prices = signalPrices(
    {
      side: intent.side,
      entry: intent.entry ?? market.toString(),
      ...(intent.stopLoss === null ? {} : { stop: intent.stopLoss }),
      ...(intent.targets.length === 0 ? {} : { targets: intent.targets }),
    },
    plan,
  );
  if ('problems' in prices) return { refusal: `INVALID: ${prices.problems.map(({ field }) => field).join(', ')}` };
  const leverage = intent.leverage ?? plan['margin.leverage'] ?? undefined;
  const draft: SignalDraft = {
    symbol: intent.symbol,
    side: intent.side,
    entry: prices.entry,
    stopLoss: prices.stop,
    targets: prices.targets,
    tradeType: intent.tradeType ?? 'FUTURES',
    duration: 'SHORT',
    leverage: leverage ?? 1,
    confidence: intent.confidence ?? 100,
    plan: leverage === undefined ? plan : { ...plan, 'margin.leverage': leverage },
    meta: intent.meta,
  };
  const problems = checkSignal(draft);
  if (problems.length === 0) return draft;
  return { refusal: `INVALID: ${problems.map(({ field, rule }) => `${field} ${rule}`).join('; ')}` };
}

export interface PlannedEntry {
  readonly plan: SignalPlan;
  /** Why the signal is not meant for this account at all: then nothing of it is touched. */
  refusalAsFollower(wallet: Wallet): string | undefined;
  decide(wallet: Wallet): Entered;
}

export function planEntry(c: EntryCase, terms: BacktestTerms): PlannedEntry {
  const managed = resolvedPlan(c.draft, terms);
  const plan = signalPlan(c, managed, terms);
  const planner = entryPlanner(plan, c.at);
  const { layout } = plan;
  return {
    plan,
    refusalAsFollower: (wallet) => planner.refusalAsFollower(followerOf(wallet, terms))?.reason,
    decide: (wallet) => {
      const { outcome } = planner.decide(followerOf(wallet, terms));
      if (outcome.verdict === 'REFUSED' || layout === null)
        return { verdict: 'REFUSED', reason: reasonOf(plan, 'reason' in outcome ? outcome.reason : 'SIGNAL_REFUSED') };
      return { verdict: 'OPENED', entry: outcome, managed, position: newPosition(c, layout, outcome) };
    },
  };
}

/** Where the plan itself cannot be traded its reason says more than the gate's. */
function reasonOf(plan: SignalPlan, reason: string): string {
  return reason === 'SIGNAL_REFUSED' ? (plan.refusal ?? reason) : reason;
}

function signalPlan(c: EntryCase, resolved: ResolvedPlan, terms: BacktestTerms): SignalPlan {
  const { draft, rules, market } = c;
  const { fees } = terms.venue;
  const laidOut = layOut({
    signal: {
      symbol: draft.symbol,
      side: draft.side,
      entry: Decimal.of(draft.entry),
      stopLoss: Decimal.of(draft.stopLoss),
      targets: draft.targets.map((target) => Decimal.of(target)),
    },
    values: resolved.values,
    rules,
    market,
    tolerancePercent: Decimal.of(terms.platform.tolerancePercent),
  });
  const layout = 'refusal' in laidOut ? null : laidOut;
  const isSpot = draft.tradeType === 'SPOT';
  return {
    signalId: c.id,
    sourceId: ONLY,
    symbol: draft.symbol,
    side: draft.side,
    confidence: draft.confidence,
    layout,
    filledAt: filledAt(c, layout, terms),
    brackets: fees.brackets,
    isSpot,
    isCross: false,
    refusal: 'refusal' in laidOut ? laidOut.refusal : null,
    switches: [],
    rules,
    limits: {
      maxLeverage: terms.platform.maxLeverage,
      maxConcurrentTrades: terms.platform.maxConcurrentTrades,
      tradesOfTier: {},
      allowedTiers: [TIER],
      entryFeePercent: layout?.entryType === 'LIMIT' ? fees.makerPercent : fees.takerPercent,
      takerFeePercent: fees.takerPercent,
      requireVerified: false,
    },
  };
}

/** Plans that were resolved, by the text of the signal's layer: nearly all signals of a run have the same. */
const resolved = new WeakMap<BacktestTerms, Map<string, ResolvedPlan>>();

/** Cross margin is not simulated: a plan that asks for it is clamped, as for a user who does not allow it. */
function resolvedPlan({ plan }: SignalDraft, terms: BacktestTerms): ResolvedPlan {
  const known = resolved.get(terms) ?? new Map<string, ResolvedPlan>();
  if (known.size === 0) resolved.set(terms, known);
  const key = JSON.stringify(plan);
  let found = known.get(key);
  if (found === undefined) {
    const { user, source, platform } = terms.plans;
    found = resolvePlan({ signal: plan, source, user: user.spec, platform }, { ...user.caps, allowsCross: false });
    if (known.size < MOST_RESOLVED) known.set(key, found);
  }
  return found;
}

function filledAt(c: EntryCase, layout: Layout | null, terms: BacktestTerms): SignalPlan['filledAt'] {
  const { fills } = terms.venue.fees;
  if (fills === undefined || layout?.entryType !== 'MARKET') return undefined;
  const order = { symbol: c.draft.symbol, side: openingOrderSide(c.draft.side), type: 'MARKET' as const };
  const draw = drawOf(`signal:${c.id}:ENTRY`);
  const price = layout.plannedEntry;
  return (qty) => fills.execute({ ...order, qty }, { price }, draw)?.price ?? price;
}

function followerOf({ balance, marginUsed, openPositions, opposite }: Wallet, { account }: BacktestTerms): Follower {
  return {
    userId: ONLY,
    accountId: ONLY,
    accountActive: true,
    isVerified: true,
    tier: TIER,
    sourceEnabled: true,
    perTradeUsdt: account.perTradeUsdt,
    leverage: account.leverage,
    maxConcurrentTrades: account.maxConcurrentTrades,
    capitalUsdt: account.capitalUsdt,
    symbolWhitelist: [],
    symbolBlacklist: [],
    planKey: '',
    balance: balance.toString(),
    marginUsed: marginUsed.toString(),
    openPositions,
    risk: null,
    ...(opposite === undefined ? {} : { opposite }),
  };
}

function newPosition(c: EntryCase, layout: Layout, entry: EntryPlan): PositionState {
  const { id, at, draft } = c;
  const isHeld = layout.entryType === 'MARKET';
  const held = isHeld ? entry.qty : Decimal.ZERO;
  const after = (seconds: number | null) =>
    seconds === null ? null : new Date(at.getTime() + seconds * MS_PER_SECOND);
  return {
    id,
    userId: ONLY,
    accountId: ONLY,
    signalId: id,
    symbol: draft.symbol,
    side: draft.side,
    leverage: entry.leverage,
    status: isHeld ? 'OPEN' : 'PENDING',
    entryType: layout.entryType,
    legPrices: entry.legPrices,
    safetyLegs: entry.safetyLegs,
    legQtys: entry.legQtys,
    legFilled: entry.legQtys.map((_, leg) => (leg === 0 ? held : Decimal.ZERO)),
    entriesClosed: false,
    plannedQty: entry.plannedQty,
    qty: held,
    remainingQty: held,
    entryPrice: entry.entryPrice,
    cost: held.times(entry.entryPrice),
    exitPrice: null,
    stopLoss: layout.stopLoss,
    trail: null,
    rulesFired: 0,
    targetPrices: layout.targets,
    targetQtys: entry.targetQtys,
    targetHitAt: layout.targets.map(() => null),
    margin: entry.margin,
    realisedPnl: entry.entryFee.negated(),
    fees: entry.entryFee,
    closeReason: null,
    openedAt: isHeld ? at : null,
    closedAt: null,
    entryExpiresAt: isHeld ? null : after(layout.entryExpiresAfter),
    exitAt: isHeld ? after(layout.plan.exitAfterSeconds) : null,
    isDetached: false,
    isCross: false,
    partPrice: null,
    plan: layout.plan,
  };
}
