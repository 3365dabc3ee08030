/** How many positions may be live at once: the least of the plan's, the user's own and the platform's limits. */
import { caseOf, follower, withTrades } from '../../../test/factories/risk-cases.js';
import { evaluate } from './gates.js';

describe('concurrent trades', () => {
  it.each<[string, Record<string, number>, number, number, object, string, object]>([
    [
      'a plan below the own limit',
      { VIP: 3 },
      50,
      3,
      { max_concurrent_trades: 3, limited_by: 'plan' },
      'have the plan PREMIUM',
      { tier: 'PREMIUM' },
    ],
    [
      'a plan and the own limit',
      { VIP: 3 },
      3,
      3,
      { max_concurrent_trades: 3, limited_by: 'settings' },
      'have the plan PREMIUM and raise max_concurrent_trades to 4',
      { tier: 'PREMIUM', max_concurrent_trades: 4 },
    ],
    [
      'no plan that allows more',
      { VIP: 3, PREMIUM: 4 },
      50,
      4,
      { max_concurrent_trades: 3, limited_by: 'plan' },
      'close 2 positions: the plan VIP allows 3',
      { open: 2 },
    ],
    [
      'plans without any',
      { VIP: 0, PREMIUM: 0 },
      50,
      0,
      { max_concurrent_trades: 0, limited_by: 'plan' },
      'nothing of yours: no plan allows a trade now',
      { tier: null },
    ],
  ])('%s', (_name, tradesOfTier, maxConcurrentTrades, openPositions, limit, words, data) => {
    const who = follower(null, {}, { maxConcurrentTrades, openPositions });
    const line = evaluate(caseOf(who, withTrades(tradesOfTier))).gates.find(
      (gate) => gate.name === 'concurrent_trades',
    );
    expect(line).toMatchObject({ verdict: 'REFUSED', limit, change: { words, data } });
  });

  it('before version 5 the receipt knows no plans', () => {
    const { plan_concurrent_trades: _, ...before } = caseOf(follower()).shared;
    const at4 = evaluate({ ...caseOf(follower(null, {}, { openPositions: 50 })), shared: before }, 4);
    expect(at4.gates.find(({ name }) => name === 'concurrent_trades')).toMatchObject({
      input: { open: 50 },
      limit: { max_concurrent_trades: 50 },
    });
  });
});
