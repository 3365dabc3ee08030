import fc from 'fast-check';
import { decrypt, DecryptionError, encrypt, masked, masterKey, newDataKey } from './envelope.js';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

describe('envelope encryption', () => {
  it('gives back what was put in', () => {
    fc.assert(
      fc.property(bytes, fc.string(), (plain, place) => {
        const key = newDataKey();
        expect(decrypt(key, encrypt(key, plain, place), place).equals(plain)).toBe(true);
      }),
    );
  });

  it('refuses another place, another key and any changed bit', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.string(),
        fc.string(),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        (plain, place, other, at, bit) => {
          const key = newDataKey();
          const sealed = encrypt(key, plain, place);
          if (other !== place) expect(() => decrypt(key, sealed, other)).toThrow(DecryptionError);
          expect(() => decrypt(newDataKey(), sealed, place)).toThrow(DecryptionError);
          const index = at % sealed.length;
          sealed[index] = (sealed[index] ?? 0) ^ (1 << bit);
          expect(() => decrypt(key, sealed, place)).toThrow(DecryptionError);
        },
      ),
    );
  });

  it('never repeats itself', () => {
    const key = newDataKey();
    const made = new Set(
      Array.from({ length: 1_000 }, () => encrypt(key, Buffer.from('same'), 'place').toString('hex')),
    );
    expect(made.size).toBe(1_000);
  });

  it('reads a master key in both spellings and names it', () => {
    const hex = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
    expect(masterKey(hex)).toEqual(masterKey(Buffer.from(hex, 'hex').toString('base64')));
    expect(() => masterKey('short')).toThrow(RangeError);
  });

  it('shows four characters of a long identifier and none of a short one', () => {
    expect([masked('abcdefghijklmnop'), masked('abcdefghijklmno')]).toEqual(['••••mnop', '••••']);
  });
});
