import fc from 'fast-check';
import { base32, matchingStep, totpCode, totpStep, totpUri } from './totp.js';

const SECRET = Buffer.from('12345678901234567890');

/** RFC 6238, appendix B, the SHA-1 rows: seconds since 1970 and eight digits. */
const RFC_6238: readonly (readonly [number, string])[] = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
];

/** RFC 4226, appendix D. */
const RFC_4226 = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'];

const at = (seconds: number) => new Date(seconds * 1_000);

describe('totp', () => {
  it.each(RFC_6238)('RFC 6238 at %d s is %s', (seconds, code) => {
    expect(totpCode(SECRET, totpStep(at(seconds)), 8)).toBe(code);
  });

  it('RFC 4226 by counter', () => {
    expect(RFC_4226.map((_code, step) => totpCode(SECRET, step))).toEqual(RFC_4226);
  });

  it('takes the code of the step before, the present and the next one, and says which; no other', () => {
    const seconds = fc.integer({ min: 300, max: 4_000_000_000 });
    fc.assert(
      fc.property(seconds, fc.uint8Array({ minLength: 20, maxLength: 20 }), (second, secret) => {
        const step = totpStep(at(second));
        for (const away of [-1, 0, 1]) {
          const found = matchingStep(secret, totpCode(secret, step + away), at(second));
          // Two steps may happen to have one code.
          expect(found !== undefined && totpCode(secret, found) === totpCode(secret, step + away)).toBe(true);
        }
        const near = new Set([-1, 0, 1].map((away) => totpCode(secret, step + away)));
        for (const away of [-3, -2, 2, 3]) {
          const code = totpCode(secret, step + away);
          if (!near.has(code)) expect(matchingStep(secret, code, at(second))).toBeUndefined();
        }
      }),
    );
  });

  it.each(['', '75522', '7552240', 'abcdef', '７５５２２４'])('%j is no code', (code) => {
    expect(matchingStep(SECRET, code, at(0))).toBeUndefined();
  });
});

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('RFC 4648: %j is %j', (text, code) => expect(base32(Buffer.from(text))).toBe(code));
});

it('the URI carries issuer, account and secret, escaped', () => {
  const url = new URL(totpUri('Verzek & Co', 'a+b@example.com', SECRET));
  expect(url.href).toMatch(/^otpauth:\/\/totp\/Verzek%20%26%20Co:a%2Bb%40example.com\?/);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    secret: base32(SECRET),
    issuer: 'Verzek & Co',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});
