/** What the engine's bench decides and fills: a signal with a full plan, its followers, and the positions they get. */
import { Decimal } from '../../src/domain/money/decimal.js';
import { type Layout, layOut } from '../../src/domain/plan/lay-out.js';
import { parsePlan } from '../../src/domain/plan/parse-plan.js';
import { resolvePlan } from '../../src/domain/plan/resolve-plan.js';
import { NO_CAPS } from '../../src/domain/plan/user-plan.js';
import type { PositionState } from '../../src/domain/position/position.js';
import type { EntryPlan, Follower, SignalPlan } from '../../src/domain/sizing/plan-entry.js';
import { NOTHING_HELD } from '../../src/domain/risk/risk-state.js';
import { FULL_PLAN, LIMITS } from './fanout-ceiling.js';

export const AT = new Date('2026-01-07T12:00:30Z');

const RULES = {
  symbol: 'BENCHUSDT',
  base: 'BENCH',
  quote: 'USDT',
  tickSize: '0.01',
  lotStep: '0.001',
  minQty: '0.001',
  minNotional: '5',
  maxLeverage: 50,
};

export function fullLayout(): Layout {
  const { spec, problems } = parsePlan(FULL_PLAN);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const layout = layOut({
    signal: {
      symbol: RULES.symbol,
      side: 'LONG',
      entry: Decimal.of('100'),
      stopLoss: Decimal.of('96'),
      targets: [Decimal.of('110')],
    },
    values: resolvePlan({ signal: spec, source: {}, user: {}, platform: {} }, NO_CAPS).values,
    rules: RULES,
    market: Decimal.of('100'),
    tolerancePercent: Decimal.of('0.5'),
  });
  if ('refusal' in layout) throw new Error(layout.refusal);
  return layout;
}

export function fullSignal(layout: Layout): SignalPlan {
  return {
    signalId: 1,
    sourceId: 7,
    symbol: RULES.symbol,
    side: 'LONG',
    confidence: 80,
    layout,
    isSpot: false,
    isCross: false,
    refusal: null,
    switches: [],
    rules: RULES,
    limits: {
      maxLeverage: 50,
      maxConcurrentTrades: 50,
      tradesOfTier: {},
      allowedTiers: ['TRIAL', 'VIP', 'PREMIUM'],
      entryFeePercent: Decimal.of('0.05'),
      takerFeePercent: Decimal.of('0.05'),
      requireVerified: true,
    },
  };
}

/** Followers of 400 sizes, with limits of every kind, of which none refuses. */
export function manyFollowers(count: number): Follower[] {
  const risk = JSON.parse(LIMITS) as Follower['risk'];
  return Array.from({ length: count }, (_, index) => ({
    userId: index + 1,
    accountId: index + 1,
    accountActive: true,
    isVerified: true,
    tier: 'VIP',
    sourceEnabled: true,
    perTradeUsdt: String(50 + 10 * (index % 20)),
    leverage: 1 + (Math.floor(index / 20) % 20),
    maxConcurrentTrades: 50,
    capitalUsdt: '0',
    symbolWhitelist: [],
    symbolBlacklist: [],
    planKey: '',
    balance: '100000',
    marginUsed: '0',
    openPositions: 0,
    risk,
    riskState: { ...NOTHING_HELD, week_minute: 3_600, day_start_balance_usdt: '100000' },
  }));
}

/** The position that an admitted entry becomes when it fills at 100. */
export function positionOf(layout: Layout, entry: EntryPlan, id: number): PositionState {
  const price = layout.plannedEntry;
  return {
    id,
    userId: id,
    accountId: id,
    signalId: 1,
    symbol: RULES.symbol,
    side: 'LONG',
    leverage: entry.leverage,
    status: 'OPEN',
    entryType: 'MARKET',
    legPrices: entry.legPrices,
    safetyLegs: entry.safetyLegs,
    legQtys: entry.legQtys,
    legFilled: entry.legQtys.map((qty, leg) => (leg === 0 ? qty : Decimal.ZERO)),
    entriesClosed: false,
    plannedQty: entry.plannedQty,
    qty: entry.qty,
    remainingQty: entry.qty,
    entryPrice: price,
    cost: entry.qty.times(price),
    exitPrice: null,
    stopLoss: layout.stopLoss,
    trail: null,
    rulesFired: 0,
    targetPrices: layout.targets,
    targetQtys: entry.targetQtys,
    targetHitAt: entry.targetQtys.map(() => null),
    margin: entry.margin,
    realisedPnl: entry.entryFee.negated(),
    fees: entry.entryFee,
    closeReason: null,
    openedAt: AT,
    closedAt: null,
    entryExpiresAt: null,
    exitAt: null,
    isDetached: false,
    isCross: false,
    partPrice: null,
    plan: layout.plan,
  };
}
