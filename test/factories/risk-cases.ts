/**
 * Signals, followers, limits and states for the specs of the gates: named ones, and arbitrary ones for properties.
 */
import fc from 'fast-check';
import type { Layout } from '../../src/domain/plan/lay-out.js';
import { type LayoutShape, layoutOf } from './layouts.js';
import { marginBrackets } from '../../src/domain/margin/liquidation.js';
import { Decimal } from '../../src/domain/money/decimal.js';
import { entryPlanner } from '../../src/domain/risk/decide-entry.js';
import { decodeFacts, type GateCase, sharedFactsOf } from '../../src/domain/risk/facts.js';
import { receiptOf, RULES_VERSION } from '../../src/domain/risk/gates.js';
import { NOTHING_OPPOSITE } from '../../src/domain/risk/opposite-facts.js';
import type { RiskLimits } from '../../src/domain/risk/limits.js';
import { NOTHING_HELD, type RiskState } from '../../src/domain/risk/risk-state.js';
import { WEEK_MINUTES, WEEKDAYS } from '../../src/domain/risk/trading-hours.js';
import type { Follower, SignalPlan } from '../../src/domain/sizing/plan-entry.js';

export const AT = new Date('2026-01-07T12:00:30Z');
/** Wednesday 12:00. */
export const NOON = 2 * 1_440 + 720;
export const MINUTE_MS = 60_000;
export const ago = (minutes: number) => new Date(AT.getTime() - minutes * MINUTE_MS).toISOString();

const RULES = {
  symbol: 'SOLUSDT',
  base: 'SOL',
  quote: 'USDT',
  tickSize: '0.01',
  lotStep: '0.1',
  minQty: '0.1',
  minNotional: '20',
  maxLeverage: 50,
};

/** The entry at 100 with a stop at 95 (105 for a SHORT), and whatever `shape` says instead. */
export function layout(shape: LayoutShape = {}): Layout {
  const isLong = shape.side !== 'SHORT';
  return layoutOf({
    entry: '100',
    stop: isLong ? '95' : '105',
    targets: [isLong ? '110' : '90'],
    rules: RULES,
    ...shape,
  });
}

export function signal(change: Partial<SignalPlan> = {}): SignalPlan {
  return {
    signalId: 1,
    sourceId: 7,
    symbol: 'SOLUSDT',
    side: 'LONG',
    confidence: 80,
    layout: layout(),
    isSpot: false,
    isCross: false,
    refusal: null,
    switches: [],
    rules: RULES,
    limits: {
      maxLeverage: 25,
      maxConcurrentTrades: 50,
      tradesOfTier: {},
      allowedTiers: ['VIP', 'PREMIUM'],
      entryFeePercent: Decimal.of('0.05'),
      takerFeePercent: Decimal.of('0.05'),
      requireVerified: true,
    },
    ...change,
  };
}

/** 10 USDT at 10x on 100: 1 SOL, notional 100, margin 10, fee 0.05, 5 + 0.0475 + 0.05 lost at the stop. */
export function follower(
  limits: Partial<RiskLimits> | null = null,
  state: Partial<RiskState> = {},
  change: Partial<Follower> = {},
): Follower {
  return {
    userId: 1,
    accountId: 1,
    accountActive: true,
    isVerified: true,
    tier: 'VIP',
    sourceEnabled: true,
    perTradeUsdt: '10',
    leverage: 10,
    maxConcurrentTrades: 50,
    capitalUsdt: '0',
    symbolWhitelist: [],
    symbolBlacklist: [],
    planKey: '',
    balance: '1000',
    marginUsed: '0',
    openPositions: 0,
    risk: limits,
    riskState:
      limits === null ? null : { ...NOTHING_HELD, week_minute: NOON, day_start_balance_usdt: '1000', ...state },
    ...change,
  };
}

export const decided = (who: Follower, plan = signal()) => entryPlanner(plan, AT).decide(who).outcome;
export const reasonOf = (who: Follower, plan = signal()) => {
  const outcome = decided(who, plan);
  return outcome.verdict === 'OPENED' ? 'OPENED' : outcome.reason;
};

export function receiptFor(who: Follower, plan = signal()) {
  const { facts } = entryPlanner(plan, AT).decide(who);
  const receipt = receiptOf(
    RULES_VERSION,
    JSON.parse(JSON.stringify(sharedFactsOf(plan))) as never,
    JSON.parse(facts),
    AT,
  );
  if (receipt === undefined) throw new Error('no receipt');
  return receipt;
}

export function caseOf(who: Follower, plan = signal(), at = AT): GateCase {
  const { facts } = entryPlanner(plan, at).decide(who);
  return { shared: sharedFactsOf(plan), follower: decodeFacts(JSON.parse(facts)), at };
}

export const cents = (min: number, max: number) =>
  fc.integer({ min, max }).map((value) => Decimal.of(String(value)).times(Decimal.of('0.01')).toString());
export const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
export const small = fc.integer({ min: 0, max: 4 });
export const time = maybe(fc.integer({ min: 0, max: 240 }).map(ago));

export const someLimits: fc.Arbitrary<Partial<RiskLimits>> = fc.record({
  max_per_symbol: maybe(small),
  max_per_direction: maybe(small),
  max_per_source: maybe(small),
  max_total_margin_usdt: maybe(cents(0, 40_000)),
  max_group_exposure_usdt: maybe(cents(0, 100_000)),
  max_daily_trades: maybe(small),
  max_daily_loss_usdt: maybe(cents(1, 20_000)),
  max_daily_loss_percent: maybe(cents(1, 3_000)),
  max_drawdown_percent: maybe(cents(1, 3_000)),
  losing_streak_losses: maybe(fc.integer({ min: 1, max: 4 })),
  losing_streak_minutes: maybe(fc.integer({ min: 1, max: 240 })),
  cooldown_minutes: maybe(fc.integer({ min: 1, max: 240 })),
  cooldown_after_loss_minutes: maybe(fc.integer({ min: 1, max: 240 })),
  trading_hours: maybe(
    fc.array(
      fc.record({
        days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
        from: fc.constantFrom('00:00', '09:30', '13:00', '22:15'),
        to: fc.constantFrom('00:00', '08:00', '11:59', '17:00'),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  ),
  min_confidence: maybe(fc.integer({ min: 0, max: 100 })),
  max_worst_case_loss_usdt: maybe(cents(0, 20_000)),
});

export const someState: fc.Arbitrary<Partial<RiskState>> = fc.record({
  symbol_positions: small,
  direction_positions: small,
  source_positions: small,
  group: fc.constant('layer1'),
  group_net_usdt: cents(-50_000, 90_000),
  open_pnl_usdt: cents(-20_000, 20_000),
  open_risk_usdt: cents(0, 20_000),
  day_trades: small,
  day_realised_usdt: cents(-20_000, 20_000),
  day_start_balance_usdt: cents(1, 200_000),
  day_ends_at: maybe(fc.constant('2026-01-08T00:00:00.000Z')),
  drawdown_usdt: cents(0, 40_000),
  losing_streak: fc.integer({ min: 0, max: 6 }),
  last_loss_at: time,
  symbol_closed_at: time,
  symbol_lost_at: time,
  week_minute: fc.integer({ min: 0, max: WEEK_MINUTES - 1 }),
});

export const someFollower: fc.Arbitrary<Follower> = fc
  .record({
    limits: maybe(someLimits),
    state: someState,
    change: fc.record({
      accountActive: fc.boolean(),
      isVerified: fc.boolean(),
      tier: fc.constantFrom('TRIAL', 'VIP', 'PREMIUM'),
      sourceEnabled: fc.boolean(),
      perTradeUsdt: cents(1, 5_000),
      leverage: fc.integer({ min: 1, max: 125 }),
      maxConcurrentTrades: fc.integer({ min: 1, max: 60 }),
      capitalUsdt: fc.oneof(fc.constant('0'), cents(1, 5_000)),
      symbolWhitelist: fc.subarray(['SOLUSDT', 'BTCUSDT']),
      symbolBlacklist: fc.subarray(['SOLUSDT', 'BTCUSDT']),
      balance: cents(0, 40_000),
      marginUsed: cents(0, 20_000),
      openPositions: fc.integer({ min: 0, max: 60 }),
      opposite: fc.oneof(
        { weight: 4, arbitrary: fc.constant(NOTHING_OPPOSITE) },
        { weight: 1, arbitrary: fc.record({ mode: fc.constantFrom('ONE_WAY', 'HEDGE'), held: small, closed: small }) },
      ),
      switches: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.constant([{ code: 'CIRCUIT_BREAKER' as const, detail: { scope: 'account' } }]) },
      ),
    }),
  })
  .map(({ limits, state, change }) => follower(limits, state, change));

/** The signal where plans have these limits on concurrent trades. */
export const withTrades = (tradesOfTier: SignalPlan['limits']['tradesOfTier'], plan = signal()): SignalPlan => ({
  ...plan,
  limits: { ...plan.limits, tradesOfTier },
});

const SAFETY = { stop: { unit: 'NONE' }, safety: { levels: 2, step_percent: 1, size_multiplier: 2 } };

/** Leverage is bounded by notional, and liquidation comes early. */
const BRACKETS = marginBrackets([
  { upTo: '400', ratePercent: '1' },
  { upTo: null, ratePercent: '5' },
]);

export const someSignal = fc
  .record({
    side: fc.constantFrom('LONG' as const, 'SHORT' as const),
    plan: fc.constantFrom({}, SAFETY, { margin: { leverage: 7 } }),
    confidence: fc.integer({ min: 0, max: 100 }),
    isSpot: fc.boolean(),
    brackets: fc.constantFrom(undefined, BRACKETS),
    tradesOfTier: fc.constantFrom<Record<string, number>>({}, { TRIAL: 2, VIP: 12 }, { VIP: 20, PREMIUM: 30 }),
    refusal: fc.oneof(
      { weight: 9, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constant('SIGNAL_STOPPED') },
    ),
  })
  .map(({ side, plan, tradesOfTier, ...change }) =>
    withTrades(
      tradesOfTier,
      signal({ side, layout: change.refusal === null ? layout({ side, plan }) : null, ...change }),
    ),
  );
