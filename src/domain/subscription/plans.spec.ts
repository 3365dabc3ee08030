import { effectiveTier, PLANS, TIERS } from './plans.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const before = new Date(NOW.getTime() - 1);
const after = new Date(NOW.getTime() + 1);

describe('plans', () => {
  it('end at the moment of their expiry, and then count as TRIAL', () => {
    expect(effectiveTier('PREMIUM', after, NOW)).toBe('PREMIUM');
    expect(effectiveTier('PREMIUM', NOW, NOW)).toBe('TRIAL');
    expect(effectiveTier('VIP', before, NOW)).toBe('TRIAL');
    expect(effectiveTier('VIP', null, NOW)).toBe('VIP');
  });

  it('include more the more they cost', () => {
    const inclusions = TIERS.map((tier) => {
      const plan = PLANS[tier];
      return [plan.signals, plan.tradeNotifications, plan.autoTrading, plan.advancedAnalytics].filter(Boolean).length;
    });
    expect(inclusions).toEqual([...inclusions].sort((a, b) => a - b));
    expect(TIERS.map((tier) => PLANS[tier].tier)).toEqual([...TIERS]);
  });
});
