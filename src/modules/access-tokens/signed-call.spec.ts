import fc from 'fast-check';
import { isSignedWith, isTimely, signatureOf, type SignedCall, textToSign, WINDOW_MS } from './signed-call.js';

const call: SignedCall = {
  method: 'POST',
  target: '/api/positions/close?dry=1',
  timestamp: '1795219200',
  nonce: 'abcdefghijklmnop',
  bodyDigest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
};

describe('signed calls', () => {
  it('sign five lines and a version', () => {
    expect(textToSign(call).split('\n')).toEqual(['v1', ...Object.values(call)]);
    // echo of docs/access-tokens.md: printf '…' | openssl dgst -sha256 -hmac secret
    expect(signatureOf('secret', call)).toBe('3693a536386b3386044301a5c4d2286b5c4110c991adc0584891a5d8ea70de94');
  });

  it('hold for what was signed, and for nothing else', () => {
    const fields = fc.constantFrom('method', 'target', 'timestamp', 'nonce', 'bodyDigest');
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fields, fc.string(), (secret, field, other) => {
        const signature = signatureOf(secret, call);
        expect(isSignedWith(secret, call, signature)).toBe(true);
        expect(isSignedWith(secret, call, signature.toUpperCase())).toBe(true);
        expect(isSignedWith(`${secret}x`, call, signature)).toBe(false);
        const changed = { ...call, [field as keyof SignedCall]: other };
        if (other !== call[field as keyof SignedCall]) expect(isSignedWith(secret, changed, signature)).toBe(false);
        expect(isSignedWith(secret, call, other)).toBe(false);
      }),
    );
  });

  it('are taken five minutes before and after their time, with a nonce that cannot be guessed', () => {
    const at = Number(call.timestamp) * 1_000;
    const times = [-WINDOW_MS - 1, -WINDOW_MS, 0, WINDOW_MS, WINDOW_MS + 1];
    expect(times.map((off) => isTimely(call, new Date(at + off)))).toEqual([false, true, true, true, false]);
    for (const timestamp of ['', '1795219200.5', '+795219200', ' 795219200', '17952192000']) {
      expect(isTimely({ ...call, timestamp }, new Date(at))).toBe(false);
    }
    for (const nonce of ['', 'short', 'x'.repeat(65), 'abcdefghijklmno\n']) {
      expect(isTimely({ ...call, nonce }, new Date(at))).toBe(false);
    }
  });
});
