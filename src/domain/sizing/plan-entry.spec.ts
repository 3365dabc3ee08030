import fc from 'fast-check';
import { btcRules as rules, layoutOf } from '../../../test/factories/layouts.js';
import { Decimal } from '../money/decimal.js';
import { isMultipleOf } from '../money/money.js';
import { entryPlanner } from '../risk/decide-entry.js';
import type { Follower, SignalPlan } from './plan-entry.js';

const STOP = { code: 'KILL_SWITCH', detail: { scope: 'platform', reason: 'drill' } } as const;

function signal(change: Partial<SignalPlan> = {}, limits: Partial<SignalPlan['limits']> = {}): SignalPlan {
  return {
    signalId: 1,
    sourceId: 1,
    confidence: 90,
    symbol: 'BTCUSDT',
    side: 'LONG',
    layout: layoutOf(),
    isSpot: false,
    isCross: false,
    refusal: null,
    switches: [],
    rules,
    ...change,
    limits: {
      maxLeverage: 25,
      maxConcurrentTrades: 50,
      tradesOfTier: {},
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
    planKey: '',
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

  it('costs at most what was set aside, at the price that its size fills at', () => {
    const dearer = (by: string) => (qty: Decimal) => Decimal.of('70000').plus(Decimal.of(by).times(qty));
    const usdt = fc
      .integer({ min: 1, max: 100_000 })
      .map((cents) => Decimal.of(String(cents)).times(Decimal.of('0.1')));
    fc.assert(
      fc.property(
        usdt,
        fc.constantFrom('0', '3', '50', '-50'),
        fc.integer({ min: 1, max: 25 }),
        (money, by, leverage) => {
          const who = follower({ perTradeUsdt: money.toString(), leverage, balance: '100000' });
          const filledAt = dearer(by);
          const plan = decided(signal({ filledAt }), who);
          if (plan.verdict === 'REFUSED') return;
          expect(plan.entryPrice.eq(filledAt(plan.qty))).toBe(true);
          expect(plan.legPrices[0]).toBe(plan.entryPrice);
          expect(plan.margin.lte(money)).toBe(true);
          expect(plan.margin.times(Decimal.ofInteger(leverage)).gte(plan.entryPrice.times(plan.qty))).toBe(true);
          expect(plan.entryFee.eq(plan.entryPrice.times(plan.qty).times(Decimal.of('0.0005')))).toBe(true);
        },
      ),
    );
    const whole = opened(signal(), follower());
    expect(whole.entryPrice.toString()).toBe('70000');
  });

  it('keeps a whole lot step that a JS number would lose', () => {
    const coarse = { ...rules, tickSize: '0.01', lotStep: '0.1', minQty: '0.1', minNotional: '0' };
    const layout = layoutOf({ entry: '0.1', stop: '0.05', targets: ['0.2'], rules: coarse });
    const exact = signal({ layout, rules: coarse });
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
    ['KILL_SWITCH', {}, {}, { switches: [STOP], openPositions: 50 }],
    ['KILL_SWITCH', {}, {}, { switches: [STOP], symbolBlacklist: ['BTCUSDT'] }],
    ['MAX_CONCURRENT_TRADES', {}, {}, { openPositions: 50, switches: [] }],
    ['MAX_CONCURRENT_TRADES', {}, { maxConcurrentTrades: 3 }, { openPositions: 3 }],
    ['BELOW_MIN_QTY', {}, {}, { perTradeUsdt: '0.001', leverage: 1 }],
    ['BELOW_MIN_NOTIONAL', {}, {}, { perTradeUsdt: '0.5', leverage: 1 }],
    ['CAPITAL_EXHAUSTED', {}, {}, { capitalUsdt: '10', marginUsed: '6' }],
    ['INSUFFICIENT_BALANCE', {}, {}, { balance: '5' }],
  ];

  it.each(refusals)('refuses with %s', (reason, plan, limits, who) => {
    expect(decided(signal(plan, limits), follower(who))).toMatchObject({ verdict: 'REFUSED', reason });
  });

  it('stores what stopped it, the first of several', () => {
    const paused = { code: 'TRADING_PAUSED', detail: { scope: 'user' } } as const;
    expect(decided(signal(), follower({ switches: [STOP, paused] }))).toMatchObject({
      verdict: 'REFUSED',
      reason: 'KILL_SWITCH',
      detail: { scope: 'platform', reason: 'drill' },
    });
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

  it('takes the lowest leverage that anybody names', () => {
    const layout = layoutOf({ plan: { margin: { leverage: 7 } } });
    expect(opened(signal({ layout }), follower()).leverage).toBe(7);
    expect(opened(signal({ layout }), follower({ leverage: 3 })).leverage).toBe(3);
  });

  it('reserves what entries and safety orders need together', () => {
    const layout = layoutOf({
      plan: { stop: { unit: 'NONE' }, safety: { levels: 2, step_percent: 1, size_multiplier: 2 } },
    });
    const plan = opened(signal({ layout }), follower());
    expect(plan.legQtys.map(String)).toEqual(['0.000714', '0.001443', '0.002915']);
    const notional = Decimal.sum(plan.legPrices.map((price, leg) => price.times(plan.legQtys[leg] as Decimal)));
    expect(plan.margin.times(Decimal.ofInteger(10)).minus(notional).abs().lt(Decimal.of('0.0000001'))).toBe(true);
    expect(Decimal.sum(plan.targetQtys).eq(plan.qty)).toBe(true);
    const capped = layoutOf({
      plan: {
        stop: { unit: 'NONE' },
        safety: { levels: 2, step_percent: 1, size_multiplier: 2, max_investment_usdt: 16 },
      },
    });
    expect(opened(signal({ layout: capped }), follower()).safetyLegs).toBe(1);
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
          const targets = Array.from({ length: rungs }, (_, index) =>
            entryPrice.plus(Decimal.ofInteger(index + 1)).toString(),
          );
          const steps = { ...rules, tickSize: '0.01', lotStep, minQty: lotStep, minNotional: '0' };
          const layout = layoutOf({ entry: entryPrice.toString(), stop: '0.001', targets, rules: steps });
          const plan = signal({ layout, rules: steps });
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
