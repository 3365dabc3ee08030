/** What a decision rests on: what all followers of a signal share, and what of a follower is stored, and read again. */
import { AT, caseOf, follower, layout, signal } from '../../../test/factories/risk-cases.js';
import { entryPlanner } from './decide-entry.js';
import { decodeFacts, encodeFacts, leverageCapOf, sharedFactsOf } from './facts.js';

describe('what followers share', () => {
  it('is the plan of the signal, the venue’s rules and the platform’s limits', () => {
    expect(sharedFactsOf(signal())).toEqual({
      ...{ symbol: 'SOLUSDT', side: 'LONG', source_id: 7, confidence: 80, refusal: null, switches: [] },
      ...{ entry_type: 'MARKET', entry_price: '100', stop_loss: '95', is_spot: false, margin_mode: 'ISOLATED' },
      ...{ min_exposure: '20', max_investment: null, lot_step: '0.1', min_qty: '0.1', min_notional: '20' },
      ...{ max_leverage: 25, max_concurrent_trades: 50, allowed_tiers: ['VIP', 'PREMIUM'], require_verified: true },
      ...{ entry_fee_percent: '0.05', taker_fee_percent: '0.05', plan_concurrent_trades: {} },
    });
    expect(sharedFactsOf(signal({ isCross: true })).margin_mode).toBe('CROSS');
  });

  it('says why there is no plan, or that there is none', () => {
    const none = { entry_type: null, entry_price: null, stop_loss: null, min_exposure: null, max_investment: null };
    expect(sharedFactsOf(signal({ layout: null }))).toMatchObject({ ...none, refusal: 'NO_PLAN' });
    expect(sharedFactsOf(signal({ layout: null, refusal: 'SIGNAL_STOPPED' })).refusal).toBe('SIGNAL_STOPPED');
  });

  it('has the lowest leverage of platform, instrument and plan, and none for spot', () => {
    const capOf = (platform: number, instrument: number, leverage?: number) => {
      const plan = leverage === undefined ? {} : { margin: { leverage } };
      return leverageCapOf(
        signal({
          layout: layout({ plan }),
          limits: { ...signal().limits, maxLeverage: platform },
          rules: { ...signal().rules, maxLeverage: instrument },
        }),
      );
    };
    expect([capOf(5, 20), capOf(30, 20), capOf(30, 20, 7), capOf(5, 20, 7)]).toEqual([5, 20, 7, 5]);
    expect(leverageCapOf(signal({ isSpot: true }))).toBe(1);
  });
});

describe('what is stored of a follower', () => {
  const stored = (who: Parameters<typeof caseOf>[0]) => encodeFacts(caseOf(who).follower);

  it('is read again as it was, but for own groups, whose exposure is stored', () => {
    const switches = [{ code: 'CIRCUIT_BREAKER' as const, detail: { scope: 'account' } }];
    const opposite = { mode: 'HEDGE' as const, held: 2, closed: 1 };
    const who = follower({ max_per_symbol: 3, exposure_groups: { mine: ['SOL'] } }, {}, { switches, opposite });
    const facts = decodeFacts(JSON.parse(stored(who)));
    expect(facts.limits).toMatchObject({ max_per_symbol: 3, exposure_groups: null });
    expect(facts).toMatchObject({ switches, opposite });
    expect(encodeFacts(facts)).toBe(stored(who));
  });

  it('leaves out the other side where nothing is held on it', () => {
    expect(JSON.parse(stored(follower({ max_per_symbol: 3 })))).toHaveLength(14);
    const opposite = { mode: 'ONE_WAY' as const, held: 1, closed: 0 };
    expect(JSON.parse(stored(follower(null, {}, { opposite })))).toHaveLength(15);
  });
});

describe('the planner of a signal', () => {
  it('plans for each follower by their own size and leverage', () => {
    const planner = entryPlanner(signal(), AT);
    const planOf = (perTradeUsdt: string, leverage: number) => {
      const { outcome } = planner.decide(follower(null, {}, { perTradeUsdt, leverage }));
      return outcome.verdict === 'OPENED' ? [outcome.leverage, outcome.plannedQty.toString()] : outcome.reason;
    };
    expect(planOf('10', 10)).toEqual([10, '1']);
    expect(planOf('20', 10)).toEqual([10, '2']);
    expect(planOf('10', 20)).toEqual([20, '2']);
    expect(planOf('10', 10)).toEqual([10, '1']);
    expect(planOf('10', 0)).toBe('BELOW_MIN_NOTIONAL');
  });

  it('says in one word that it refused', () => {
    const refused = entryPlanner(signal(), AT).refusalAsFollower(follower(null, {}, { isVerified: false }));
    expect(refused).toMatchObject({ verdict: 'REFUSED', reason: 'NOT_VERIFIED', detail: { is_verified: false } });
  });
});
