import fc from 'fast-check';
import { RECOVERY_CODE_BYTES, recoveryCode, recoveryCodeHash } from './recovery-codes.js';

const random = fc.uint8Array({ minLength: RECOVERY_CODE_BYTES, maxLength: RECOVERY_CODE_BYTES });

describe('recovery codes', () => {
  it('are four groups of six, found again however they are typed, and different for different bytes', () => {
    fc.assert(
      fc.property(random, random, (one, other) => {
        const code = recoveryCode(one);
        expect(code).toMatch(/^([a-z2-7]{6}-){3}[a-z2-7]{6}$/);
        const typed = [code.toUpperCase(), code.replace(/-/g, ''), ` ${code.replace(/-/g, ' ')}\n`];
        expect(new Set([code, ...typed].map(recoveryCodeHash)).size).toBe(1);
        const isSame = recoveryCodeHash(code) === recoveryCodeHash(recoveryCode(other));
        expect(isSame).toBe(Buffer.compare(one, other) === 0);
      }),
    );
  });

  it.each(['', '123456', '492 039', 'k5qw2m-3jxa7f-p4ot6b'])('%j is none', (text) => {
    expect(recoveryCodeHash(text)).toBeUndefined();
  });
});
