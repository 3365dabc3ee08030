import fc from 'fast-check';
import { addressKey } from './address-key.js';

describe('whom a limit by address means', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000:0001:ffff:1:2:3', '2001:db8:0:1::/64'],
    ['2001:db8:0:1::', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::198.51.100.1', '64:ff9b:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it('every address of a network is one key, and other networks are others', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(half, half, half, half, (network, other, one, two) => {
        fc.pre(network.join() !== other.join());
        const key = addressKey([...network, ...one].join(':'));
        expect(addressKey([...network, ...two].join(':'))).toBe(key);
        expect(addressKey([...other, ...one].join(':'))).not.toBe(key);
      }),
    );
  });
});
