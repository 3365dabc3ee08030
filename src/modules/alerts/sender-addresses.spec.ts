/** Who may send: single addresses, networks, TradingView. */
import { isAddressRule, isFrom, TRADINGVIEW } from './sender-addresses.js';

it('lets in addresses and networks, and nobody else', () => {
  const rules = ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32'];
  for (const inside of ['203.0.113.7', '::ffff:203.0.113.7', '10.1.2.3', '2001:db8:1::5'])
    expect(isFrom(rules, inside)).toBe(true);
  for (const outside of ['203.0.113.8', '11.0.0.1', '2001:db9::1', 'nobody', ''])
    expect(isFrom(rules, outside)).toBe(false);
});

it('knows TradingView by its name', () => {
  for (const address of TRADINGVIEW) expect(isFrom(['tradingview'], address)).toBe(true);
  expect(isFrom(['tradingview'], '127.0.0.1')).toBe(false);
});

it('lets everybody in without rules', () => expect(isFrom([], '127.0.0.1')).toBe(true));

it('takes as rules only what is one', () => {
  for (const rule of ['tradingview', '1.2.3.4', '1.2.3.0/24', '::1', '2001:db8::/32'])
    expect(isAddressRule(rule)).toBe(true);
  for (const rule of ['example.com', '1.2.3', '1.2.3.4/33', '1.2.3.4/24/8', 'constructor', ''])
    expect(isAddressRule(rule)).toBe(false);
});
