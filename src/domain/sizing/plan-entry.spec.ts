import fc from 'fast-check';
import type { InstrumentRules } from '../instrument/instrument.js';
import { Decimal } from '../money/decimal.js';
import { isMultipleOf } from '../money/money.js';
import { entryPlanner } from '../risk/decide-entry.js';
import { splitEvenly } from './ladder.js';
import type { Follower, SignalPlan } from './plan-entry.js';

const rules: InstrumentRules = {
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.1',
  lotStep: '0.000001',
  minQty: '0.000001',
  minNotional: '1',
  maxLeverage: 125,
};

function signal(change: Partial<SignalPlan> = {}, limits: Partial<SignalPlan['limits']> = {}): SignalPlan {
  return {
    signalId: 1,
    sourceId: 1,
    confidence: 90,
    symbol: 'BTCUSDT',
    side: 'LONG',
    entryType: 'MARKET',
    entryPrice: Decimal.of('70000'),
    stopLoss: Decimal.of('69500'),
    targets: ['70500', '71000', '72000'].map((price) => Decimal.of(price)),
    isSpot: false,
    refusal: null,
    switches: [],
    rules,
    ...change,
    limits: {
      maxLeverage: 25,
      maxConcurrentTrades: 50,
      allowedTiers: ['TRIAL', 'VIP', 'PREMIUM'],
      entryFeePercent: Decimal.of('0.05'),
      takerFeePercent: Decimal.of('0.05'),
      requireVerified: true,
      ...limits,
    },
  };
}

function follower(change: Partial<Follower> = {}): Follower {
  return {
    userId: 1,
    accountId: 1,
    accountActive: true,
    isVerified: true,
    tier: 'VIP',
    sourceEnabled: true,
    perTradeUsdt: '5',
    leverage: 10,
    maxConcurrentTrades: 50,
    capitalUsdt: '0',
    symbolWhitelist: [],
    symbolBlacklist: [],
    balance: '10000',
    marginUsed: '0',
    openPositions: 0,
    risk: null,
    ...change,
  };
}

const AT = new Date('2026-01-05T12:00:00Z');

const decided = (plan: SignalPlan, who: Follower) => entryPlanner(plan, AT).decide(who).outcome;

function opened(plan: SignalPlan, who: Follower) {
  const decision = decided(plan, who);
  if (decision.verdict !== 'OPENED') throw new Error(`refused: ${decision.reason}`);
  return decision;
}

describe('planning an entry', () => {
  it('sizes the acceptance signal: 5 USDT at 10x on BTC at 70,000', () => {
    const plan = opened(signal(), follower());
    expect(plan.qty.toString()).toBe('0.000714');
    expect(plan.targetQtys.map(String)).toEqual(['0.000238', '0.000238', '0.000238']);
    expect(plan.margin.toString()).toBe('4.998');
    expect(plan.entryFee.toString()).toBe('0.02499');
  });

  it('keeps a whole lot step that a JS number would lose', () => {
    const exact = signal({
      entryPrice: Decimal.of('0.1'),
      rules: { ...rules, lotStep: '0.1', minQty: '0.1', minNotional: '0' },
    });
    expect(opened(exact, follower({ perTradeUsdt: '0.03', leverage: 1 })).qty.toString()).toBe('0.3');
  });

  const refusals: [string, Partial<SignalPlan>, Partial<SignalPlan['limits']>, Partial<Follower>][] = [
    ['SIGNAL_REFUSED', { refusal: 'PRICE_BEYOND_STOP' }, {}, {}],
    ['NOT_VERIFIED', {}, {}, { isVerified: false }],
    ['TIER_NOT_ALLOWED', {}, { allowedTiers: ['PREMIUM'] }, {}],
    ['ACCOUNT_INACTIVE', {}, {}, { accountActive: false }],
    ['SOURCE_MUTED', {}, {}, { sourceEnabled: false }],
    ['SYMBOL_NOT_ALLOWED', {}, {}, { symbolBlacklist: ['BTCUSDT'], symbolWhitelist: ['BTCUSDT'] }],
    ['SYMBOL_NOT_ALLOWED', {}, {}, { symbolWhitelist: ['ETHUSDT'] }],
    ['MAX_CONCURRENT_TRADES', {}, {}, { openPositions: 50 }],
    ['MAX_CONCURRENT_TRADES', {}, { maxConcurrentTrades: 3 }, { openPositions: 3 }],
    ['BELOW_MIN_QTY', {}, {}, { perTradeUsdt: '0.001', leverage: 1 }],
    ['BELOW_MIN_NOTIONAL', {}, {}, { perTradeUsdt: '0.5', leverage: 1 }],
    ['CAPITAL_EXHAUSTED', {}, {}, { capitalUsdt: '10', marginUsed: '6' }],
    ['INSUFFICIENT_BALANCE', {}, {}, { balance: '5' }],
  ];

  it.each(refusals)('refuses with %s', (reason, plan, limits, who) => {
    expect(decided(signal(plan, limits), follower(who))).toMatchObject({ verdict: 'REFUSED', reason });
  });

  it('admits what lies exactly on each limit', () => {
    expect(opened(signal(), follower({ openPositions: 49 })).verdict).toBe('OPENED');
    expect(opened(signal(), follower({ capitalUsdt: '10.998', marginUsed: '6' })).verdict).toBe('OPENED');
    expect(opened(signal(), follower({ balance: '5.02299' })).verdict).toBe('OPENED');
    expect(decided(signal(), follower({ balance: '5.02298' })).verdict).toBe('REFUSED');
  });

  it('trades spot without leverage and never above the platform cap', () => {
    expect(opened(signal({ isSpot: true }), follower()).leverage).toBe(1);
    expect(opened(signal(), follower({ leverage: 125 })).leverage).toBe(25);
  });

  it('never spends more than was allowed, on any follower and price', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000_000 }),
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 1, max: 125 }),
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom('1', '0.1', '0.001', '0.00001', '10'),
        (cents, perTradeCents, leverage, rungs, lotStep) => {
          const entryPrice = Decimal.of((cents / 100).toFixed(2));
          const perTradeUsdt = (perTradeCents / 100).toFixed(2);
          const targets = Array.from({ length: rungs }, (_, index) => entryPrice.plus(Decimal.ofInteger(index + 1)));
          const plan = signal({ entryPrice, targets, rules: { ...rules, lotStep, minQty: lotStep, minNotional: '0' } });
          const decision = decided(plan, follower({ perTradeUsdt, leverage, balance: '1000000000' }));
          fc.pre(decision.verdict === 'OPENED');
          if (decision.verdict !== 'OPENED') return;
          const used = Decimal.ofInteger(decision.leverage).times(Decimal.of(perTradeUsdt));
          expect(decision.qty.times(entryPrice).lte(used)).toBe(true);
          expect(decision.qty.plus(Decimal.of(lotStep)).times(entryPrice).gt(used)).toBe(true);
          expect(isMultipleOf(decision.qty, Decimal.of(lotStep))).toBe(true);
          expect(Decimal.sum(decision.targetQtys).eq(decision.qty)).toBe(true);
          expect(decision.targetQtys.every((qty) => isMultipleOf(qty, Decimal.of(lotStep)))).toBe(true);
        },
      ),
    );
  });
});

describe('splitting a ladder', () => {
  it('sums to the whole, evenly, with the rest on the last rung', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 1, max: 10 }), (lots, rungs) => {
        const ladder = splitEvenly(lots, rungs);
        expect(ladder).toHaveLength(rungs);
        expect(ladder.reduce((sum, rung) => sum + rung, 0n)).toBe(lots);
        expect(new Set(ladder.slice(0, -1)).size).toBeLessThanOrEqual(1);
        expect((ladder.at(-1) as bigint) - (ladder[0] as bigint)).toBeLessThan(BigInt(rungs));
      }),
    );
  });

  it('leaves near rungs empty when there are fewer lots than rungs', () => {
    expect(splitEvenly(2n, 3)).toEqual([0n, 0n, 2n]);
  });
});
