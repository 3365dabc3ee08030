/**
 * What a signal comes to for each group of its followers: the layers of its plan, resolved and laid out once per group.
 * Keeps: followers with the same settings share one plan and one row of it; a plan that cannot be traded is a refusal
 * with its reason, for that group only.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import type { InstrumentRules } from '../../../domain/instrument/instrument.js';
import { openingOrderSide } from '../../../domain/instrument/side.js';
import { Decimal } from '../../../domain/money/decimal.js';
import { drawOf } from '../../../domain/paper/fill-model.js';
import { type Layout, layOut, type LayoutRefusal } from '../../../domain/plan/lay-out.js';
import { parsePlan, type PlanSpec } from '../../../domain/plan/parse-plan.js';
import { type ResolvedPlan, resolvePlan } from '../../../domain/plan/resolve-plan.js';
import { NO_USER_PLAN, readUserPlan, type UserPlan } from '../../../domain/plan/user-plan.js';
import { sharedFactsOf } from '../../../domain/risk/facts.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../../ports/exchange-client.js';
import type { SignalPlan } from '../../../domain/sizing/plan-entry.js';
import { Entitlements } from '../../plans/entitlements.service.js';
import { planBody } from '../../trade-plans/plan-body.js';
import { PlanLayersRepository } from '../../trade-plans/plan-layers.repository.js';
import { TradePlansRepository } from '../../trade-plans/trade-plans.repository.js';
import { DecisionContextsRepository } from './decision-contexts.repository.js';
import { InstrumentsRepository } from './instruments.repository.js';
import type { StoredSignal } from '../signals/signal-state.repository.js';

/** What all followers of a signal share. */
export interface SignalBase {
  readonly signal: StoredSignal;
  readonly layers: { readonly signal: PlanSpec; readonly source: PlanSpec; readonly platform: PlanSpec };
  readonly rules: InstrumentRules;
  /** Set when nobody can trade it. */
  readonly refusal: string | null;
}

export interface PlanParts {
  readonly layers: PlanLayersRepository;
  readonly plans: TradePlansRepository;
  readonly instruments: InstrumentsRepository;
  readonly contexts: DecisionContextsRepository;
  readonly entitlements: Entitlements;
}

@Injectable()
export class SignalPlans {
  constructor(
    private readonly parts: PlanParts,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async baseOf(signal: StoredSignal, refusal: string | null): Promise<SignalBase> {
    const [rules, source, platform] = await Promise.all([
      this.parts.instruments.rulesOf(signal.symbol, signal.entry.toString()),
      this.parts.layers.source(signal.sourceId),
      this.parts.layers.platform(),
    ]);
    const layers = {
      signal: parsePlan(signal.plan).spec,
      source: parsePlan(source?.plan ?? {}).spec,
      platform: parsePlan(platform).spec,
    };
    return { signal, layers, rules, refusal };
  }

  /** The signal as it stands alone, without any follower: what its own progress is measured by. */
  ownLayout(base: SignalBase, market: Decimal | undefined): Layout | { readonly refusal: LayoutRefusal } {
    return this.#layOut(
      base,
      this.#resolve(base, { ...NO_USER_PLAN, caps: { ...NO_USER_PLAN.caps, allowsNoStop: true } }),
      market,
    );
  }

  /** The plan of followers with the settings `key` (see `FollowersRepository`). */
  planFor(base: SignalBase, key: string): { readonly plan: SignalPlan; readonly resolved: ResolvedPlan } {
    const { signal } = base;
    const resolved = this.#resolve(base, userPlanOf(key));
    const laidOut = this.#layOut(base, resolved, signal.referencePrice ?? undefined);
    const layout = 'refusal' in laidOut ? null : laidOut;
    const refusal = base.refusal ?? ('refusal' in laidOut ? laidOut.refusal : null);
    const { trading, auth } = this.config;
    const live = this.client.capabilities.mode === 'live';
    const fee = layout?.entryType === 'LIMIT' ? this.client.fees.makerPercent : this.client.fees.takerPercent;
    const plan: SignalPlan = {
      signalId: signal.id,
      sourceId: signal.sourceId,
      symbol: signal.symbol,
      side: signal.side,
      confidence: signal.confidence,
      layout,
      filledAt: this.#filledAt(signal, layout),
      brackets: this.client.simulation?.brackets,
      isSpot: signal.isSpot,
      isCross: !signal.isSpot && resolved.values['margin.mode'] === 'CROSS',
      refusal,
      switches: [],
      rules: base.rules,
      limits: {
        maxLeverage: trading.MAX_LEVERAGE,
        maxConcurrentTrades: trading.MAX_CONCURRENT_TRADES,
        tradesOfTier: this.parts.entitlements.concurrentTrades(),
        allowedTiers: this.parts.entitlements.autoTradeTiers(live ? 'live' : 'paper'),
        entryFeePercent: Decimal.of(fee),
        takerFeePercent: Decimal.of(this.client.fees.takerPercent),
        requireVerified: auth.REQUIRE_EMAIL_VERIFICATION,
      },
    };
    return { plan, resolved };
  }

  /** The row of the rules that positions of this plan follow; stored when it is new. */
  idOf({ layout }: { readonly layout: Layout }, resolved: ResolvedPlan): Promise<number> {
    return this.parts.plans.idOf(planBody(resolved.values, resolved.reasons, layout.plan));
  }

  /** The row that holds what followers of this plan share, for their receipts; stored when it is new. */
  contextOf(plan: SignalPlan): Promise<number> {
    return this.parts.contexts.idOf(plan.signalId, sharedFactsOf(plan));
  }

  /** The same chance for all followers of a signal; what differs between them is the size of their orders. */
  #filledAt(signal: StoredSignal, layout: Layout | null): SignalPlan['filledAt'] {
    const fills = this.client.simulation?.fills;
    if (fills === undefined || layout?.entryType !== 'MARKET') return undefined;
    const order = { symbol: signal.symbol, side: openingOrderSide(signal.side), type: 'MARKET' as const };
    const draw = drawOf(`signal:${signal.id}:ENTRY`);
    const price = layout.plannedEntry;
    return (qty) => fills.execute({ ...order, qty }, { price }, draw)?.price ?? price;
  }

  #resolve(base: SignalBase, user: UserPlan): ResolvedPlan {
    return resolvePlan({ ...base.layers, user: user.spec }, user.caps);
  }

  #layOut(base: SignalBase, resolved: ResolvedPlan, market: Decimal | undefined): ReturnType<typeof layOut> {
    const { signal } = base;
    return layOut({
      signal: {
        symbol: signal.symbol,
        side: signal.side,
        entry: signal.entry,
        stopLoss: signal.stopLoss,
        targets: signal.targetPrices,
      },
      values: resolved.values,
      rules: base.rules,
      market,
      tolerancePercent: Decimal.of(this.config.trading.ENTRY_TOLERANCE_PERCENT),
    });
  }
}

/** `key` is empty, or the JSON of `[plan, dca_enabled, dca_steps, dca_step_percent]`. */
function userPlanOf(key: string): UserPlan {
  if (key === '') return NO_USER_PLAN;
  const [plan, enabled, steps, stepPercent] = JSON.parse(key) as [unknown, boolean, number, string];
  return readUserPlan(plan, { enabled, steps, stepPercent });
}
