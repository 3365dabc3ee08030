/** What must hold of every decision and its receipt, on any signal, follower, limits and state. */
import fc from 'fast-check';
import {
  caseOf,
  cents,
  decided,
  follower,
  layout,
  MINUTE_MS,
  receiptFor,
  signal,
  someFollower,
  someSignal,
} from '../../../test/factories/risk-cases.js';
import { Decimal } from '../money/decimal.js';
import type { FollowerFacts, GateCase } from './facts.js';
import type { Fact, Gate } from './gate.js';
import { evaluate, GATES } from './gates.js';
import { LIMIT_NAMES, limitsOf, type RiskLimits } from './limits.js';
import { WEEK_MINUTES } from './trading-hours.js';

describe('decisions and receipts', () => {
  it('the receipt derived from what was stored says what was decided', () => {
    fc.assert(
      fc.property(someSignal, someFollower, (plan, who) => {
        const outcome = decided(who, plan);
        const receipt = receiptFor(who, plan);
        expect(receipt.gates).toHaveLength(GATES.length);
        expect([receipt.verdict, receipt.reason]).toEqual([
          outcome.verdict,
          outcome.verdict === 'REFUSED' ? outcome.reason : null,
        ]);
        const first = receipt.gates.find(({ verdict }) => verdict === 'REFUSED');
        expect(first?.code ?? null).toBe(receipt.reason);
      }),
      { numRuns: 500 },
    );
  });

  it('the change that a gate names admits, and half a step less does not', () => {
    const tested = new Set<string>();
    fc.assert(
      fc.property(someSignal, someFollower, (plan, who) => {
        const c = caseOf(who, plan);
        for (const { name, verdict, change } of evaluate(c).gates) {
          if (verdict !== 'REFUSED') continue;
          if (change === null) throw new Error(`${name} names no change`);
          expect(change.words).not.toMatch(/null|undefined/);
          const gate = GATES.find((candidate) => candidate.name === name) as Gate;
          expect([name, change, gate.admits(withChange(c, change.data)) !== false]).toEqual([name, change, true]);
          const almost = almostChanged(change.data);
          if (almost !== undefined) expect([name, gate.admits(withChange(c, almost))]).toEqual([name, false]);
          tested.add(name);
        }
      }),
      { numRuns: 1_500 },
    );
    expect([...GATES.map(({ name }) => name)].filter((name) => !tested.has(name))).toEqual([]);
  });

  it('a size that is too small is told what is enough for all its orders together, and a little less is not', () => {
    const prices = fc.uniqueArray(fc.integer({ min: 960, max: 1_000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(prices, fc.boolean(), cents(1, 300), fc.constantFrom(null, '1.5'), (away, isLong, perTrade, most) => {
        const side = isLong ? 'LONG' : 'SHORT';
        const legs = away.map((price) => String((isLong ? price : 2_000 - price) / 10));
        const investment = most === null ? {} : { safety: { max_investment_usdt: most } };
        const entered = (margin: string, cap: object) => {
          const plan = { entry: { kind: 'LADDER', prices: legs }, ...cap };
          const who = follower(null, {}, { perTradeUsdt: margin, leverage: 7 });
          return receiptFor(who, signal({ side, layout: layout({ side, plan }) }));
        };
        const refused = entered(perTrade, investment).gates.find(({ verdict }) => verdict === 'REFUSED');
        if (refused === undefined) return;
        const { per_trade_usdt = perTrade, 'safety.max_investment_usdt': cap } = refused.change?.data ?? {};
        const raised = cap === undefined ? investment : { safety: { max_investment_usdt: cap } };
        const enough = String(per_trade_usdt);
        expect([refused.name, legs, enough, entered(enough, raised).verdict]).toEqual([
          refused.name,
          legs,
          enough,
          'OPENED',
        ]);
        const almost = Decimal.of(enough).minus(Decimal.of('0.0000001')).toString();
        if (per_trade_usdt !== perTrade) expect(entered(almost, raised).verdict).toBe('REFUSED');
      }),
      { numRuns: 300 },
    );
  });
});

const STEP = Decimal.of('0.00000001');

/** The same change short of its smallest step; undefined where there is nothing smaller. */
function almostChanged(data: Readonly<Record<string, Fact>>): Record<string, Fact> | undefined {
  const [name = '', value] = Object.entries(data)[0] ?? [];
  const rest = Object.fromEntries(Object.entries(data).slice(1));
  if (name === 'min_confidence' && typeof value === 'number') return { [name]: value + 1 };
  if (name === 'open' && typeof value === 'number') return { [name]: value + 1 };
  if (name === 'wait_until' && typeof value === 'string') {
    return { [name]: new Date(new Date(value).getTime() - 1).toISOString() };
  }
  if (LIMIT_NAMES.includes(name as keyof RiskLimits) || ['balance', 'capital_usdt'].includes(name)) {
    if (typeof value === 'number') return { ...rest, [name]: value - 1 };
    if (typeof value === 'string') return { ...rest, [name]: Decimal.of(value).minus(STEP).toString() };
  }
  return undefined;
}

/** The case as it would be after a change, under the names of the API. */
function withChange(c: GateCase, data: Readonly<Record<string, Fact>>): GateCase {
  return Object.entries(data).reduce((changed, [name, value]) => withOne(changed, name, value), c);
}

function withOne(c: GateCase, name: string, value: Fact): GateCase {
  const facts = (change: Partial<FollowerFacts>): GateCase => ({ ...c, follower: { ...c.follower, ...change } });
  if (LIMIT_NAMES.includes(name as keyof RiskLimits)) {
    return facts({ limits: limitsOf({ ...c.follower.limits, [name]: value }) });
  }
  if (name === 'stop_loss') return { ...c, shared: { ...c.shared, stop_loss: String(value) } };
  if (name === 'position_mode') return facts({ opposite: { ...c.follower.opposite, mode: 'HEDGE' } });
  if (name === 'exit.on_opposite_signal') return facts({ opposite: { ...c.follower.opposite, closed: 0 } });
  if (name === 'cause') return { ...c, shared: { ...c.shared, refusal: null } };
  if (name === 'switches') return { ...facts({ switches: [] }), shared: { ...c.shared, switches: [] } };
  if (name === 'wait_until') {
    const at = new Date(String(value));
    const minutes = Math.floor(at.getTime() / MINUTE_MS) - Math.floor(c.at.getTime() / MINUTE_MS);
    const week_minute = (c.follower.state.week_minute + minutes + WEEK_MINUTES) % WEEK_MINUTES;
    return { ...facts({ state: { ...c.follower.state, week_minute } }), at };
  }
  if (name === 'per_trade_usdt') {
    const { follower: who } = c;
    const price = Decimal.of(c.shared.entry_price ?? '0');
    const lotStep = Decimal.of(c.shared.lot_step);
    const exposure = Decimal.of(String(value)).times(Decimal.ofInteger(who.size.leverage));
    const qty = Decimal.ofInteger(exposure.wholeTimes(price.times(lotStep))).times(lotStep);
    const isEnough = qty.gte(Decimal.of(c.shared.min_qty));
    const isWorth = qty.times(price).gte(Decimal.of(c.shared.min_notional));
    const tooSmall = isEnough ? (isWorth ? null : 'BELOW_MIN_NOTIONAL') : 'BELOW_MIN_QTY';
    return facts({ size: { ...who.size, qty, notional: qty.times(price), tooSmall } });
  }
  const named: Readonly<Record<string, keyof FollowerFacts>> = {
    is_verified: 'isVerified',
    tier: 'tier',
    account_active: 'accountActive',
    source_enabled: 'sourceEnabled',
    listing: 'listing',
    capital_usdt: 'capitalUsdt',
    balance: 'balance',
    open: 'openPositions',
    max_concurrent_trades: 'maxConcurrentTrades',
  };
  const field = named[name];
  if (field === undefined) throw new Error(`nobody knows how to change ${name}`);
  return facts({ [field]: value });
}
