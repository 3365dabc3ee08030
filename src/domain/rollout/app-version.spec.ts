import fc from 'fast-check';
import { isOlder } from './app-version.js';

describe('versions of the app', () => {
  it.each([
    ['1.9.9', '2.0.0', true],
    ['2.0.0', '2.0.0', false],
    ['2.0.1', '2.0.0', false],
    ['1.10.0', '1.9.0', false],
    ['1.9', '1.9.1', true],
    ['v1', '1.0.1', true],
    ['2', '1.9.9', false],
    ['1.2.3-beta.4', '1.2.4', true],
    ['1.2.3 (45)', '1.2.4', false],
    ['', '1.0.0', false],
    ['latest', '1.0.0', false],
    ['1.2.3.4', '9.0.0', false],
    ['1'.repeat(200), '9.0.0', false],
  ])('%s is older than %s: %s', (version, least, expected) => {
    expect(isOlder(version, least)).toBe(expected);
  });

  it('one of two versions is older, or they are the same', () => {
    const version = fc.tuple(fc.nat(999_999), fc.nat(999_999), fc.nat(999_999)).map((numbers) => numbers.join('.'));
    fc.assert(
      fc.property(version, version, (one, other) => {
        expect([isOlder(one, other), isOlder(other, one)].filter(Boolean)).toHaveLength(one === other ? 0 : 1);
      }),
    );
  });
});
