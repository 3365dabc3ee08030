import fc from 'fast-check';
import { plainWord } from './plain-word.js';

describe('plain words', () => {
  it('know no case and no blanks around them', () => {
    for (const text of ['flatten', ' Flatten', 'FLATTEN\n', '\u00a0fLaTTen']) expect(plainWord(text)).toBe('FLATTEN');
  });

  it.each(['\uFB02atten', 'fl\u0131atten', 'reduce\u017fonly', 'k\u0131ll', '\u212Aill', 'ﬆop'])(
    'have no letters in %s that were not typed',
    (text) => {
      expect(plainWord(text)).toMatch(/[^\x20-\x7e]/);
    },
  );

  it('change nothing but letters of ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const plain = plainWord(text);
        const trimmed = text.trim();
        expect(plain).toHaveLength(trimmed.length);
        for (const [at, sign] of [...trimmed].entries()) {
          if (!/[a-z]/.test(sign)) expect([...plain][at]).toBe(sign);
        }
      }),
    );
  });
});
