/** The demo's followers: the same for a seed, of every kind in any twenty, within the platform's limits. */
import { demoFollowers } from './demo-people.js';

const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];

describe('the followers of the demo', () => {
  it('repeat themselves for a seed and differ for another', () => {
    const first = demoFollowers(60, 7, symbols, 25);
    expect(demoFollowers(60, 7, symbols, 25)).toEqual(first);
    expect(demoFollowers(60, 8, symbols, 25)).not.toEqual(first);
  });

  it('are of every kind', () => {
    const twenty = demoFollowers(20, 7, symbols, 25);
    const count = (is: (follower: (typeof twenty)[number]) => unknown) => twenty.filter(is).length;
    expect(count(({ autoTrade }) => !autoTrade)).toBe(1);
    expect(count(({ isVerified }) => !isVerified)).toBe(1);
    expect(count(({ tier }) => tier === 'TRIAL')).toBe(1);
    expect(count(({ settings }) => settings.symbol_blacklist?.includes('ETHUSDT'))).toBe(1);
    expect(count(({ settings }) => settings.symbol_whitelist?.includes('BTCUSDT'))).toBe(1);
    expect(count(({ settings }) => settings.max_concurrent_trades === 1)).toBe(1);
    expect(count(({ settings }) => settings.capital_usdt !== undefined)).toBe(1);
    expect(new Set(twenty.map(({ settings }) => settings.leverage)).size).toBeGreaterThan(3);
    expect(new Set(twenty.map(({ settings }) => settings.per_trade_usdt)).size).toBeGreaterThan(5);
  });

  it('keep to the highest leverage of the platform', () => {
    for (const { settings } of demoFollowers(100, 7, symbols, 5)) expect(settings.leverage).toBeLessThanOrEqual(5);
  });
});
