import { DecryptionError, encrypt, newDataKey } from './envelope.js';
import { MasterKeys, UnknownMasterKeyError } from './master-keys.js';

const [OLD, NEW] = ['0a'.repeat(32), '0b'.repeat(32)];
const plain = Buffer.from('secret');

describe('master keys', () => {
  it('wrap with the current one, and open what older ones wrapped', () => {
    const before = new MasterKeys([OLD]).wrap(plain, 'place');
    const during = new MasterKeys([NEW, OLD]);
    expect(during.unwrap(before, 'place')).toEqual(plain);
    const after = during.wrap(plain, 'place');
    expect(new MasterKeys([NEW]).unwrap(after, 'place')).toEqual(plain);
    expect(during.knownIds).toEqual([after.keyId, before.keyId]);
  });

  it('refuse in a sentence what a key wrapped that they do not know', () => {
    const wrapped = new MasterKeys([OLD]).wrap(plain, 'place');
    const open = () => new MasterKeys([NEW]).unwrap(wrapped, 'place');
    expect(open).toThrow(UnknownMasterKeyError);
    expect(open).toThrow(new RegExp(`its id is ${wrapped.keyId}`));
    expect(() => new MasterKeys([OLD]).unwrap(wrapped, 'other place')).toThrow(DecryptionError);
  });
});

it('a nonce is never used twice', () => {
  const key = newDataKey();
  const seen = new Set<string>();
  for (let count = 0; count < 100_000; count += 1) seen.add(encrypt(key, plain, 'place').toString('latin1', 1, 13));
  expect(seen.size).toBe(100_000);
});
